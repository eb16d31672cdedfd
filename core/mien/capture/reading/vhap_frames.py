"""The frames of VHAP's `transforms.json`, and the rig that stood still behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from mien.camera import Camera
from mien.capture.alignment import moved_camera
from mien.capture.protocol import Split
from mien.capture.reading.calibration import pinhole, pose_from_opengl
from mien.capture.reading.json_files import JsonObject, number, text
from mien.capture.reading.transforms_json import frames_of, intrinsics_of, transforms_files
from mien.errors import FileError
from mien.transforms import Array, rigid

# Metres by which cameras of one sequence may stand apart before their rig counts as moving.
_STILL = 1e-4
_CALIBRATION = (
    *("transform_matrix", "w", "h", "cx", "cy", "fl_x", "fl_y"),
    *("camera_angle_x", "camera_angle_y"),
)


@dataclass(frozen=True, eq=False)
class Shot:
    """A frame of the file: one picture. There may be a hundred thousand, so paths stay text."""

    folder: Path
    camera: str
    timestep: int
    pinhole: Camera
    picture: str
    mask: str
    flame: str
    split: Split | None


def read_shots(folder: Path) -> list[Shot]:
    """Return all frames of a sequence or a UNION, cameras in order.

    Raises:
        FileError: A file is damaged, or there are no frames.
    """
    pinholes: dict[str, Camera] = {}
    shots = [
        _shot(path, frame, split, pinholes)
        for path, split in transforms_files(folder).items()
        for frame in frames_of(path)
    ]
    if not shots:
        raise FileError(folder, "its transforms.json has no frames")
    return sorted(shots, key=lambda shot: (int(shot.camera), shot.timestep))


def _shot(path: Path, frame: JsonObject, split: Split | None, pinholes: dict[str, Camera]) -> Shot:
    # The same few calibrations are written down for each timestep: each becomes one camera.
    written = repr([frame.get(key) for key in _CALIBRATION])
    if written not in pinholes:
        pinholes[written] = _pinhole(path, frame)
    return Shot(
        folder=path.parent,
        camera=f"{int(number(frame, 'camera_index', path=path))}",
        timestep=int(number(frame, "timestep_index", path=path)),
        pinhole=pinholes[written],
        picture=text(frame, "file_path", path=path),
        mask=str(frame.get("fg_mask_path") or ""),
        flame=str(frame.get("flame_param_path") or ""),
        split=split,
    )


def _pinhole(path: Path, frame: JsonObject) -> Camera:
    file_path = text(frame, "file_path", path=path)
    size = int(number(frame, "w", path=path)), int(number(frame, "h", path=path))
    intrinsics = intrinsics_of(frame, size, path=path)
    intrinsics[1, 2] = size[1] - intrinsics[1, 2]
    what = f"transform_matrix of {file_path}"
    pose = pose_from_opengl(frame.get("transform_matrix"), path=path, what=what)
    return pinhole(path, file_path, intrinsics=intrinsics, world_from_camera=pose, size=size)


def still_rig(folder: Path, shots: Sequence[Shot]) -> tuple[dict[str, Camera], dict[int, Array]]:
    """Return the cameras in the world of the first timestep, and what takes others there [3].

    Raises:
        FileError: The rig moves otherwise than by a common translation.
    """
    cameras: dict[str, Camera] = {}
    shifts: dict[int, Array] = {}
    checked: set[tuple[str, Camera, bytes]] = set()
    for step, together in groupby(sorted(shots, key=_timestep), _timestep):
        seen = {shot.camera: shot.pinhole for shot in together}
        known = next((name for name in seen if name in cameras), None)
        shift = np.zeros(3)
        if known is not None:
            shift = cameras[known].position - seen[known].position
        shifts[step] = shift
        for name, camera in seen.items():
            key = name, camera, shift.tobytes()
            if key not in checked:
                checked.add(key)
                _check_still(folder, name, cameras, moved_camera(camera, rigid(np.eye(3), shift)))
    return cameras, shifts


def _check_still(folder: Path, name: str, cameras: dict[str, Camera], moved: Camera) -> None:
    held = cameras.setdefault(name, moved)
    apart = np.abs(held.world_from_camera - moved.world_from_camera).max()
    bent = np.abs(held.intrinsics - moved.intrinsics).max()
    if apart > _STILL or bent > _STILL * max(held.size) or held.size != moved.size:
        raise FileError(folder, f"camera {name} moves; Mien reads rigs that stand still")


def _timestep(shot: Shot) -> int:
    return shot.timestep
