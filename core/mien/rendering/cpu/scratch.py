"""Memory the kernels work in, kept between frames, and pictures handed out again once let go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mien.rendering.cpu.blending import BLOCK_STRIDE, BLOCKS, TILE
from mien.rendering.cpu.depth_order import RADIX
from mien.rendering.cpu.forward import NUM_FACTS
from mien.rendering.cpu.projection import CHUNK
from mien.rendering.cpu.records import RECORD
from mien.rendering.cpu.teamwork import CONTROL_SIZE

T = TypeVar("T")

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
        for_gradient: Whether there has to be room for what the gradient needs.
    """

    def __init__(self, dtype: DTypeLike = np.float32, *, for_gradient: bool = False) -> None:
        self.dtype = np.dtype(dtype)
        self.for_gradient = for_gradient
        self.slots = np.zeros(0, np.int64)
        self.firsts = np.zeros(0, np.int64)
        self.shares = aligned((0, RECORD), dtype)
        self._workers = self._tiles = 0
        self.control = aligned((CONTROL_SIZE,), np.int64)
        self.facts = np.zeros(NUM_FACTS, np.int64)
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
        room = num_entries + num_entries // 4
        self.entries = aligned((room,), np.int32)
        if self.for_gradient:
            self.slots = aligned((room,), np.int64)
            self.shares = aligned((room, RECORD), self.dtype)

    def _fit_gaussians(self, count: int) -> None:
        self.records = aligned((count, RECORD), self.dtype)
        self.keys = np.zeros((2, count), np.uint32)
        self.ids = np.zeros((2, count), np.int32)
        if self.for_gradient:
            self.firsts = np.zeros(count + 1, np.int64)
        self.chunk_counts = np.zeros(-(-count // CHUNK), np.int64)

    def _fit_tiles(self, tiles: int, workers: int) -> None:
        self._workers, self._tiles = workers, tiles
        self.share_sizes = np.zeros(workers, np.int64)
        self.histograms = np.zeros((workers, RADIX), np.int64)
        self.tile_counts = np.zeros((workers, tiles), np.int32)
        self.tile_starts = np.zeros(tiles + 1, np.int64)
        self.pixels = aligned((workers, BLOCKS * BLOCK_STRIDE), self.dtype)
        self.alive = aligned((workers, BLOCKS), np.int64)


class Ring(Generic[T]):
    """Lend objects, each again only when nobody holds it any longer.

    Making a picture's memory anew costs more than drawing a head into it, because the system
    clears every page. Whoever keeps an array, or a view of one, keeps it to himself.

    Args:
        limit: How many are remembered; the oldest is forgotten first.
    """

    # The ring's list, the loop's name and the argument of getrefcount.
    _UNSHARED = 3

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: list[T] = []

    def lend(self, fits: Callable[[T], bool], make: Callable[[], T]) -> T:
        """Return one that fits and is the caller's alone: let go by others, or made anew."""
        for held in self._held:
            if sys.getrefcount(held) <= self._UNSHARED and fits(held):
                return held
        made = make()
        self._held = [*self._held[1 - self._limit :], made]
        return made


class PictureRing:
    """Lend arrays for pictures."""

    def __init__(self) -> None:
        self._ring: Ring[NDArray[Any]] = Ring(16)

    def lend(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of unspecified content that is the caller's own."""
        kind = np.dtype(dtype)
        if 0 in shape:
            return np.empty(shape, kind)
        return self._ring.lend(
            lambda held: held.shape == shape and held.dtype == kind, lambda: np.empty(shape, kind)
        )
