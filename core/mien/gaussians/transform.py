"""Move whole clouds: rigid motions with one scale, and the axes and units of foreign files."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.errors import MienError
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.sh import rotated
from mien.transforms import quat_from_matrix, quat_multiply

UP_FIXES: dict[str, NDArray[np.float64]] = {
    "y": np.eye(3),
    "-y": np.diag([1.0, -1.0, -1.0]),
    "z": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "-z": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "x": np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    "-x": np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
}
"""By the axis that points up in a file: the rotation [3, 3] into Mien's world, where Y does.

`-y` (COLMAP, OpenCV: y down, z forward) brings the viewer's side to +Z; `z` (Blender, with the face
toward -Y) the face.
"""

UNITS: dict[str, float] = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001}
"""Metres per unit of a file."""


def moved(cloud: GaussianCloud, motion: ArrayLike, *, scale: float = 1.0) -> GaussianCloud:
    """Return a cloud scaled about the origin, then moved rigidly, rotations and harmonics included.

    Args:
        cloud: Gaussians in one frame.
        motion: Rigid motion [4, 4].
        scale: Uniform and positive.

    Raises:
        ValueError: The scale is not positive or the rotation not orthogonal.
    """
    matrix = np.asarray(motion, np.float64)
    return reframed(cloud, matrix[:3, :3], translation=matrix[:3, 3], scale=scale)


def reframed(
    cloud: GaussianCloud,
    axes: ArrayLike,
    *,
    translation: ArrayLike = (0.0, 0.0, 0.0),
    scale: float = 1.0,
) -> GaussianCloud:
    """Return a cloud in other axes: means become scale * axes @ mean + translation.

    Args:
        cloud: Gaussians in one frame.
        axes: Orthogonal matrix [3, 3]; a mirror image is allowed, since Gaussians are symmetric
            about their centre and only their harmonics tell.
        translation: Metres [3], after the turn.
        scale: Uniform and positive.

    Raises:
        ValueError: The scale is not positive or the matrix not orthogonal.
    """
    matrix = np.asarray(axes, np.float64)
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-5):
        raise ValueError("the axes of a cloud must turn by an orthogonal matrix [3, 3]")
    if not (np.isfinite(scale) and scale > 0):
        raise ValueError(f"the scale of a cloud must be positive, got {scale}")
    if np.array_equal(matrix, np.eye(3)):
        quats, sh = cloud.quats, cloud.sh
    else:
        # M S M^T is the same for M and -M, and one of them is a rotation.
        proper = matrix * np.sign(np.linalg.det(matrix))
        quats = quat_multiply(quat_from_matrix(proper), cloud.quats)
        sh = rotated(cloud.sh, matrix)
    return cloud.replace(
        means=scale * (cloud.means.astype(np.float64) @ matrix.T) + np.asarray(translation),
        quats=quats,
        log_scales=cloud.log_scales + np.float32(np.log(scale)),
        sh=sh,
    )


def fixed_up(cloud: GaussianCloud, fix: str) -> GaussianCloud:
    """Return a foreign cloud in metres with Y up, turned about the origin.

    Args:
        cloud: As read from a file.
        fix: Which axis points up in it, a key of UP_FIXES; then, after a space, what its numbers
            are, a key of UNITS; metres where nothing is said. `z cm`, for example.

    Raises:
        MienError: No such axis or unit.
    """
    axes, scale = up_fix(fix)
    return reframed(cloud, axes, scale=scale)


def up_fix(fix: str) -> tuple[NDArray[np.float64], float]:
    """Return the axes [3, 3] and the scale that `fixed_up` brings to foreign points.

    Raises:
        MienError: No such axis or unit.
    """
    up, _, unit = fix.partition(" ")
    if up not in UP_FIXES or (unit or "m") not in UNITS:
        raise MienError(
            f"no axis and unit {fix!r}; up is one of {', '.join(UP_FIXES)}, "
            f"the unit one of {', '.join(UNITS)}"
        )
    return UP_FIXES[up], UNITS[unit or "m"]
