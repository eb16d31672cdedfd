"""NeRSemble, first edition: a folder of pictures for each frame.

    <root>/<participant>/camera_params.json
    <root>/<participant>/sequences/<sequence>/frame_<t>/images-2x-73fps/cam_<serial>.png
                                                        alpha_map-73fps/cam_<serial>.png
    <root>/<participant>/annotations/<sequence>/color_correction/<serial>.npy

The folder of pictures tells their rate. The colour correction is affine, rgb' = rgb A + b on sRGB
values 0..1, a matrix [3 or 4, 4] of A and b.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mien.capture.opening import Choice, capture_formats
from mien.capture.protocol import View, ViewMissing
from mien.capture.reading.arrays import read_npy
from mien.capture.reading.calibration import increasing_times
from mien.capture.reading.color import AffineCorrection, ColorCorrection
from mien.capture.reading.folders import names_in
from mien.capture.reading.json_files import numbers
from mien.capture.reading.nersemble import (
    SharedLens,
    Tree,
    attributes_of,
    participant_of,
    serial_of,
    title_of,
)
from mien.capture.reading.pictures import Size, picture_size, read_mask, read_picture
from mien.capture.reading.recording import Recording
from mien.errors import FileError

_CALIBRATION = "camera_params.json"
_FRAME = re.compile(r"frame_(\d+)")
_PICTURES = re.compile(r"images(?:-\d+x)?-(\d+(?:\.\d+)?)fps")
_LOOKED_AT = 256
# A first frame may be lost; where all of these are, something else is wrong.
_TRIED = 16
_RATE = 73.0


@capture_formats.register("nersemble-v1")
class NersembleV1:
    """Reads the first edition of NeRSemble."""

    name = "NeRSemble v1"
    rank = 50

    def probe(self, path: Path) -> bool:
        """Look for a participant's calibration beside its sequences."""
        return _tree(path).sample() is not None

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return its sequences."""
        return tuple(_tree(path).sequences())

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open a sequence."""
        place = _Sequence.of(_tree(path).chosen(choice))
        lens = SharedLens.of(participant_of(place.folder) / _CALIBRATION, place.serials, choice)
        cameras, world = lens.placed(place.size, choice)
        corrections = _corrections(place, choice)
        colors = "corrected" if corrections else "raw"
        return Recording(
            name=title_of(place.folder),
            source=path,
            cameras=cameras,
            times=increasing_times([int(name) for name in place.frames], place.rate),
            frame_names=place.frames,
            world=world,
            views=_FrameFolders(place, corrections),
            attributes={**attributes_of(self.name, place.folder), "colors": colors},
        )


@dataclass(frozen=True)
class _Sequence:
    """Where the pictures of a sequence lie, and what its first picture says of all."""

    folder: Path
    frames: tuple[str, ...]
    pictures: str
    rate: float
    ending: str
    size: Size
    serials: tuple[str, ...]

    @staticmethod
    def of(folder: Path) -> _Sequence:
        found = [match.group(1) for name in names_in(folder) if (match := _FRAME.fullmatch(name))]
        for number in found[:_TRIED]:
            first = folder / f"frame_{number}"
            kinds = [match for name in names_in(first) if (match := _PICTURES.fullmatch(name))]
            files = names_in(first / kinds[0].group()) if kinds else []
            serials = {serial: name for name in files if (serial := serial_of(name))}
            if not serials:
                continue
            some = first / kinds[0].group() / next(iter(serials.values()))
            return _Sequence(
                folder,
                tuple(found),
                kinds[0].group(),
                float(kinds[0].group(1)) or _RATE,
                some.suffix,
                picture_size(some),
                tuple(serials),
            )
        raise FileError(folder, "its frames have no folder of pictures such as images-2x-73fps")

    def picture(self, camera: str, frame: int) -> Path:
        return self._frame(frame) / self.pictures / f"cam_{camera}{self.ending}"

    def mask(self, camera: str, frame: int) -> Path:
        rate = self.pictures.rpartition("-")[2]
        return self._frame(frame) / f"alpha_map-{rate}" / f"cam_{camera}.png"

    def _frame(self, frame: int) -> Path:
        return self.folder / f"frame_{self.frames[frame]}"


@dataclass(frozen=True)
class _FrameFolders:
    """The views of a sequence."""

    place: _Sequence
    corrections: Mapping[str, ColorCorrection]

    def present(self, camera: str, frame: int) -> bool:
        return self.place.picture(camera, frame).is_file()

    def read(self, camera: str, frame: int) -> View:
        image = read_picture(self.place.picture(camera, frame), self.place.size).rgb
        correct = self.corrections.get(camera)
        try:
            mask = read_mask(self.place.mask(camera, frame), self.place.size)
        except ViewMissing:
            mask = None
        return View(image if correct is None else correct(image), mask)

    def close(self) -> None:
        """Nothing stays open."""


def _tree(path: Path) -> Tree:
    return Tree(path, _CALIBRATION, _is_sequence)


def _is_sequence(folder: Path) -> bool:
    return any(_FRAME.fullmatch(name) for name in names_in(folder, limit=_LOOKED_AT))


def _corrections(place: _Sequence, choice: Choice) -> dict[str, ColorCorrection]:
    """Return the correction of each camera; none where they are not wanted or not delivered."""
    annotations = participant_of(place.folder) / "annotations" / place.folder.name
    folder = annotations / "color_correction"
    if not choice.corrected or not folder.is_dir():
        return {}
    corrections: dict[str, ColorCorrection] = {}
    for serial in choice.cameras or place.serials:
        path = folder / f"{serial}.npy"
        if not path.is_file():
            raise FileError(path, "no such colour correction", hint="Open the raw colours instead")
        matrix = numbers(read_npy(path), (-1, 4), path=path, what="colour correction")
        if len(matrix) < 3:
            raise FileError(path, f"its colour correction is {matrix.shape}, expected 3 x 4")
        corrections[serial] = AffineCorrection(np.asarray(matrix))
    return corrections
