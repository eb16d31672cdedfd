"""VHAP's export, which GaussianAvatars trains on: `transforms.json` with timesteps and FLAME.

    <sequence>/transforms.json, transforms_train.json, transforms_val.json, transforms_test.json
               images/<timestep>_<camera>.png, fg_masks/…, flame_param/<timestep>.npz

Poses are camera to world in OpenGL's axes, metres. Their `cy` counts from the bottom: the principal
point of OpenCV's axes is H - cy, which says that pixel centres lie at half integers. Pictures are
laid over white.

A UNION of sequences has `transforms_{train,val,test}.json` that point into its neighbours. VHAP
moves each sequence's world to its mean head, so cameras of a rig that stood still differ between
sequences by one translation; all are brought into the world of the first here, FLAME's parameters
too. The head stands where FLAME was tracked in the first timestep.

Splits are those of the files: `val` holds out cameras, `test` timesteps (`frame_splits`). Where
there is but `transforms.json`, they are cut as VHAP cuts them: camera 8 (else the last) and the
last three tenths of the timesteps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from mien.camera import Camera
from mien.capture.alignment import moved_camera
from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import SPLITS, Split, View
from mien.capture.reading.arrays import read_npz
from mien.capture.reading.calibration import increasing_times, pinhole, pose_from_opengl
from mien.capture.reading.flame import FlameParameters, vhap_parameters
from mien.capture.reading.folders import subfolders
from mien.capture.reading.json_files import JsonObject, number, text
from mien.capture.reading.pictures import over, read_mask, read_picture
from mien.capture.reading.recording import PictureFiles, Recording, Rig, World
from mien.capture.reading.transforms_json import (
    frames_of,
    head_holds,
    intrinsics_of,
    transforms_files,
    transforms_folder,
)
from mien.errors import FileError
from mien.transforms import Array, rigid

_MARKS = (b'"timestep_index"', b'"flame_param_path"')
_RATE = 25.0
_LOOKED_AT = 32
_VALIDATION_CAMERA = "8"
_TEST_SHARE = 0.3
# Metres by which cameras of one sequence may stand apart before their rig counts as moving.
_STILL = 1e-4
_CALIBRATION = (
    *("transform_matrix", "w", "h", "cx", "cy", "fl_x", "fl_y"),
    *("camera_angle_x", "camera_angle_y"),
)
_WHITE = np.full(3, 255, np.uint8)


@capture_formats.register("vhap")
class Vhap:
    """Reads VHAP's export."""

    name = "VHAP / GaussianAvatars"
    rank = 40

    def probe(self, path: Path) -> bool:
        """Look for a transforms.json whose frames have timesteps."""
        return _sequence(path) is not None or bool(_sequences(path, limit=_LOOKED_AT))

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the sequence it is, or the sequences in a folder."""
        sequence = _sequence(path)
        return (sequence.name,) if sequence is not None else tuple(_sequences(path))

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open a sequence, or a union of them."""
        part = chosen_part(path, self.parts(path), choice)
        sequence = _sequence(path) or _sequences(path)[part]
        shots = _shots(sequence)
        cameras, shifts = _still_rig(sequence, shots)
        steps = sorted({shot.timestep for shot in shots})
        camera_splits, step_splits = _splits(shots, steps)
        rig = Rig(sequence, cameras, camera_splits)
        frame_of = {step: number for number, step in enumerate(steps)}
        by_view = {(shot.camera, frame_of[shot.timestep]): shot for shot in shots}
        flame_of = {shot.timestep: (shot.folder, shot.flame) for shot in shots}
        flame = [(_flame_file(*flame_of[step]), shifts[step]) for step in steps]
        world = _world(flame, rig)
        return Recording(
            name=part,
            source=path,
            cameras=rig.chosen(choice, world),
            times=increasing_times(steps, _RATE),
            frame_names=tuple(f"{step:05d}" for step in steps),
            world=world,
            background=_WHITE,
            views=PictureFiles(partial(_view, by_view), partial(_picture, by_view)),
            frame_splits=tuple(step_splits[step] for step in steps),
            load_flame=partial(_flame, flame) if all(path for path, _ in flame) else None,
            attributes={"dataset": self.name, "sequence": part},
        )


