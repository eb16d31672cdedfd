"""What of the hair a camera can see at all: most of a head's hair lies under other hair or behind
the head, and what is not drawn costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.synthetic.stage.casting import MAP_SIZE, draw_depths
from mien.capture.synthetic.stage.fog import CELL, Fog
from mien.threads import kernel_turn

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

RESTART = 0xFFFFFFFF
"""The index that ends a strip."""

_UNSEEN = 7.0
"""Fading of light, as an exponent, on the way through hair that hides what is behind it: hairs
hide each other three times as well as they take each other's light."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What a camera sees of the hair of a posed figure.

    Args:
        low: Lowest corner of the fog's grid [3].
        hidden: The cells whose hair cannot be seen [X, Y, Z].
    """

    low: Float32
    hidden: NDArray[np.bool_]

    @staticmethod
    def of(camera: Camera, surface: Float32, faces: Int32, fog: Fog) -> Sight:
        """Look at a surface [V, 3] of triangles [F, 3] and at the hair around it."""
        axes = np.ascontiguousarray(camera.world_from_camera[:3, :3].T, np.float32)
        eye = camera.position.astype(np.float32)
        hidden = np.zeros(fog.fading.shape, bool)
        if len(fog.cells):
            away = np.float32(axes[2] @ (surface.mean(axis=0) - eye))
            under = _is_under(
                _warped((surface - eye) @ axes.T, away), faces,
                _warped((fog.middles - eye) @ axes.T, away),
            )  # fmt: skip
            hidden.ravel()[fog.cells] = under
            _hide_deep(fog.middles[~under], fog.cells[~under], eye, fog.low, fog.fading, hidden)
        return Sight(fog.low, hidden)

    def strips(self, points: Float32, chosen: Int32, strips: NDArray[np.uint32]) -> int:
        """Write the strips of what is seen of ribbons along strands; return their length.

        Args:
            points: Of the strands [S, K, 3].
            chosen: Which of them ribbons run over, ascending, of the K.
            strips: Room for them [S * 3 * K]: vertices 2k and 2k + 1 are a ribbon's edges at the
                k-th point of all.
        """
        return _write_strips(points, chosen, self.low, self.hidden, strips)


def _warped(local: NDArray[np.floating], away: np.float32) -> Float32:
    """Return camera coordinates [V, 3] so bent that all that lies on a ray is seen from infinity;
    straight stays straight, and at a distance `away` metres stay metres.
    """
    shrink = away / np.maximum(local[:, 2:], np.float32(0.01))
    warped = np.concatenate([local[:, :2] * shrink, 2 * away - away * shrink], axis=1)
    return warped.astype(np.float32)


def _is_under(surface: Float32, faces: Int32, places: Float32) -> NDArray[np.bool_]:
    """Return which cells around places [P, 3] lie wholly behind a surface [V, 3]; z is away."""
    low, high = surface.min(axis=0), surface.max(axis=0)
    middle = ((low + high) / 2).astype(np.float32)
    texels = np.float32((MAP_SIZE - 4) / max((high - low)[:2].max(), 1e-6))
    depths = np.empty((1, MAP_SIZE, MAP_SIZE), np.float32)
    with kernel_turn():
        draw_depths(surface, faces, np.eye(3, dtype=np.float32)[None], middle, texels, depths)
    across, down, away = (places - middle).T
    under = np.ones(len(places), bool)
    for x, y in ((0, 0), (-CELL, 0), (CELL, 0), (0, -CELL), (0, CELL)):
        column = ((across + x) * texels + 0.5 * MAP_SIZE).astype(int).clip(0, MAP_SIZE - 1)
        row = ((down + y) * texels + 0.5 * MAP_SIZE).astype(int).clip(0, MAP_SIZE - 1)
        under &= depths[0, row, column] < away - CELL
    return under


@njit(cache=True)
def _hide_deep(
    places: Float32, cells: NDArray[np.int64], eye: Float32, low: Float32, fading: Float32,
    hidden: NDArray[np.bool_],
) -> None:  # fmt: skip  # pragma: no cover (compiled)
    """Mark the cells at places from which the way to the eye leads through much hair."""
    nx, ny, nz = fading.shape
    flat = hidden.reshape(-1)
    for p in range(len(places)):
        x, y, z = eye[0] - places[p, 0], eye[1] - places[p, 1], eye[2] - places[p, 2]
        gain = 1 / np.sqrt(x * x + y * y + z * z)
        sx, sy, sz = x * gain, y * gain, z * gain
        # A cell's hair does not hide itself.
        x = (places[p, 0] - low[0]) / CELL + sx
        y = (places[p, 1] - low[1]) / CELL + sy
        z = (places[p, 2] - low[2]) / CELL + sz
        thick = np.float32(0)
        while 0 <= x < nx and 0 <= y < ny and 0 <= z < nz and thick < _UNSEEN:
            thick += fading[int(x), int(y), int(z)]
            x, y, z = x + sx, y + sy, z + sz
        flat[cells[p]] = thick >= _UNSEEN


@njit(cache=True)
def _write_strips(
    points: Float32, chosen: Int32, low: Float32, hidden: NDArray[np.bool_],
    strips: NDArray[np.uint32],
) -> int:  # fmt: skip  # pragma: no cover (compiled)
    """A piece of a ribbon between two chosen points is seen where any point along it is."""
    nx, ny, nz = hidden.shape
    length = 0
    for s in range(points.shape[0]):
        first = s * points.shape[1]
        drawing = False
        for n in range(len(chosen) - 1):
            seen = False
            for k in range(chosen[n], chosen[n + 1] + 1):
                x = int((points[s, k, 0] - low[0]) / CELL)
                y = int((points[s, k, 1] - low[1]) / CELL)
                z = int((points[s, k, 2] - low[2]) / CELL)
                inside = 0 <= x < nx and 0 <= y < ny and 0 <= z < nz
                if not inside or not hidden[x, y, z]:
                    seen = True
                    break
            if seen and not drawing:
                strips[length] = 2 * (first + chosen[n])
                strips[length + 1] = strips[length] + 1
                length += 2
            if seen:
                strips[length] = 2 * (first + chosen[n + 1])
                strips[length + 1] = strips[length] + 1
                length += 2
            elif drawing:
                strips[length] = RESTART
                length += 1
            drawing = seen
        if drawing:
            strips[length] = RESTART
            length += 1
    return length
