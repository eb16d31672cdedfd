"""Hair as a fog that light fades in: fibres counted in the cells of a coarse grid.

What one strand does to the light on another can only be told on average (Lokovic & Veach 2000, Deep
shadow maps); the average is all that is seen of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.threads import kernel_turn

from numba import njit, prange  # isort: skip  (after the threads are chosen)

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

CELL = 0.006
"""Side of a cell, metres: about a lock of hair."""

PASSING = 0.35
"""How much of what meets a fibre is taken from the light at all: most is scattered onward."""

_MAX_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Fog:
    """The hair in the cells of a grid.

    Args:
        low: The grid's lowest corner [3], metres.
        fading: Share of light lost on the way through each cell, as an exponent [X, Y, Z].
        cells: Which cells hold hair, flat [C], ascending.
        middles: The mean place of the hair in each of those [C, 3], metres.
        courses: The mean of its directions from root to tip [C, 3]; shorter where they differ.
    """

    low: Float32
    fading: Float32
    cells: NDArray[np.int64]
    middles: Float32
    courses: Float32

    @staticmethod
    def of(points: Sequence[Float32], areas: Sequence[Float32]) -> Fog:
        """Count fibres given by places [S, K, 3] and the shadow each of them casts [S, K], m².

        Hair that strays so far that the grid would burst is left out of it.
        """
        places = np.concatenate([np.empty((0, 3), np.float32), *(p.reshape(-1, 3) for p in points)])
        shadow = np.concatenate([np.empty(0, np.float32), *(a.ravel() for a in areas)])
        along = np.concatenate([np.empty((0, 3), np.float32), *(_courses(p) for p in points)])
        if not len(places):
            return Fog(np.zeros(3, np.float32), np.zeros((1, 1, 1), np.float32),
                       np.empty(0, np.int64), *np.empty((2, 0, 3), np.float32))  # fmt: skip
        low = (places.min(axis=0) - 2 * CELL).astype(np.float32)
        shape = tuple((np.ceil((places.max(axis=0) - low) / CELL).astype(int) + 3).tolist())
        if np.prod(shape) > _MAX_CELLS:
            raise ValueError("hair reaches metres away from the head")
        sums = np.zeros((int(np.prod(shape)), 8), np.float32)
        _count(places, along, shadow, low, np.array(shape), sums)
        cells = np.flatnonzero(sums[:, 4])
        means = sums[cells] / sums[cells, 4:5]
        density = sums[:, 3].reshape(shape) * np.float32(PASSING / CELL**2)
        middles, courses = (np.ascontiguousarray(means[:, k : k + 3]) for k in (0, 5))
        return Fog(low, _soften(density), cells, middles, courses)

    def passing(self, points: Float32, directions: NDArray[np.floating]) -> Float32:
        """Return how much light reaches places [P, 3] through the hair from directions [D, 3]."""
        passed = np.ones((len(points), len(directions)), np.float32)
        if len(self.cells):
            with kernel_turn():
                _march(points, directions.astype(np.float32), self.low, self.fading, passed)
        return passed

    def spread(self, values: Float32, points: Float32) -> Float32:
        """Return values [C, N] of the cells with hair at places in it [P, 3], blended: [P, N]."""
        slots = np.full(self.fading.size, -1, np.int32)
        slots[self.cells] = np.arange(len(self.cells))
        blended = np.empty((len(points), values.shape[1]), np.float32)
        with kernel_turn():
            _blend(points, self.low, slots.reshape(self.fading.shape), values, blended)
        return blended


def _soften(density: Float32) -> Float32:
    """Blur by a cell, so that the grid does not show."""
    for axis in range(3):
        beside = np.roll(density, 1, axis) + np.roll(density, -1, axis)
        density = (0.5 * density + 0.25 * beside).astype(np.float32)
    return np.ascontiguousarray(density)


@njit(cache=True)
def _courses(points: Float32) -> Float32:  # pragma: no cover (compiled)
    """Return the direction [S * K, 3] of strands [S, K, 3] at their points."""
    last = points.shape[1] - 1
    along = np.empty((points.shape[0] * points.shape[1], 3), np.float32)
    for s in range(points.shape[0]):
        for k in range(last + 1):
            x = points[s, min(k + 1, last), 0] - points[s, max(k - 1, 0), 0]
            y = points[s, min(k + 1, last), 1] - points[s, max(k - 1, 0), 1]
            z = points[s, min(k + 1, last), 2] - points[s, max(k - 1, 0), 2]
            gain = np.float32(1) / np.sqrt(x * x + y * y + z * z + np.float32(1e-20))
            row = s * (last + 1) + k
            along[row, 0], along[row, 1], along[row, 2] = x * gain, y * gain, z * gain
    return along


@njit(cache=True)
def _count(
    places: Float32,
    along: Float32,
    shadow: Float32,
    low: Float32,
    shape: Int32,
    sums: Float32,
) -> None:  # pragma: no cover (compiled)
    for p in range(places.shape[0]):
        x = int((places[p, 0] - low[0]) / CELL)
        y = int((places[p, 1] - low[1]) / CELL)
        z = int((places[p, 2] - low[2]) / CELL)
        cell = (x * shape[1] + y) * shape[2] + z
        for axis in range(3):
            sums[cell, axis] += places[p, axis]
            sums[cell, 5 + axis] += along[p, axis]
        sums[cell, 3] += shadow[p]
        sums[cell, 4] += 1


@njit(cache=True, parallel=True, fastmath=True)
def _march(
    points: Float32, directions: Float32, low: Float32, fading: Float32, passed: Float32
) -> None:  # pragma: no cover (compiled)
    nx, ny, nz = fading.shape
    for p in prange(points.shape[0]):
        for d in range(directions.shape[0]):
            # In cells, starting half a step out: what a place itself holds shades it by half.
            x = (points[p, 0] - low[0]) / CELL + 0.75 * directions[d, 0]
            y = (points[p, 1] - low[1]) / CELL + 0.75 * directions[d, 1]
            z = (points[p, 2] - low[2]) / CELL + 0.75 * directions[d, 2]
            thick = np.float32(0)
            # Below 5 % it makes no difference how much more hair there is.
            while 0 <= x < nx and 0 <= y < ny and 0 <= z < nz and thick < 3.0:
                thick += fading[int(x), int(y), int(z)]
                x += directions[d, 0]
                y += directions[d, 1]
                z += directions[d, 2]
            passed[p, d] = np.exp(-thick)


@njit(cache=True, parallel=True, fastmath=True)
def _blend(
    points: Float32, low: Float32, slots: Int32, values: Float32, blended: Float32
) -> None:  # pragma: no cover (compiled)
    """Trilinear, over those of the eight cells around that hold hair."""
    for p in prange(points.shape[0]):
        x = (points[p, 0] - low[0]) / CELL - 0.5
        y = (points[p, 1] - low[1]) / CELL - 0.5
        z = (points[p, 2] - low[2]) / CELL - 0.5
        x0, y0, z0 = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
        blended[p] = 0
        total = np.float32(0)
        for corner in range(8):
            i, j, k = corner & 1, (corner >> 1) & 1, corner >> 2
            slot = slots[x0 + i, y0 + j, z0 + k]
            if slot >= 0:
                share = abs(1 - i - (x - x0)) * abs(1 - j - (y - y0)) * abs(1 - k - (z - z0)) + 1e-6
                total += share
                for n in range(values.shape[1]):
                    blended[p, n] += share * values[slot, n]
        blended[p] /= total