@dataclass(frozen=True, eq=False)
class _Shot:
    """A frame of the file: one picture. There may be a hundred thousand, so paths stay text."""

    folder: Path
    camera: str
    timestep: int
    pinhole: Camera
    picture: str
    mask: str
    flame: str
    split: Split | None


_ByView = Mapping[tuple[str, int], _Shot]
_FlameFiles = Sequence[tuple[Path | None, Array]]


def _sequence(path: Path) -> Path | None:
    folder = transforms_folder(path.absolute())
    return folder if folder is not None and head_holds(folder, _MARKS) else None


def _sequences(path: Path, limit: int | None = None) -> dict[str, Path]:
    found = {folder.name: _sequence(folder) for folder in subfolders(path, limit=limit)}
    return {name: sequence for name, sequence in found.items() if sequence is not None}


def _shots(folder: Path) -> list[_Shot]:
    pinholes: dict[str, Camera] = {}
    shots = [
        _shot(path, frame, split, pinholes)
        for path, split in transforms_files(folder).items()
        for frame in frames_of(path)
    ]
    if not shots:
        raise FileError(folder, "its transforms.json has no frames")
    return sorted(shots, key=lambda shot: (int(shot.camera), shot.timestep))


def _shot(path: Path, frame: JsonObject, split: Split | None, pinholes: dict[str, Camera]) -> _Shot:
    # The same few calibrations are written down for each timestep: each becomes one camera.
    written = repr([frame.get(key) for key in _CALIBRATION])
    if written not in pinholes:
        pinholes[written] = _pinhole(path, frame)
    return _Shot(
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


def _still_rig(folder: Path, shots: Sequence[_Shot]) -> tuple[dict[str, Camera], dict[int, Array]]:
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


def _timestep(shot: _Shot) -> int:
    return shot.timestep


def _splits(
    shots: Sequence[_Shot], steps: Sequence[int]
) -> tuple[dict[str, Split], dict[int, Split]]:
    """Return what each camera and each timestep is for."""
    cameras = list(dict.fromkeys(shot.camera for shot in shots))
    if all(shot.split is None for shot in shots):
        held = _VALIDATION_CAMERA if _VALIDATION_CAMERA in cameras else cameras[-1]
        first_test = len(steps) - int(len(steps) * _TEST_SHARE)
        return (
            {held: "validation"} if len(cameras) > 1 else {},
            {step: "train" if k < first_test else "test" for k, step in enumerate(steps)},
        )
    by_camera: dict[str, set[Split | None]] = {name: set() for name in cameras}
    by_step: dict[int, set[Split | None]] = {step: set() for step in steps}
    for shot in shots:
        by_camera[shot.camera].add(shot.split)
        by_step[shot.timestep].add(shot.split)
    return (
        {name: _first(found) for name, found in by_camera.items()},
        {step: "test" if found == {"test"} else "train" for step, found in by_step.items()},
    )


def _first(found: set[Split | None]) -> Split:
    return next(split for split in SPLITS if split in found)


def _world(flame: _FlameFiles, rig: Rig) -> World:
    first = next((entry for entry in flame if entry[0] is not None and entry[0].is_file()), None)
    if first is None:
        return World.guessed(rig.cameras)
    return World.of_head(_flame([first]).world_from_head(0))


def _flame_file(folder: Path, name: str) -> Path | None:
    return folder / name if name else None


def _flame(files: _FlameFiles) -> FlameParameters:
    """Read FLAME's parameters, in the world of the first timestep."""
    parameters = vhap_parameters([(path, read_npz(path)) for path, _ in files if path is not None])
    moved = parameters.translation + np.array([shift for _, shift in files])
    return replace(parameters, translation=moved.astype(np.float32))


def _picture(shots: _ByView, camera: str, frame: int) -> Path | None:
    shot = shots.get((camera, frame))
    return shot.folder / shot.picture if shot is not None else None


def _view(shots: _ByView, camera: str, frame: int, path: Path) -> View:
    shot = shots[camera, frame]
    picture = read_picture(path, shot.pinhole.size)
    mask = picture.alpha
    if shot.mask and (shot.folder / shot.mask).is_file():
        mask = read_mask(shot.folder / shot.mask, shot.pinhole.size)
    return View(over(picture, _WHITE), mask)
