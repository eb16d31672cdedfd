"""A folder of pictures with `cameras.json`: the layout to write when there is no other.

    <root>/cameras.json
    <root>/[images/]<camera>/<frame>.png       or <root>/[images/]<camera>_<frame>.png
    <root>/masks/…                             the same names; how much of each pixel is the person

`cameras.json`:

    {"fps": 25, "aligned": true, "background": [255, 255, 255],
     "cameras": {"<name>": {"intrinsics": [[fx, 0, cx], [0, fy, cy], [0, 0, 1]],
                            "world_from_camera": [[...], [...], [...], [0, 0, 0, 1]],
                            "size": [width, height],
                            "split": "train", "distortion": [k1, k2, p1, p2, k3]}}}

Axes are OpenCV's (x right, y down, z forward), metres; pixel centres lie at half integers.
`camera_from_world` may stand for `world_from_camera`. Only `cameras` with intrinsics, pose and size
must be there. `aligned` says that the world is Mien's own: Y up, the face toward +Z, the head near
the origin; else its place is guessed from the cameras. Frames are the names that any camera has,
numbers in their order. Pictures may be PNG, JPEG, WebP, AVIF, BMP or TIFF; with alpha, they are
laid over the background, or white.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import SPLITS, Split, View
from mien.capture.reading.calibration import increasing_times, inverse_pose, pinhole, rigid_pose
from mien.capture.reading.distortion import Distortion
from mien.capture.reading.folders import is_picture, names_in, natural
from mien.capture.reading.json_files import JsonObject, number, numbers, read_json, table
from mien.capture.reading.pictures import Size, over, read_mask, read_picture
from mien.capture.reading.recording import Recording, Rig, World
from mien.errors import FileError

_FILE = "cameras.json"
_RATE = 25.0
_WHITE = np.full(3, 255, np.uint8)

Files = Mapping[tuple[str, str], Path]
"""A picture file for each camera and frame name."""


@capture_formats.register("image-folder")
class ImageFolder:
    """Reads a folder of pictures with cameras.json."""

    name = "pictures with cameras.json"
    rank = 10

    def probe(self, path: Path) -> bool:
        """Look for cameras.json."""
        return (_folder(path) / _FILE).is_file()

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the one capture it is."""
        return (_folder(path).name,)

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open it."""
        folder = _folder(path)
        part = chosen_part(path, self.parts(path), choice)
        content = read_json(folder / _FILE)
        rig = _rig(folder / _FILE, content)
        top = folder / "images" if (folder / "images").is_dir() else folder
        pictures = _files(top, rig.cameras)
        frames = tuple(sorted({frame for _, frame in pictures}, key=natural))
        if not frames:
            raise FileError(folder, "holds no pictures such as <camera>/<frame>.png")
        world = _world(rig, content)
        rate = number(content, "fps", path=folder / _FILE, default=_RATE)
        background = _background(folder / _FILE, content)
        return Recording(
            name=part,
            source=path,
            cameras=rig.chosen(choice, world),
            lenses=rig.lenses,
            times=increasing_times([_count(name, k) for k, name in enumerate(frames)], rate),
            frame_names=frames,
            world=world,
            background=background,
            views=_Views(
                frames,
                pictures,
                _files(folder / "masks", rig.cameras),
                {name: camera.size for name, camera in rig.cameras.items()},
                _WHITE if background is None else background,
            ),
        )


@dataclass(frozen=True, eq=False)
class _Views:
    """The pictures of the folder."""

    frames: tuple[str, ...]
    pictures: Files
    masks: Files
    sizes: Mapping[str, Size]
    background: NDArray[np.uint8]

    def present(self, camera: str, frame: int) -> bool:
        path = self.pictures.get((camera, self.frames[frame]))
        return path is not None and path.is_file()

    def read(self, camera: str, frame: int) -> View:
        key = camera, self.frames[frame]
        # A name that never was gives the same error as a file that is gone.
        path = self.pictures.get(key, Path(camera) / self.frames[frame])
        picture = read_picture(path, self.sizes[camera])
        mask = self.masks.get(key)
        alpha = picture.alpha if mask is None else read_mask(mask, self.sizes[camera])
        return View(over(picture, self.background), alpha)

    def close(self) -> None:
        """Nothing stays open."""


def _folder(path: Path) -> Path:
    place = path.absolute()
    return place.parent if place.name == _FILE else place


def _rig(path: Path, content: JsonObject) -> Rig:
    entries = table(content.get("cameras"), path=path, what="cameras")
    cameras: dict[str, Camera] = {}
    splits: dict[str, Split] = {}
    lenses: dict[str, Distortion] = {}
    for name, value in entries.items():
        entry = table(value, path=path, what=f"what camera {name} is")
        width, height = numbers(entry.get("size"), (2,), path=path, what=f"size of camera {name}")
        cameras[name] = pinhole(
            path,
            name,
            intrinsics=entry.get("intrinsics"),
            world_from_camera=_pose(path, name, entry),
            size=(int(width), int(height)),
        )
        split = entry.get("split", "train")
        if split not in SPLITS:
            raise FileError(path, f"camera {name} is for {split!r}; there are {', '.join(SPLITS)}")
        splits[name] = split
        bent = numbers(entry.get("distortion", []), (-1,), path=path, what="distortion")[:5]
        if bent.any():
            lenses[name] = Distortion(*map(float, bent))
    return Rig(path, cameras, splits, lenses)


def _pose(path: Path, name: str, entry: JsonObject) -> NDArray[np.floating]:
    if "world_from_camera" in entry:
        what = f"world_from_camera of {name}"
        return rigid_pose(entry["world_from_camera"], path=path, what=what)
    what = f"camera_from_world of {name}"
    return inverse_pose(entry.get("camera_from_world"), path=path, what=what)


def _world(rig: Rig, content: JsonObject) -> World:
    if content.get("aligned") is True:
        return World(np.eye(4), True)
    if not rig.cameras:
        raise FileError(rig.path, "has no cameras")
    return World.guessed(rig.cameras)


def _background(path: Path, content: JsonObject) -> NDArray[np.uint8] | None:
    if content.get("background") is None:
        return None
    colour = numbers(content["background"], (3,), path=path, what="background")
    return np.clip(colour, 0, 255).astype(np.uint8)


def _files(top: Path, cameras: Mapping[str, Camera]) -> dict[tuple[str, str], Path]:
    """Return the pictures below a folder that are named for one of the cameras."""
    found: dict[tuple[str, str], Path] = {}
    for name in names_in(top):
        stem, _, frame = Path(name).stem.rpartition("_")
        if is_picture(name) and stem in cameras:
            found[stem, frame] = top / name
    for camera in cameras:
        for name in names_in(top / camera):
            if is_picture(name):
                found[camera, Path(name).stem] = top / camera / name
    return found


def _count(name: str, position: int) -> int:
    """Return the number that a frame's name is, or its position where it is none."""
    return int(name) if name.isdecimal() else position
