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

START = 0.0006
"""How far off the surface a place looks for light, metres."""

SLACK = 0.0005
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
            draw_depths(surface, faces, self._turns, self._middle, self._texels, self._maps)

    def visibility(self, points: Float32, normals: Float32) -> Float32:
        """Return how free of the surface the way from places is to each direction [P, D], 0..1.

        Args:
            points: The places [P, 3].
            normals: Where outside is [P, 3]; zero for places off the surface.
        """
        seen = np.empty((len(points), len(self._maps)), np.float32)
        start = (points + START * normals).astype(np.float32)
        with kernel_turn():
            _compare(start, self._turns, self._middle, self._texels, self._maps, seen)
        return seen


@njit(cache=True, parallel=True, fastmath=True)
def draw_depths(
    surface: Float32,
    faces: Int32,
    turns: Float32,
    middle: Float32,
    texels: np.float32,
    maps: Float32,
) -> None:  # pragma: no cover (compiled)
    """Draw maps [D, N, N] of a surface turned [D, 3, 3]: how far from `middle` it is along z.

    Only what faces away from the light: no lit place then lies in its own shadow.
    """
    half = np.float32(0.5 * maps.shape[1])
    for d in prange(turns.shape[0]):
        depth = maps[d]
        depth[:] = np.inf
        turn = turns[d]
        across = np.empty(surface.shape[0], np.float32)
        down = np.empty(surface.shape[0], np.float32)
        away = np.empty(surface.shape[0], np.float32)
        for v in range(surface.shape[0]):
            x = surface[v, 0] - middle[0]
            y = surface[v, 1] - middle[1]
            z = surface[v, 2] - middle[2]
            across[v] = (turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z) * texels + half
            down[v] = (turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z) * texels + half
            away[v] = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z
        for t in range(faces.shape[0]):
            a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
            ax, ay, az = across[a], down[a], away[a]
            bx, by, cx, cy = across[b] - ax, down[b] - ay, across[c] - ax, down[c] - ay
            area = bx * cy - cx * by
            if area > -1e-6:
                continue
            first = int(np.ceil(ay + min(by, cy, np.float32(0)) - 0.5))
            last = int(np.floor(ay + max(by, cy, np.float32(0)) - 0.5))
            left = int(np.ceil(ax + min(bx, cx, np.float32(0)) - 0.5))
            right = int(np.floor(ax + max(bx, cx, np.float32(0)) - 0.5))
            gain = np.float32(1) / area
            bz, cz = away[b] - az, away[c] - az
            for row in range(first, last + 1):
                y = np.float32(row + 0.5) - ay
                for column in range(left, right + 1):
                    x = np.float32(column + 0.5) - ax
                    one = (x * cy - cx * y) * gain
                    two = (bx * y - x * by) * gain
                    if one >= -1e-4 and two >= -1e-4 and one + two <= 1.0001:
                        z = az + one * bz + two * cz
                        depth[row, column] = min(depth[row, column], z)


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
