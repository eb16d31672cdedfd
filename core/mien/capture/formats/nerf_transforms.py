"""Plain `transforms.json`, as Blender, instant-ngp and nerfstudio write it for radiance fields.

One file, or `transforms_train.json`, `_val` and `_test` for the splits. Poses are camera to world
in OpenGL's axes; pixel centres lie at half integers, so a missing principal point is half the size.

Known keys, of the file or of a frame: `fl_x fl_y cx cy w h`, `camera_angle_x`, `camera_angle_y`,
`k1 k2 k3 p1 p2` with `camera_model` PINHOLE or OPENCV; of a frame `file_path` (with or without its
ending), `transform_matrix`, `mask_path`. Pictures with alpha give masks and are laid over white, as
all who train on them do.

Each frame is a camera of its own that saw one instant, unless frames have a `time` in seconds or a
`timestep` (at `fps`, 25): then frames of one pose and one lens are one camera. Mien's own export
adds to frames `camera_id`, the camera's name, which makes that certain, `frame_name`, and `split`;
and to the file `head_from_world` [4, 4], which takes the poses to where templates stand, and
`background`, one colour in bytes. Others ignore them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import SPLITS, Split, View, ViewMissing
from mien.capture.reading.calibration import (
    increasing_times,
    pinhole,
    pose_from_opengl,
    stated_similarity,
)
from mien.capture.reading.distortion import Distortion
from mien.capture.reading.folders import PICTURES, first_existing, natural
from mien.capture.reading.json_files import JsonObject, number, numbers, text
from mien.capture.reading.pictures import has_alpha, over, picture_size, read_mask, read_picture
from mien.capture.reading.recording import PictureFiles, Recording, Rig, World
from mien.capture.reading.transforms_json import (
    frames_of,
    intrinsics_of,
    transforms_files,
    transforms_folder,
)
from mien.errors import FileError

_DEFAULT_RATE = 25.0
_READ_MODELS = {"PINHOLE", "SIMPLE_PINHOLE", "OPENCV", "SIMPLE_RADIAL", "RADIAL"}
_LENS = ("k1", "k2", "p1", "p2", "k3")
_WHITE = np.full(3, 255, np.uint8)


@capture_formats.register("nerf-transforms")
class NerfTransforms:
    """Reads plain transforms.json."""

    name = "NeRF transforms.json"
    rank = 20

    def probe(self, path: Path) -> bool:
        """Look for the file."""
        return transforms_folder(path) is not None

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the one capture it is."""
        return (_folder(path).name,)

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open it."""
        folder = _folder(path)
        part = chosen_part(path, self.parts(path), choice)
        shots, shared = _shots(folder)
        rig = _rig(folder, shots)
        instants = sorted({shot.instant for shot in shots})
        frame_of = {instant: number for number, instant in enumerate(instants)}
        by_view = {(shot.camera, frame_of[shot.instant]): shot for shot in shots}
        names = {frame_of[shot.instant]: shot.frame_name for shot in shots}
        world = _world(folder, rig, shared)
        background = _background(folder, shots, shared)
        view = partial(_view, by_view, _WHITE if background is None else background)
        return Recording(
            name=part,
            source=path,
            cameras=rig.chosen(choice, world),
            lenses=rig.lenses,
            times=increasing_times(instants, 1.0),
            frame_names=tuple(names[number] for number in range(len(instants))),
            world=world,
            background=background,
            views=PictureFiles(view, partial(_picture, by_view)),
        )


@dataclass(frozen=True, eq=False)
class _Shot:
    """A frame of the file: one picture of one camera."""

    camera: str
    instant: float
    frame_name: str
    picture: Path
    mask: Path | None
    pinhole: Camera
    lens: Distortion
    split: Split


_ByView = Mapping[tuple[str, int], _Shot]


def _folder(path: Path) -> Path:
    folder = transforms_folder(path)
    if folder is None:
        raise FileError(path, "has no transforms.json")
    return folder


def _shots(folder: Path) -> tuple[list[_Shot], JsonObject]:
    """Return all pictures, cameras in natural order, and what the first file says for all."""
    found: list[tuple[_Shot, str]] = []
    shared: JsonObject = {}
    for path, split in transforms_files(folder).items():
        frames = frames_of(path)
        found += [(_shot(path, frame, split), str(frame["file_path"])) for frame in frames]
        shared = shared or (frames[0] if frames else {})
    if not found:
        raise FileError(folder, "its transforms.json has no frames")
    shots = sorted(_named(found), key=lambda shot: (natural(shot.camera), shot.instant))
    return shots, shared


def _shot(path: Path, frame: JsonObject, split: Split | None) -> _Shot:
    file_path = text(frame, "file_path", path=path)
    picture = _found(path.parent / file_path)
    size = _size(frame, picture, path)
    mask = frame.get("mask_path") or frame.get("fg_mask_path")
    timed = "time" in frame or "timestep" in frame
    camera = pinhole(
        path,
        file_path,
        intrinsics=intrinsics_of(frame, size, path=path),
        world_from_camera=pose_from_opengl(
            frame.get("transform_matrix"), path=path, what=f"transform_matrix of {file_path}"
        ),
        size=size,
    )
    stated = frame.get("split")
    return _Shot(
        camera=str(frame.get("camera_id", "")) or ("" if timed else file_path),
        instant=_instant(frame, path),
        frame_name=str(frame.get("frame_name", frame.get("timestep", frame.get("time", 0)))),
        picture=picture,
        mask=path.parent / str(mask) if mask else None,
        pinhole=camera,
        lens=_lens(frame, path),
        split=split or (stated if stated in SPLITS else "train"),
    )


def _lens(frame: JsonObject, path: Path) -> Distortion:
    model = str(frame.get("camera_model", "OPENCV")).upper()
    fourth = number(frame, "k4", path=path, default=0.0)
    if model not in _READ_MODELS or frame.get("is_fisheye") or fourth:
        raise FileError(path, f"has lenses of the kind {model}; only pinholes and OPENCV are read")
    return Distortion(*(number(frame, key, path=path, default=0.0) for key in _LENS))


def _found(picture: Path) -> Path:
    """Return the picture, whose ending Blender's files leave out."""
    if picture.is_file():
        return picture
    endings = (picture.with_name(picture.name + suffix) for suffix in PICTURES)
    return first_existing(endings) or picture


