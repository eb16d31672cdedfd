"""The local frames of a rest surface: how a displacement of its vertices turns and stretches it.

Around every vertex the displacement field is differentiated along the surface by least squares
over the vertex's neighbours. The gradient is linear in the displacements, so its coefficients are
computed once for a rig; a pose only sums them up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from mien.avatar.rig import Float32, Int32, Rig
from mien.threads import kernel_turn

_DAMPING = 0.05
"""Share of a ring's own spread that is added to it: slivers then turn less instead of wildly."""

_FINENESS = 2e-4
"""Spread in metres below which a ring is too small to tell which way it turned."""


@dataclass(frozen=True, eq=False)
class Topology:
    """Which vertices and triangles surround each vertex; the same for every shape of a surface.

    Args:
        faces: Triangles [F, 3].
        ring_starts: Where each vertex's neighbours begin [V + 1].
        ring_vertices: The neighbours [R], ascending.
        fan_starts: Where each vertex's triangles begin [V + 1].
        fan_faces: The triangles [3 F], ascending.
    """

    faces: Int32
    ring_starts: Int32
    ring_vertices: Int32
    fan_starts: Int32
    fan_faces: Int32

    @staticmethod
    def of(faces: Int32, num_vertices: int) -> Topology:
        """Sort out the triangles [F, 3] of a surface with V vertices."""
        ends = faces[:, [0, 1, 1, 2, 2, 0, 1, 0, 2, 1, 0, 2]].reshape(-1, 2).astype(np.int64)
        keys = np.sort(ends[:, 0] * num_vertices + ends[:, 1])
        keys = keys[np.diff(keys, prepend=-1) > 0]
        corners = faces.reshape(-1)
        vertices = np.arange(num_vertices + 1)
        order = np.argsort(corners, kind="stable")
        return Topology(
            faces,
            np.searchsorted(keys // num_vertices, vertices).astype(np.int32),
            (keys % num_vertices).astype(np.int32),
            np.searchsorted(corners[order], vertices).astype(np.int32),
            (order // 3).astype(np.int32),
        )


@dataclass(frozen=True, eq=False)
class SurfaceFrames:
    """Per-vertex tangent frames and difference coefficients of a rest surface.

    Args:
        topology: What surrounds each vertex.
        ring_gradients: Coefficients [R, 2] of the derivative along both tangents, per metre.
        tangents: Two orthonormal tangents [V, 2, 3].
    """

    topology: Topology
    ring_gradients: Float32
    tangents: Float32

    @staticmethod
    def of(rig: Rig, topology: Topology | None = None) -> SurfaceFrames:
        """Measure the rest surface of a rig, whose topology may be known already."""
        known = Topology.of(rig.faces, rig.num_vertices) if topology is None else topology
        gradients = np.zeros((len(known.ring_vertices), 2), np.float32)
        tangents = np.zeros((rig.num_vertices, 2, 3), np.float32)
        with kernel_turn():
            _measure(
                rig.rest,
                known.faces,
                known.ring_starts,
                known.ring_vertices,
                known.fan_starts,
                known.fan_faces,
                gradients,
                tangents,
            )
        return SurfaceFrames(known, gradients, tangents)


@njit(cache=True, nogil=True, parallel=True)
def _measure(
    rest: Any,
    faces: Any,
    ring_starts: Any,
    ring_vertices: Any,
    fan_starts: Any,
    fan_faces: Any,
    gradients: Any,
    tangents: Any,
) -> None:
    for v in prange(len(rest)):
        normal = np.zeros(3)
        for k in range(fan_starts[v], fan_starts[v + 1]):
            a, b, c = faces[fan_faces[k], 0], faces[fan_faces[k], 1], faces[fan_faces[k], 2]
            p0, p1, p2 = rest[b, 0] - rest[a, 0], rest[b, 1] - rest[a, 1], rest[b, 2] - rest[a, 2]
            q0, q1, q2 = rest[c, 0] - rest[a, 0], rest[c, 1] - rest[a, 1], rest[c, 2] - rest[a, 2]
            normal[0] += p1 * q2 - p2 * q1
            normal[1] += p2 * q0 - p0 * q2
            normal[2] += p0 * q1 - p1 * q0
        length = math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
        if length < 1e-30:
            # A vertex without area has no tangents, so nothing turns it.
            continue
        nx, ny, nz = normal[0] / length, normal[1] / length, normal[2] / length
        # The tangent avoids the axis that the normal is nearest to (Duff et al. 2017).
        sign = 1.0 if nz >= 0 else -1.0
        a = -1 / (sign + nz)
        b = nx * ny * a
        ux, uy, uz = 1 + sign * nx * nx * a, sign * b, -sign * nx
        vx, vy, vz = b, sign + ny * ny * a, -ny
        tangents[v, 0, 0], tangents[v, 0, 1], tangents[v, 0, 2] = ux, uy, uz
        tangents[v, 1, 0], tangents[v, 1, 1], tangents[v, 1, 2] = vx, vy, vz
        p, q, r = 0.0, 0.0, 0.0
        for k in range(ring_starts[v], ring_starts[v + 1]):
            other = ring_vertices[k]
            x, y = rest[other, 0] - rest[v, 0], rest[other, 1] - rest[v, 1]
            z = rest[other, 2] - rest[v, 2]
            along, across = x * ux + y * uy + z * uz, x * vx + y * vy + z * vz
            p += along * along
            q += along * across
            r += across * across
            gradients[k, 0], gradients[k, 1] = along, across
        ridge = _DAMPING * (p + r) / 2 + _FINENESS**2
        p, r = p + ridge, r + ridge
        share = 1 / (p * r - q * q)
        for k in range(ring_starts[v], ring_starts[v + 1]):
            along, across = float(gradients[k, 0]), float(gradients[k, 1])
            gradients[k, 0] = (r * along - q * across) * share
            gradients[k, 1] = (p * across - q * along) * share


def smooth_over_surface(
    values: NDArray[np.floating],
    weights: NDArray[np.floating],
    topology: Topology,
    *,
    num_rounds: int,
) -> NDArray[np.float64]:
    """Average values [V, C] over neighbourhoods that grow by an edge each round.

    Args:
        values: Of each vertex.
        weights: How much each vertex's own value counts [V], above zero.
        topology: Of the surface; a vertex without neighbours keeps its value.
        num_rounds: Of diffusion.
    """
    valences = np.diff(topology.ring_starts)
    linked = np.flatnonzero(valences)
    starts, valences = topology.ring_starts[linked], valences[linked, None]
    # The weight is diffused as one more column, so that heavy vertices win.
    carried = np.column_stack([values * weights[:, None], weights]).astype(np.float64)
    for _ in range(num_rounds):
        if len(linked):
            around = np.add.reduceat(carried[topology.ring_vertices], starts)
            carried[linked] = (carried[linked] + around / valences) / 2
    return carried[:, :-1] / carried[:, -1:]
