"""The local frames of a rest surface: how a displacement of its vertices turns and stretches it.

Around every vertex the displacement field is differentiated along the surface by least squares
over the vertex's neighbours. The gradient is linear in the displacements, so its coefficients are
computed once for a rig; a pose only sums them up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.avatar.rig import Float32, Int32, Rig
from mien.template.normals import vertex_normals
from mien.transforms import normalize

_DAMPING = 0.05
"""Share of a ring's own spread that is added to it: slivers then turn less instead of wildly."""

_FINENESS = 2e-4
"""Spread in metres below which a ring is too small to tell which way it turned."""


@dataclass(frozen=True, eq=False)
class SurfaceFrames:
    """Per-vertex tangent frames and difference coefficients of a rest surface.

    Args:
        ring_starts: Where each vertex's neighbours begin [V + 1].
        ring_vertices: The neighbours [R].
        ring_gradients: Coefficients [R, 2] of the derivative along both tangents, per metre.
        tangents: Two orthonormal tangents [V, 2, 3].
    """

    ring_starts: Int32
    ring_vertices: Int32
    ring_gradients: Float32
    tangents: Float32

    @staticmethod
    def of(rig: Rig) -> SurfaceFrames:
        """Measure the rest surface of a rig."""
        points = rig.rest.astype(np.float64)
        centres, neighbours = _directed_edges(rig.faces, rig.num_vertices)
        tangents = _tangents(vertex_normals(points, rig.faces))
        edges = points[neighbours] - points[centres]
        local = np.einsum("rc,rkc->rk", edges, tangents[centres])
        moments = np.zeros((rig.num_vertices, 2, 2))
        np.add.at(moments, centres, local[:, :, None] * local[:, None, :])
        spread = np.trace(moments, axis1=1, axis2=2) / 2
        moments += (_DAMPING * spread + _FINENESS**2)[:, None, None] * np.eye(2)
        gradients = np.linalg.solve(moments[centres], local[:, :, None])[:, :, 0]
        starts = np.searchsorted(centres, np.arange(rig.num_vertices + 1))
        return SurfaceFrames(
            starts.astype(np.int32),
            neighbours.astype(np.int32),
            gradients.astype(np.float32),
            tangents.astype(np.float32),
        )


def smooth_over_surface(
    values: NDArray[np.floating], weights: NDArray[np.floating], faces: Int32, *, num_rounds: int
) -> NDArray[np.float64]:
    """Average values [V, C] over neighbourhoods that grow by an edge each round.

    Args:
        values: Of each vertex.
        weights: How much each vertex's own value counts [V], above zero.
        faces: Triangles [F, 3]; every vertex is in one.
        num_rounds: Of diffusion.
    """
    centres, neighbours = _directed_edges(faces, len(values))
    starts = np.searchsorted(centres, np.arange(len(values)))
    valences = np.bincount(centres, minlength=len(values))[:, None]
    # The weight is diffused as one more column, so that heavy vertices win.
    carried = np.column_stack([values * weights[:, None], weights]).astype(np.float64)
    for _ in range(num_rounds):
        carried = (carried + np.add.reduceat(carried[neighbours], starts) / valences) / 2
    return carried[:, :-1] / carried[:, -1:]


def _directed_edges(faces: Int32, num_vertices: int) -> tuple[NDArray, NDArray]:
    ends = faces[:, [0, 1, 1, 2, 2, 0, 1, 0, 2, 1, 0, 2]].reshape(-1, 2).astype(np.int64)
    keys = np.unique(ends[:, 0] * num_vertices + ends[:, 1])
    return keys // num_vertices, keys % num_vertices


def _tangents(normals: NDArray[np.floating]) -> NDArray[np.floating]:
    axis = np.eye(3)[np.argmin(np.abs(normals), axis=1)]
    first = normalize(np.cross(normals, axis))
    second = np.cross(normals, first)
    return np.stack([first, second], axis=1)
