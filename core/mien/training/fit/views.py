"""The photographs of a fit: cropped to the person, in three sizes, kept as bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import Capture, CaptureCamera, ViewMissing, cameras_of
from mien.errors import MienError
from mien.image import Image8

_MARGIN = 12
"""Pixels around the mask's box that are fitted too, so that what strays there is seen."""
_MOST_BYTES = 1 << 30
_SEEN = 128


@dataclass(frozen=True, eq=False)
class Photograph:
    """What a camera saw in a frame, of the person only.

    Args:
        name: Of the camera.
        frame: Which.
        camera: Of the cropped picture.
        image: [H, W, 3], sRGB bytes.
        mask: [H, W], 0..255; None where nobody knows.
        inner: Rows and columns of the mask's box in the picture: top, bottom, left, right.
        cut: Whether it ends where the camera's own picture does: left, top, right, bottom.
    """

    name: str
    frame: int
    camera: Camera
    image: Image8
    mask: NDArray[np.uint8] | None
    inner: tuple[int, int, int, int]
    cut: tuple[bool, bool, bool, bool] = (True, True, True, True)

    def halved(self) -> Photograph:
        """Return it at half the size."""
        width, height = self.camera.width // 2, self.camera.height // 2
        camera = self.camera.cropped(0, 0, (2 * width, 2 * height)).resized((width, height))
        mask = None if self.mask is None else _halved(self.mask)
        top, bottom, left, right = (value // 2 for value in self.inner)
        return replace(
            self,
            camera=camera,
            image=_halved(self.image),
            mask=mask,
            inner=(top, bottom, left, right),
        )

    @property
    def num_bytes(self) -> int:
        """Memory it takes."""
        return self.image.nbytes + (0 if self.mask is None else self.mask.nbytes)


class Photographs:
    """The pictures of some cameras and frames, read when first wanted and kept while they fit.

    Args:
        capture: Where they come from.
        cameras: Of which cameras.
        frames: Of which frames.
    """

    def __init__(
        self, capture: Capture, cameras: Sequence[CaptureCamera], frames: Sequence[int]
    ) -> None:
        self._capture = capture
        self._kept: OrderedDict[tuple[int, int], Photograph] = OrderedDict()
        self._bytes = 0
        wanted = [(held, frame) for frame in frames for held in cameras]
        self.places = [place for place in wanted if capture.present(place[0].name, place[1])]
        self.num_missing = len(wanted) - len(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def get(self, index: int, level: int = 0) -> Photograph:
        """Return a picture at full (0), half (1) or quarter (2) size.

        Raises:
            FileError: It cannot be read.
        """
        key = (index, level)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._read(index) if level == 0 else self.get(index, level - 1).halved()
        self._kept[key] = made
        self._bytes += made.num_bytes
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].num_bytes
        return made

    def __iter__(self) -> Iterator[Photograph]:
        return (self.get(index) for index in range(len(self)))

    def _read(self, index: int) -> Photograph:
        held, frame = self.places[index]
        view = self._capture.view(held.name, frame)
        top, bottom, left, right = mask_box(view.mask, view.image.shape[:2])
        height, width = view.image.shape[:2]
        first_row, first_column = max(top - _MARGIN, 0), max(left - _MARGIN, 0)
        # Multiples of four halve twice without a rest.
        last_row = first_row + _whole(min(bottom + _MARGIN, height) - first_row, height - first_row)
        last_column = first_column + _whole(
            min(right + _MARGIN, width) - first_column, width - first_column
        )
        rows, columns = slice(first_row, last_row), slice(first_column, last_column)
        size = (last_column - first_column, last_row - first_row)
        inner = (
            top - first_row,
            min(bottom, last_row) - first_row,
            left - first_column,
            min(right, last_column) - first_column,
        )
        # Copies, because torch wants arrays that may be written.
        mask = None if view.mask is None else view.mask[rows, columns].copy()
        image = view.image[rows, columns].copy()
        camera = held.camera.cropped(first_column, first_row, size)
        cut = (first_column == 0, first_row == 0, last_column >= width - 3, last_row >= height - 3)
        return Photograph(held.name, frame, camera, image, mask, inner, cut)


def mask_box(mask: NDArray[np.uint8] | None, size: Sequence[int]) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of the box around a mask; the whole picture without."""
    seen = None if mask is None else mask >= _SEEN
    if seen is None or not seen.any():
        return 0, size[0], 0, size[1]
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def check_frames(capture: Capture, frames: Sequence[int]) -> None:
    """Raise a MienError if a capture lacks one of some frames."""
    count = len(capture.times)
    beyond = [frame for frame in frames if not 0 <= frame < count]
    if beyond:
        raise MienError(f"{capture.name} has no frame {beyond[0]}; it has {count}")


def training_photographs(capture: Capture, frames: Sequence[int]) -> Photographs:
    """Return the pictures of the training cameras.

    Raises:
        ViewMissing: There are none.
    """
    photographs = Photographs(capture, cameras_of(capture, "train"), frames)
    if not len(photographs):
        raise ViewMissing(capture.source, "has no picture of a training camera in these frames")
    return photographs


def held_out_photographs(capture: Capture, frames: Sequence[int]) -> Photographs:
    """Return the pictures of the cameras that are not trained on."""
    return Photographs(capture, cameras_of(capture, "validation", "test"), frames)


def _whole(length: int, most: int) -> int:
    rounded = -(-length // 4) * 4
    return rounded if rounded <= most else most // 4 * 4


def _halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    even = picture[:height, :width].astype(np.uint16)
    rows = even[0::2] + even[1::2]
    return ((rows[:, 0::2] + rows[:, 1::2] + 2) // 4).astype(np.uint8)
