"""Smooth procedural noise in space, the same on every machine."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]

_SIZE = 32


def value_noise(points: Floats, frequency: float, seed: int) -> Floats:
    """Return value noise [P] about zero, -0.5..0.5, at points [P, 3].

    Args:
        points: Places.
        frequency: Cells of the noise per unit of the places.
        seed: Which noise.
    """
    return fractal_noise(points, frequency, seed, 1)


def fractal_noise(points: Floats, frequency: float, seed: int, octaves: int = 4) -> Floats:
    """Return a sum of octaves of value noise [P], each at twice the frequency and 0.55 the size."""
    dtype = np.result_type(points.dtype, np.float32)
    lattices = np.stack([_lattice(int(seed) + octave) for octave in range(octaves)])
    total = np.empty(len(points), dtype)
    _sum_octaves(np.ascontiguousarray(points, dtype), float(frequency), lattices, total)
    return total


def spots(
    points: Floats, frequency: float, seed: int, *, share: float, radius: float
) -> tuple[Floats, Floats]:
    """Scatter round spots: one in a `share` of the cells of a grid, each of its own size.

    Args:
        points: Places [P, 3].
        frequency: Cells per unit.
        seed: Which spots.
        share: How many of the cells hold one, 0..1.
        radius: Of the largest, in cells; at most 0.5.

    Returns:
        How deep inside a spot each place is [P], 1 at its middle and 0 outside all, and a number
        of the spot's own [P], 0..1.
    """
    depth = np.zeros(len(points), np.float32)
    number = np.zeros(len(points), np.float32)
    cells = np.random.default_rng(seed).random((_SIZE**3, 5)).astype(np.float32)
    _nearest_spots(
        np.ascontiguousarray(points, np.float32), frequency, cells, share, radius, depth, number
    )
    return depth, number


def smoothstep(low: float, high: float, x: ArrayLike) -> Any:
    """Return the cubic step [..] from 0 at `low` to 1 at `high`; falling where low > high."""
    t = np.clip((np.asarray(x) - low) * (1.0 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)


@lru_cache(maxsize=512)
def _lattice(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random((_SIZE, _SIZE, _SIZE))


@njit(cache=True, nogil=True)
def _sum_octaves(
    points: Floats, frequency: float, lattices: Floats, total: Floats
) -> None:  # pragma: no cover (compiled)
    mask = _SIZE - 1
    for n in range(points.shape[0]):
        value, size, scale = 0.0, 1.0, frequency
        for octave in range(lattices.shape[0]):
            x, y, z = points[n, 0] * scale, points[n, 1] * scale, points[n, 2] * scale
            x0, y0, z0 = np.floor(x), np.floor(y), np.floor(z)
            x, y, z = x - x0, y - y0, z - z0
            x, y, z = x * x * (3 - 2 * x), y * y * (3 - 2 * y), z * z * (3 - 2 * z)
            i, j, k = int(x0) & mask, int(y0) & mask, int(z0) & mask
            i1, j1, k1 = (i + 1) & mask, (j + 1) & mask, (k + 1) & mask
            grid = lattices[octave]
            near = (grid[i, j, k] * (1 - z) + grid[i, j, k1] * z) * (1 - y)
            near += (grid[i, j1, k] * (1 - z) + grid[i, j1, k1] * z) * y
            far = (grid[i1, j, k] * (1 - z) + grid[i1, j, k1] * z) * (1 - y)
            far += (grid[i1, j1, k] * (1 - z) + grid[i1, j1, k1] * z) * y
            value += size * (near * (1 - x) + far * x - 0.5)
            size, scale = size * 0.55, scale * 2
        total[n] = value


@njit(cache=True, nogil=True)
def _nearest_spots(
    points: Floats,
    frequency: float,
    cells: Floats,
    share: float,
    radius: float,
    depth: Floats,
    number: Floats,
) -> None:  # pragma: no cover (compiled)
    mask = _SIZE - 1
    for n in range(points.shape[0]):
        x, y, z = points[n, 0] * frequency, points[n, 1] * frequency, points[n, 2] * frequency
        x0, y0, z0 = np.floor(x), np.floor(y), np.floor(z)
        # A spot reaches half a cell at most: only the neighbours on the place's side can.
        sx = 1 if x - x0 > 0.5 else -1
        sy = 1 if y - y0 > 0.5 else -1
        sz = 1 if z - z0 > 0.5 else -1
        for near in range(8):
            i = int(x0) + sx * (near & 1)
            j = int(y0) + sy * ((near >> 1) & 1)
            k = int(z0) + sz * (near >> 2)
            cell = ((i & mask) * _SIZE + (j & mask)) * _SIZE + (k & mask)
            if cells[cell, 4] >= share:
                continue
            ax = x - (i + cells[cell, 0])
            ay = y - (j + cells[cell, 1])
            az = z - (k + cells[cell, 2])
            own = radius * (0.35 + 0.65 * cells[cell, 3])
            inside = 1 - np.sqrt(ax * ax + ay * ay + az * az) / own
            if inside > depth[n]:
                depth[n] = inside
                number[n] = cells[cell, 4] / share
