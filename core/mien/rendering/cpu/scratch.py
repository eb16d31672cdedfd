"""Memory the kernels work in, kept between frames, and pictures handed out again once let go."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mien.rendering.cpu.blending import BLOCK_STRIDE, BLOCKS, TILE
from mien.rendering.cpu.depth_order import RADIX
from mien.rendering.cpu.projection import CHUNK
from mien.rendering.cpu.records import RECORD

_CACHE_LINE = 64


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return zeros that begin on a cache line, so that no record or vector straddles two."""
    kind = np.dtype(dtype)
    size = int(np.prod(shape)) * kind.itemsize
    raw = np.zeros(size + _CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % _CACHE_LINE
    return raw[start : start + size].view(kind).reshape(shape)


class Scratch:
    """Work arrays for clouds and pictures up to the sizes asked for so far.

    Args:
        dtype: float32, or float64 for checking gradients.
    """

    def __init__(self, dtype: DTypeLike = np.float32) -> None:
        self._dtype = dtype
        self._workers = self._tiles = 0
        self.tickets = np.zeros(8, np.int64)
        self._fit_gaussians(CHUNK)
        self.fit_entries(1 << 16)

    def fit(self, num_gaussians: int, size: tuple[int, int], *, workers: int) -> None:
        """Make room for a cloud and a picture of a size (width, height)."""
        if num_gaussians > len(self.records):
            self._fit_gaussians(num_gaussians + num_gaussians // 4)
        tiles = -(-size[0] // TILE) * -(-size[1] // TILE)
        if workers != self._workers or tiles > self._tiles:
            self._fit_tiles(max(tiles, self._tiles), workers)

    def fit_entries(self, num_entries: int) -> None:
        """Make room for the tiles' lists."""
        self.entries = aligned((num_entries + num_entries // 4,), np.int32)

    def _fit_gaussians(self, count: int) -> None:
        self.records = aligned((count, RECORD), self._dtype)
        self.keys = np.zeros((2, count), np.uint32)
        self.ids = np.zeros((2, count), np.int32)
        self.chunk_counts = np.zeros(-(-count // CHUNK), np.int64)

    def _fit_tiles(self, tiles: int, workers: int) -> None:
        self._workers, self._tiles = workers, tiles
        self.histograms = np.zeros((workers, RADIX), np.int64)
        self.tile_counts = np.zeros((workers, tiles), np.int32)
        self.tile_starts = np.zeros(tiles + 1, np.int64)
        self.pixels = aligned((workers, BLOCKS * BLOCK_STRIDE), self._dtype)
        self.alive = aligned((workers, BLOCKS), np.int64)


class PictureRing:
    """Lend arrays for pictures, each again only when nobody holds it any longer.

    Making a picture's memory anew costs more than drawing a head into it, because the system
    clears every page. Whoever keeps an array, or a view of one, keeps it to himself.
    """

    _LIMIT = 16
    # The ring's list, the loop's name and the argument of getrefcount.
    _UNSHARED = 3

    def __init__(self) -> None:
        self._held: list[NDArray[Any]] = []

    def lend(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of unspecified content that is the caller's own."""
        kind = np.dtype(dtype)
        if 0 in shape:
            return np.empty(shape, kind)
        for array in self._held:
            fits = array.shape == shape and array.dtype == kind
            if fits and sys.getrefcount(array) <= self._UNSHARED:
                return array
        made = np.empty(shape, kind)
        self._held = [*self._held[1 - self._LIMIT :], made]
        return made
