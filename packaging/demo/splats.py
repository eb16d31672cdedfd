"""Gaussians on the template: what every painter returns, and how it becomes a cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.transforms import quat_from_matrix

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Splats:
    """N Gaussians of one person, bound to the template.

    Args:
        triangles: The triangle each is bound to [N]; the same for every person.
        barycentric: The weights of its corners [N, 3]; the same for every person.
        means: Centres [N, 3], metres.
        axes: Orthonormal columns [N, 3, 3]: long, wide and thin axis.
        scales: Standard deviations along them [N, 3], metres.
        opacities: 0..1 [N].
        colors: sRGB [N, 3].
    """

    triangles: NDArray[np.int64]
    barycentric: Array
    means: Array
    axes: Array
    scales: Array
    opacities: Array
    colors: Array

    @property
    def quats(self) -> Array:
        """Rotations [N, 4], wxyz."""
        return quat_from_matrix(self.axes)


def join(parts: Sequence[Splats]) -> Splats:
    """Return all Gaussians of several sets, in order."""
    names = ("triangles", "barycentric", "means", "axes", "scales", "opacities", "colors")
    return Splats(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def unit(vectors: Array) -> Array:
    """Return vectors [.., 3] at length one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def discs(normals: Array) -> Array:
    """Return axes [N, 3, 3] of discs with unit normals [N, 3]; the normal is the last column."""
    other = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    first = unit(np.cross(other, normals))
    return np.stack([first, np.cross(normals, first), normals], axis=2)


def strokes(tangents: Array, normals: Array) -> Array:
    """Return axes [N, 3, 3] of ribbons along tangents [N, 3], flat across normals [N, 3]."""
    along = unit(tangents)
    wide = np.cross(normals, along)
    short = np.linalg.norm(wide, axis=1) < 1e-6
    wide[short] = np.cross([0.3, 0.5, 0.8], along[short])
    wide = unit(wide)
    return np.stack([along, wide, np.cross(along, wide)], axis=2)
