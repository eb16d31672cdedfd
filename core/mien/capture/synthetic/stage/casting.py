"""Parallel light falls on a surface: one small depth map per direction, all on the CPU.

A few dozen directions together make soft shadows of everything on everything: under the chin, in
the mouth and nostrils, below the lids. Compiled, it takes a few dozen milliseconds a pose, spares
the graphics card that many passes, and is the same to the bit on every machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.threads import kernel_turn

from numba import njit, prange  # isort: skip  (after the threads are chosen)

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

MAP_SIZE = 384
"""Texels along a side of a map: about a millimetre each on head and shoulders."""

START = 0.0010
"""How far off the surface a place looks for light, metres."""

SLACK = 0.0010
"""How much nearer to the light something must be to cast a shadow, metres."""


def turns_toward(directions: NDArray[np.floating]) -> Float32:
    """Return rotations [D, 3, 3] whose rows are right, up and away from each direction [D, 3]."""
    axis = np.asarray(directions, np.float64)
    other = np.where(np.abs(axis[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    right = np.cross(other, axis)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return np.stack([right, np.cross(axis, right), -axis], axis=1).astype(np.float32)


class Caster:
    """Depth maps of a surface from several directions; the memory is kept from pose to pose."""

    def __init__(self) -> None:
        self._maps = np.empty((0, MAP_SIZE, MAP_SIZE), np.float32)
        self._turns = np.empty((0, 3, 3), np.float32)
        self._middle = np.zeros(3, np.float32)
        self._texels = np.float32(1)

    def cast(self, surface: Float32, faces: Int32, directions: NDArray[np.floating]) -> None:
        """Draw the maps of a surface [V, 3] of triangles [F, 3] lit from directions [D, 3]."""
        low, high = surface.min(axis=0), surface.max(axis=0)
        self._middle = ((low + high) / 2).astype(np.float32)
        reach = float(np.linalg.norm(surface - self._middle, axis=1).max())
        self._texels = np.float32(0.5 * (MAP_SIZE - 4) / max(reach, 1e-6))
        self._turns = turns_toward(directions)
        if len(self._maps) != len(directions):
            self._maps = np.empty((len(directions), MAP_SIZE, MAP_SIZE), np.float32)
        with kernel_turn():
            _draw(surface, faces, self._turns, self._middle, self._texels, self._maps)

    def visibility(self, points: Float32, normals: Float32) -> Float32:
        """Return how free of the surface the way from places is to each direction [P, D], 0..1.

        Args:
            points: The places [P, 3].
            normals: Where outside is [P, 3]; zero for places off the surface.
        """
        seen = np.empty((len(points), len(self._maps)), np.float32)
        start = points + np.float32(START) * normals
        with kernel_turn():
            _compare(start, self._turns, self._middle, self._texels, self._maps, seen)
        return seen


@njit(cache=True, parallel=True, fastmath=True)
def _draw(
    surface: Float32,
    faces: Int32,
    turns: Float32,
    middle: Float32,
    texels: np.float32,
    maps: Float32,
) -> None:  # pragma: no cover (compiled)
    half = np.float32(0.5 * maps.shape[1])
    for d in prange(turns.shape[0]):
        depth = maps[d]
        depth[:] = np.inf
        turn = turns[d]
        flat = np.empty(surface.shape, np.float32)
        for v in range(surface.shape[0]):
            x = surface[v, 0] - middle[0]
            y = surface[v, 1] - middle[1]
            z = surface[v, 2] - middle[2]
            flat[v, 0] = (turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z) * texels + half
            flat[v, 1] = (turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z) * texels + half
            flat[v, 2] = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z
        for t in range(faces.shape[0]):
            _draw_triangle(flat[faces[t, 0]], flat[faces[t, 1]], flat[faces[t, 2]], depth)


@njit(cache=True, fastmath=True, inline="always")
def _draw_triangle(
    a: Float32, b: Float32, c: Float32, depth: Float32
) -> None:  # pragma: no cover (compiled)
    area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    if abs(area) < 1e-9:
        return
    left, right = min(a[0], b[0], c[0]), max(a[0], b[0], c[0])
    top, bottom = min(a[1], b[1], c[1]), max(a[1], b[1], c[1])
    gain = np.float32(1) / area
    for row in range(int(np.ceil(top - 0.5)), int(np.floor(bottom - 0.5)) + 1):
        y = np.float32(row + 0.5)
        for column in range(int(np.ceil(left - 0.5)), int(np.floor(right - 0.5)) + 1):
            x = np.float32(column + 0.5)
            one = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) * gain
            two = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) * gain
            if one >= -1e-4 and two >= -1e-4 and one + two <= 1.0001:
                z = a[2] + one * (b[2] - a[2]) + two * (c[2] - a[2])
                if z < depth[row, column]:
                    depth[row, column] = z


@njit(cache=True, parallel=True, fastmath=True)
def _compare(
    points: Float32,
    turns: Float32,
    middle: Float32,
    texels: np.float32,
    maps: Float32,
    seen: Float32,
) -> None:  # pragma: no cover (compiled)
    """Percentage-closer filtering over the four texels around a place."""
    size = maps.shape[1]
    half = np.float32(0.5 * size)
    for p in prange(points.shape[0]):
        x = points[p, 0] - middle[0]
        y = points[p, 1] - middle[1]
        z = points[p, 2] - middle[2]
        for d in range(turns.shape[0]):
            turn = turns[d]
            u = (turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z) * texels + half - 0.5
            v = (turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z) * texels + half - 0.5
            limit = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z - SLACK
            column, row = int(np.floor(u)), int(np.floor(v))
            if column < 0 or row < 0 or column >= size - 1 or row >= size - 1:
                seen[p, d] = 1.0
                continue
            right, down = u - column, v - row
            free = np.float32(0)
            if maps[d, row, column] >= limit:
                free += (1 - right) * (1 - down)
            if maps[d, row, column + 1] >= limit:
                free += right * (1 - down)
            if maps[d, row + 1, column] >= limit:
                free += (1 - right) * down
            if maps[d, row + 1, column + 1] >= limit:
                free += right * down
            seen[p, d] = free