def _size(frame: JsonObject, picture: Path, path: Path) -> tuple[int, int]:
    if frame.get("w") is not None and frame.get("h") is not None:
        return int(number(frame, "w", path=path)), int(number(frame, "h", path=path))
    try:
        return picture_size(picture)
    except ViewMissing as error:
        reason = f"gives no w and h, and {picture.name} is not there to ask"
        raise FileError(path, reason) from error


def _instant(frame: JsonObject, path: Path) -> float:
    if frame.get("time") is not None:
        return number(frame, "time", path=path)
    rate = number(frame, "fps", path=path, default=_DEFAULT_RATE)
    if not rate > 0:
        raise FileError(path, f"its fps is {rate:g}")
    return number(frame, "timestep", path=path, default=0.0) / rate


def _named(found: Sequence[tuple[_Shot, str]]) -> list[_Shot]:
    """Name the cameras that are pictures as shortly as they still differ, and those that are poses.

    Poses are numbered in the order of the file.
    """
    paths = {shot.camera for shot, file_path in found if shot.camera == file_path}
    short = {path: Path(path).stem for path in paths}
    if len(set(short.values())) < len(short):
        short = {path: Path(path).with_suffix("").as_posix() for path in paths}
    numbered: dict[tuple[Camera, Distortion], str] = {}
    named: list[_Shot] = []
    for shot, _ in found:
        name = short.get(shot.camera, shot.camera)
        if not name:
            name = numbered.setdefault((shot.pinhole, shot.lens), f"{len(numbered):03d}")
        named.append(replace(shot, camera=name))
    return named


def _rig(folder: Path, shots: Sequence[_Shot]) -> Rig:
    cameras: dict[str, Camera] = {}
    splits: dict[str, Split] = {}
    for shot in shots:
        held = cameras.setdefault(shot.camera, shot.pinhole)
        if held != shot.pinhole:
            raise FileError(folder, f"camera {shot.camera} moves; Mien reads rigs that stand still")
        # What one file trains on is no held-out camera, whatever the others say.
        both = {splits.get(shot.camera, shot.split), shot.split}
        splits[shot.camera] = next(split for split in SPLITS if split in both)
    return Rig(folder, cameras, splits, {shot.camera: shot.lens for shot in shots if shot.lens})


def _world(folder: Path, rig: Rig, shared: JsonObject) -> World:
    stated = shared.get("head_from_world")
    if stated is None:
        return World.guessed(rig.cameras)
    return World(stated_similarity(stated, path=folder), True)


def _background(
    folder: Path, shots: Sequence[_Shot], shared: JsonObject
) -> NDArray[np.uint8] | None:
    stated = shared.get("background")
    if stated is not None:
        colour = numbers(stated, (3,), path=folder, what="background")
        return np.clip(colour, 0, 255).astype(np.uint8)
    first = next((shot.picture for shot in shots if shot.picture.is_file()), None)
    return _WHITE if first is not None and has_alpha(first) else None


def _picture(shots: _ByView, camera: str, frame: int) -> Path | None:
    shot = shots.get((camera, frame))
    return shot.picture if shot is not None else None


def _view(
    shots: _ByView, background: NDArray[np.uint8], camera: str, frame: int, path: Path
) -> View:
    shot = shots[camera, frame]
    picture = read_picture(path, shot.pinhole.size)
    mask = picture.alpha
    if shot.mask is not None and shot.mask.is_file():
        mask = read_mask(shot.mask, shot.pinhole.size)
    return View(over(picture, background), mask)
