"""Draw a template's UV atlas: for each texel, the triangle and the place in it that it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class PositionMap:
    """Which point of a surface each texel of a square map shows.

    Row 0 is the top of the map (v = 1); texel centres lie at half integers.

    Args:
        triangles: The triangle [S, S] under each texel's centre, -1 where there is none.
        barycentric: The weights of its corners [S, S, 3].
    """

    triangles: Int32
    barycentric: Float32

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Where the map shows the surface [S, S]."""
        return self.triangles >= 0

    def sample(self, values: ArrayLike, faces: Int32) -> Float32:
        """Return values [V, C] of vertices on the map [S, S, C]; zero where it shows nothing."""
        per_vertex = np.asarray(values, np.float32)
        drawn = np.zeros((*self.triangles.shape, per_vertex.shape[1]), np.float32)
        covered = self.covered
        corners = per_vertex[faces[self.triangles[covered]]]
        drawn[covered] = np.einsum("tk,tkc->tc", self.barycentric[covered], corners)
        return drawn


def draw_position_map(uv: ArrayLike, uv_faces: ArrayLike, resolution: int) -> PositionMap:
    """Rasterise an atlas at the centres of its texels.

    Args:
        uv: Texture coordinates [U, 2], v upward.
        uv_faces: Triangles [F, 3] into them.
        resolution: Texels along a side, S.

    Raises:
        ValueError: The resolution is not positive.
    """
    if resolution < 1:
        raise ValueError(f"a map needs a positive resolution, got {resolution}")
    flat = np.ascontiguousarray(uv, np.float64) * [1, -1] + [0, 1]
    corners = flat[np.asarray(uv_faces)] * resolution
    triangles = np.full((resolution, resolution), -1, np.int32)
    barycentric = np.zeros((resolution, resolution, 3), np.float32)
    _draw(corners, triangles, barycentric)
    triangles.setflags(write=False)
    barycentric.setflags(write=False)
    return PositionMap(triangles, barycentric)


@njit(cache=True)
def _draw(
    corners: NDArray[np.float64], triangles: Int32, barycentric: Float32
) -> None:  # pragma: no cover (compiled)
    size = triangles.shape[0]
    for t in range(corners.shape[0]):
        x0, y0 = corners[t, 0, 0], corners[t, 0, 1]
        x1, y1 = corners[t, 1, 0], corners[t, 1, 1]
        x2, y2 = corners[t, 2, 0], corners[t, 2, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0:
            continue
        left = max(0, int(np.floor(min(x0, x1, x2))))
        right = min(size - 1, int(np.floor(max(x0, x1, x2))))
        top = max(0, int(np.floor(min(y0, y1, y2))))
        bottom = min(size - 1, int(np.floor(max(y0, y1, y2))))
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                x, y = column + 0.5, row + 0.5
                one = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
                two = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
                zero = 1.0 - one - two
                # A centre on a shared edge goes to whichever triangle comes first.
                if min(zero, one, two) >= 0.0 and triangles[row, column] < 0:
                    triangles[row, column] = t
                    barycentric[row, column, 0] = zero
                    barycentric[row, column, 1] = one
                    barycentric[row, column, 2] = two
