"""Plain `transforms.json`, as Blender, instant-ngp and nerfstudio write it for radiance fields.

One file, or `transforms_train.json`, `_val` and `_test` for the splits. Poses are camera to world
in OpenGL's axes; pixel centres lie at half integers, so a missing principal point is half the size.

Known keys, of the file or of a frame: `fl_x fl_y cx cy w h`, `camera_angle_x`, `camera_angle_y`,
`k1 k2 k3 p1 p2` with `camera_model` PINHOLE or OPENCV; of a frame `file_path` (with or without its
ending), `transform_matrix`, `mask_path`, and `depth_file_path`, whole numbers of
`depth_unit_scale_factor` (0.001) units along the view axis, 0 where nothing is. Pictures with alpha
give masks and are laid over white, as all who train on them do.

Each frame is a camera of its own that saw one instant, unless frames have a `time` in seconds or a
`timestep` (at `fps`, 25): then frames of one pose and one lens are one camera. Mien's own export
adds to frames `camera_id`, the camera's name, which makes that certain, `frame_name`, and `split`;
and to the file `head_from_world` [4, 4], which takes the poses to where templates stand,
`background`, one colour in bytes, `name` and `attributes`. Others ignore them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.alignment import scale_of
from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import SPLITS, Attribute, Split, View, ViewMissing
from mien.capture.reading.calibration import stated_similarity
from mien.capture.reading.json_files import JsonObject, number, numbers
from mien.capture.reading.nerf_frames import Shot, read_shots
from mien.capture.reading.pictures import has_alpha, over, read_mask, read_picture, read_steps
from mien.capture.reading.recording import Recording, Rig, World
from mien.capture.reading.transforms_json import transforms_folder
from mien.errors import FileError

_DEPTH_UNIT = 1e-3
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
        shots, shared = read_shots(folder)
        rig = _rig(folder, shots)
        world = _world(folder, rig, shared)
        instants = sorted({shot.instant for shot in shots})
        frame_of = {instant: number for number, instant in enumerate(instants)}
        names = {frame_of[shot.instant]: shot.frame_name for shot in shots}
        background = _background(folder, shots, shared)
        unit = number(shared, "depth_unit_scale_factor", path=folder, default=_DEPTH_UNIT)
        return Recording(
            name=str(shared.get("name", part)),
            source=path,
            cameras=rig.chosen(choice, world),
            lenses=rig.lenses,
            times=np.array(instants),
            frame_names=tuple(names[number] for number in range(len(instants))),
            world=world,
            background=background,
            attributes=_attributes(shared),
            views=_Views(
                {(shot.camera, frame_of[shot.instant]): shot for shot in shots},
                _WHITE if background is None else background,
                unit * scale_of(world.head_from_world),
            ),
        )


@dataclass(frozen=True, eq=False)
class _Views:
    """The pictures of the files' frames.

    Args:
        shots: By camera and frame number.
        background: What pictures with alpha are laid over [3].
        depth_step: Metres of a step of stored depth.
    """

    shots: Mapping[tuple[str, int], Shot]
    background: NDArray[np.uint8]
    depth_step: float

    def present(self, camera: str, frame: int) -> bool:
        shot = self.shots.get((camera, frame))
        return shot is not None and shot.picture.is_file()

    def read(self, camera: str, frame: int) -> View:
        shot = self.shots.get((camera, frame))
        if shot is None:
            raise ViewMissing(Path(camera), f"has no picture of frame {frame}")
        size = shot.pinhole.size
        picture = read_picture(shot.picture, size)
        masked = shot.mask is not None and shot.mask.is_file()
        mask = read_mask(shot.mask, size) if shot.mask and masked else picture.alpha
        return View(over(picture, self.background), mask, self._depth(shot))

    def close(self) -> None:
        """Nothing stays open."""

    def _depth(self, shot: Shot) -> NDArray[np.float32] | None:
        if shot.depth is None or not shot.depth.is_file():
            return None
        steps = read_steps(shot.depth, shot.pinhole.size)
        return steps.astype(np.float32) * np.float32(self.depth_step)


def _folder(path: Path) -> Path:
    folder = transforms_folder(path.absolute())
    if folder is None:
        raise FileError(path, "has no transforms.json")
    return folder


def _rig(folder: Path, shots: Sequence[Shot]) -> Rig:
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
    folder: Path, shots: Sequence[Shot], shared: JsonObject
) -> NDArray[np.uint8] | None:
    stated = shared.get("background")
    if stated is not None:
        colour = numbers(stated, (3,), path=folder, what="background")
        return np.clip(colour, 0, 255).astype(np.uint8)
    first = next((shot.picture for shot in shots if shot.picture.is_file()), None)
    return _WHITE if first is not None and has_alpha(first) else None


def _attributes(shared: JsonObject) -> dict[str, Attribute]:
    stated = shared.get("attributes")
    if not isinstance(stated, Mapping):
        return {}
    pairs = ((str(key), value) for key, value in stated.items())
    return {key: value for key, value in pairs if isinstance(value, str | int | float | bool)}
