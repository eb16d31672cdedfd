"""Real spherical harmonics up to degree 3, with the signs and order that 3DGS files use."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.gaussians.cloud import SH_C0, Float32
from mien.transforms import Array, normalize

_C1 = np.sqrt(3 / (4 * np.pi))
_C2 = np.sqrt([15 / (4 * np.pi), 5 / (16 * np.pi), 15 / (16 * np.pi)])
_C3 = np.sqrt([35 / (32 * np.pi), 105 / (4 * np.pi), 21 / (32 * np.pi),
               7 / (16 * np.pi), 105 / (16 * np.pi)])  # fmt: skip


def basis(directions: ArrayLike, degree: int) -> Array:
    """Evaluate the harmonics [..., (degree + 1)^2] in directions [..., 3] of any length.

    Args:
        directions: From the camera to the Gaussian, world axes.
        degree: 0 to 3.
    """
    if not 0 <= degree <= 3:
        raise ValueError(f"degree must be 0 to 3, got {degree}")
    x, y, z = np.moveaxis(normalize(np.asarray(directions, np.float64)), -1, 0)
    bands = [np.full_like(x, SH_C0)]
    if degree > 0:
        bands += [-_C1 * y, _C1 * z, -_C1 * x]
    if degree > 1:
        bands += [
            _C2[0] * x * y,
            -_C2[0] * y * z,
            _C2[1] * (2 * z * z - x * x - y * y),
            -_C2[0] * x * z,
            _C2[2] * (x * x - y * y),
        ]
    if degree > 2:
        bands += [
            -_C3[0] * y * (3 * x * x - y * y),
            _C3[1] * x * y * z,
            -_C3[2] * y * (4 * z * z - x * x - y * y),
            _C3[3] * z * (2 * z * z - 3 * x * x - 3 * y * y),
            -_C3[2] * x * (4 * z * z - x * x - y * y),
            _C3[4] * z * (x * x - y * y),
            -_C3[0] * x * (x * x - 3 * y * y),
        ]
    return np.stack(bands, axis=-1)


def colors(sh: NDArray[np.floating], directions: ArrayLike) -> Float32:
    """Return colours [N, 3] of coefficients [N, K, 3] seen along directions [N, 3].

    sRGB with the 3DGS offset of a half; negative values are cut, as every renderer does.
    """
    degree = int(np.sqrt(sh.shape[1])) - 1
    weighted = np.einsum("nk,nkc->nc", basis(directions, degree), sh)
    return np.maximum(weighted + 0.5, 0).astype(np.float32)


def rotation_matrix(rotation: ArrayLike, degree: int) -> Array:
    """Return the matrix [K, K] by which coefficients turn when the scene turns.

    Fitted to the basis at enough directions, which is exact because each band is closed under
    rotation; so reflections work too.

    Args:
        rotation: Orthogonal matrix [3, 3], new directions from old.
        degree: 0 to 3.
    """
    directions = _directions()
    old = basis(directions, degree)
    new = basis(directions @ np.asarray(rotation, np.float64).T, degree)
    # B(R d) c' = B(d) c for all directions d.
    matrix = np.linalg.lstsq(new, old, rcond=None)[0]
    bands = np.repeat(np.arange(degree + 1), 2 * np.arange(degree + 1) + 1)
    return np.where(bands[:, None] == bands, matrix, 0)


def rotated(sh: NDArray[np.floating], rotation: ArrayLike) -> Float32:
    """Return the coefficients [N, K, 3] of Gaussians turned by an orthogonal matrix [3, 3]."""
    degree = int(np.sqrt(sh.shape[1])) - 1
    if degree == 0:
        return np.asarray(sh, np.float32)
    matrix = rotation_matrix(rotation, degree).astype(np.float32)
    return np.einsum("kl,nlc->nkc", matrix, sh, optimize=True).astype(np.float32)


def _directions() -> Array:
    """Spread 64 directions over the sphere (a Fibonacci spiral)."""
    index = np.arange(64) + 0.5
    z = 1 - index / 32
    angle = index * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)
