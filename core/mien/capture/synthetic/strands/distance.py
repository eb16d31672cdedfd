"""How far points are from a surface, on a grid: what hair is kept off the skin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.strands.kernels.distances import (
    CELL_MM,
    look_up,
    measure_cells,
    seed_cells,
    sprinkle,
    sweep_cells,
)
from mien.template.normals import vertex_normals

Float32 = NDArray[np.float32]

_MARGIN_MM = 24.0
_REACH_MM = np.array([140.0, 230.0, 190.0])
"""Hair hangs no further from the middle of the head than this: shoulders beyond do not matter."""


@dataclass(frozen=True, eq=False)
class DistanceField:
    """Signed distances from a surface, positive outside, in millimetres.

    Points beyond the grid take the distance of its border.

    Args:
        low: The first cell's centre [3].
        distances: At the centres of the cells [X, Y, Z].
    """

    low: Float32
    distances: Float32

    @staticmethod
    def around(surface_mm: NDArray[Any], faces: NDArray[np.int32]) -> DistanceField:
        """Measure the distances from triangles [F, 3] of a surface [V, 3] and a margin around."""
        used = surface_mm[np.unique(faces)]
        low = np.maximum(used.min(axis=0) - _MARGIN_MM, -_REACH_MM).astype(np.float32)
        high = np.minimum(used.max(axis=0) + _MARGIN_MM, _REACH_MM)
        shape = np.ceil((high - low) / CELL_MM).astype(int) + 1
        normals = vertex_normals(surface_mm, faces)
        points, facing = sprinkle(
            np.ascontiguousarray(surface_mm, np.float32),
            np.ascontiguousarray(normals, np.float32),
            np.ascontiguousarray(faces, np.int32),
        )
        nearest = np.full(tuple(shape), -1, np.int32)
        inside = ((points > low) & (points < low + CELL_MM * (shape - 1.001))).all(axis=1)
        points, facing = points[inside], facing[inside]
        seed_cells(points, low, nearest)
        for _ in range(2):
            sweep_cells(points, low, nearest)
        return DistanceField(low, measure_cells(points, facing, low, nearest))

    def at(self, points_mm: NDArray[Any]) -> tuple[Float32, Float32]:
        """Return the distances [P] of points [P, 3] and the unit directions away from it [P, 3]."""
        points = np.ascontiguousarray(points_mm, np.float32)
        heights = np.empty(len(points), np.float32)
        away = np.empty((len(points), 3), np.float32)
        look_up(self.low, self.distances, points, heights, away)
        return heights, away
