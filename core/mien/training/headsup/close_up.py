"""Close-ups: the square of a picture that shows the person, so that views spend pixels on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.camera import Camera

_SEEN = 0.5
_MARGIN = 0.04
"""Room around the person, as a share of the square."""
_LEAST = 16
"""Pixels along a side of the smallest square."""


@dataclass(frozen=True)
class CloseUp:
    """A square of a picture; parts of it may lie outside.

    Args:
        left: Its first column.
        top: Its first row.
        side: Pixels along a side.
    """

    left: int
    top: int
    side: int

    @staticmethod
    def of(mask: NDArray[np.floating]) -> CloseUp:
        """Return the square around the person in a mask [H, W], 0..1, or around all of it."""
        rows, columns = (np.flatnonzero((mask >= _SEEN).any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            rows, columns = (np.arange(length) for length in mask.shape)
        width, height = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
        side = max(round((1 + 2 * _MARGIN) * max(width, height)), _LEAST)
        left = columns[0] + (width - side) // 2
        return CloseUp(int(left), int(rows[0] + (height - side) // 2), int(side))

    def camera(self, camera: Camera) -> Camera:
        """Return what would have taken just this square."""
        return camera.cropped(self.left, self.top, (self.side, self.side))

    def cut(self, picture: NDArray[np.float32], *, outside: ArrayLike) -> NDArray[np.float32]:
        """Return the square [S, S, ...] of a picture [H, W, ...].

        Args:
            picture: The picture.
            outside: What a pixel outside of it shows.
        """
        square = np.empty((self.side, self.side, *picture.shape[2:]), np.float32)
        square[:] = outside
        height, width = picture.shape[:2]
        rows = slice(max(self.top, 0), min(self.top + self.side, height))
        columns = slice(max(self.left, 0), min(self.left + self.side, width))
        square[
            rows.start - self.top : rows.stop - self.top,
            columns.start - self.left : columns.stop - self.left,
        ] = picture[rows, columns]
        return square
