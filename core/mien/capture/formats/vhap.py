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
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import SPLITS, Split, View
from mien.capture.reading.arrays import read_npz
from mien.capture.reading.calibration import increasing_times
from mien.capture.reading.flame import FlameParameters, vhap_parameters
from mien.capture.reading.folders import subfolders
from mien.capture.reading.pictures import over, read_mask, read_picture
from mien.capture.reading.recording import PictureFiles, Recording, Rig, World
from mien.capture.reading.transforms_json import (
    head_holds,
    transforms_folder,
)
from mien.capture.reading.vhap_frames import Shot, read_shots, still_rig
from mien.transforms import Array

_MARKS = (b'"timestep_index"', b'"flame_param_path"')
_RATE = 25.0
_LOOKED_AT = 32
_VALIDATION_CAMERA = "8"
_TEST_SHARE = 0.3
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
        shots = read_shots(sequence)
        cameras, shifts = still_rig(sequence, shots)
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


_ByView = Mapping[tuple[str, int], Shot]
_FlameFiles = Sequence[tuple[Path | None, Array]]


def _sequence(path: Path) -> Path | None:
    folder = transforms_folder(path.absolute())
    return folder if folder is not None and head_holds(folder, _MARKS) else None


def _sequences(path: Path, limit: int | None = None) -> dict[str, Path]:
    found = {folder.name: _sequence(folder) for folder in subfolders(path, limit=limit)}
    return {name: sequence for name, sequence in found.items() if sequence is not None}


def _splits(
    shots: Sequence[Shot], steps: Sequence[int]
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
