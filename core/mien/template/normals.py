"""Normals of a triangle mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mien.transforms import Array, normalize


def vertex_normals(vertices: ArrayLike, faces: ArrayLike) -> Array:
    """Return unit normals [V, 3] of a mesh: the faces' around, weighted by their areas.

    Faces [F, 3] that are counter-clockwise from outside have their normals outwards. Vertices
    without a face have zero.
    """
    points, corners = np.asarray(vertices, np.float64), np.asarray(faces)
    first, second, third = (points[corners[:, corner]] for corner in range(3))
    doubled = np.repeat(np.cross(second - first, third - first), 3, axis=0)
    sums = [np.bincount(corners.ravel(), doubled[:, axis], len(points)) for axis in range(3)]
    return normalize(np.stack(sums, axis=-1))
