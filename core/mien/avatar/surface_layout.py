"""Lay Gaussians over a template's surface: triangles are cut into equal ones, each gets one.

Their shapes are those of the small triangles, so that a surface of few large ones is covered as
closely as one of many small ones, and to its very edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.avatar.posing.laying import lay
from mien.avatar.rig import Float32, SurfaceBinding
from mien.template.head import HeadTemplate
from mien.template.normals import vertex_normals
from mien.threads import kernel_turn
from mien.transforms import Array

_MOST_PIECES = 24
_SHAPE = np.array([2.1, 0.04, 0.15])
"""Of a Gaussian: its standard deviations in those of the points of its piece, so that neighbours
meet; the least share of the longer one, so that slivers do not vanish; its thickness."""
_BISECTIONS = 24


@dataclass(frozen=True, eq=False)
class Laid:
    """Where Gaussians lie on a surface.

    Args:
        points: [N, 3].
        quats: Rotations [N, 4] wxyz; the third axis is the surface's smooth normal.
        log_scales: Logarithms of the standard deviations [N, 3].
    """

    points: Float32
    quats: Float32
    log_scales: Float32


@dataclass(frozen=True, eq=False)
class SurfaceLayout:
    """Which places of a template's surface carry Gaussians.

    Args:
        template: Whose surface.
        binding: The places.
        pieces: Into how many pieces the edges of each triangle are cut [F]; 0 for bare ones.
    """

    template: HeadTemplate
    binding: SurfaceBinding
    pieces: NDArray[np.intp]

    @staticmethod
    def of(template: HeadTemplate, count: int, *, without: tuple[str, ...] = ()) -> SurfaceLayout:
        """Spread about `count` Gaussians over a template, but at least one on each triangle.

        Args:
            template: The template.
            count: About how many.
            without: Beginnings of the names of parts that get none.
        """
        corners = template.neutral[template.faces].astype(np.float64)
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        bare = np.array([name.startswith(without) if without else False
                         for name in template.part_names])  # fmt: skip
        longest[bare[template.face_parts]] = 0
        pieces = _pieces(longest, count)
        triangles: list[NDArray[np.intp]] = []
        shares: list[Array] = []
        for number in np.unique(pieces[pieces > 0]):
            mine = np.flatnonzero(pieces == number)
            middles = _middles(int(number))
            triangles.append(np.repeat(mine, len(middles)))
            shares.append(np.tile(middles, (len(mine), 1)))
        binding = SurfaceBinding(
            np.concatenate(triangles).astype(np.int32), np.concatenate(shares).astype(np.float32)
        )
        return SurfaceLayout(template, binding, pieces)

    def laid(self, surface: Float32) -> Laid:
        """Lay the Gaussians over a surface with vertices [V, 3]."""
        count = len(self.binding.triangles)
        points, quats, log_scales = (np.empty((count, size), np.float32) for size in (3, 4, 3))
        normals = vertex_normals(surface, self.template.faces).astype(np.float32)
        with kernel_turn():
            lay(
                surface,
                normals,
                self.template.faces,
                self.binding.triangles,
                self.binding.barycentric,
                self.pieces,
                _SHAPE,
                points,
                quats,
                log_scales,
            )
        return Laid(points, quats, log_scales)


def _pieces(longest: Array, count: int) -> NDArray[np.intp]:
    """Return into how many pieces to cut edges so long [F] for about `count` triangles."""
    low, high = 1e-6, float(longest.max(initial=1e-6))
    pieces = np.ceil(longest / high)
    for _ in range(_BISECTIONS):
        step = np.sqrt(low * high)
        pieces = np.minimum(np.ceil(longest / step), _MOST_PIECES)
        low, high = (step, high) if (pieces**2).sum() > count else (low, step)
    return pieces.astype(np.intp)


def _middles(pieces: int) -> Array:
    """Return the barycentric middles [pieces², 3] of the equal pieces of a triangle."""
    upright = [(i, j) for i in range(pieces) for j in range(pieces - i)]
    turned = [(i, j) for i, j in upright if i + j < pieces - 1]
    places = np.array([(i + 1 / 3, j + 1 / 3) for i, j in upright]
                      + [(i + 2 / 3, j + 2 / 3) for i, j in turned]) / pieces  # fmt: skip
    return np.column_stack([1 - places.sum(axis=1), places])


def normals_of(quats: Float32) -> Float32:
    """Return the third axes [N, 3] of rotations [N, 4], wxyz."""
    w, x, y, z = quats.T
    return np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1)
