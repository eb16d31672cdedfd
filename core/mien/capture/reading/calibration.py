"""Calibrations of strangers: checked before they become cameras.

Mien's pixel centres lie at half integers. A principal point in OpenCV's convention, where the first
pixel's centre is (0, 0), is half a pixel less; `integer_centres` says which one a dataset uses.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.camera import Camera
from mien.capture.reading.json_files import numbers
from mien.errors import FileError
from mien.transforms import Array, rigid_inverse

# Printed to few digits and rounded to float32 along the way, rotations are off by this much.
_NOT_RIGID = 1e-3

# OpenGL's camera looks along -Z with Y up, OpenCV's along +Z with Y down.
_OPENCV_FROM_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])

# Pixels: no sensor is larger, and nobody wants memory for a picture that claims to be.
_MAX_SIDE = 1 << 16


def pinhole(
    path: Path,
    name: str,
    *,
    intrinsics: object,
    world_from_camera: Array,
    size: tuple[int, int],
    integer_centres: bool = False,
) -> Camera:
    """Make a camera of what a file says.

    Args:
        path: The file, for messages.
        name: The camera, for messages.
        intrinsics: K [3, 3].
        world_from_camera: Rigid, of `rigid_pose` or `pose_from_opengl`.
        size: Of the pictures that K is for.
        integer_centres: Whether K takes pixel centres to lie at integers, as OpenCV does.

    Raises:
        FileError: It is no calibration of a pinhole camera.
    """
    what = f"intrinsics of camera {name}"
    k = numbers(intrinsics, (3, 3), path=path, what=what)
    if not (k[0, 0] > 0 and k[1, 1] > 0) or abs(k[2, 2] - 1) > 1e-6:
        raise FileError(path, f"its {what} have no positive focal lengths")
    if not 0 < min(size) <= max(size) <= _MAX_SIDE:
        raise FileError(path, f"camera {name} has a size that no picture has")
    # Pixels by which skew moves the picture's corner.
    skew = abs(k[0, 1]) * max(size) / k[1, 1]
    if skew > 1.0 or np.abs(k[[1, 2, 2], [0, 0, 1]]).max() > 1e-6:
        raise FileError(path, f"its {what} are skewed; only cameras with square axes are read")
    centre = k[:2, 2] + (0.5 if integer_centres else 0.0)
    square = [[k[0, 0], 0, centre[0]], [0, k[1, 1], centre[1]], [0, 0, 1]]
    return Camera(world_from_camera, np.array(square), size)


def intrinsic_matrix(fx: float, fy: float, cx: float, cy: float) -> Array:
    """Return K [3, 3] of focal lengths and principal point."""
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])


def rigid_pose(value: object, *, path: Path, what: str) -> Array:
    """Return a rigid motion [4, 4] of a [3, 4] or [4, 4] matrix, its rotation made exact.

    Raises:
        FileError: It is no matrix, or no rigid motion.
    """
    rows = len(value) if isinstance(value, list | np.ndarray) else 0  # pyright: ignore[reportUnknownArgumentType]
    matrix = numbers(value, (3 if rows == 3 else 4, 4), path=path, what=what)
    left, scales, right = np.linalg.svd(matrix[:3, :3])
    mirrored = np.linalg.det(matrix[:3, :3]) < 0
    bottom = matrix[3] if rows != 3 else np.array([0, 0, 0, 1.0])
    if (
        mirrored
        or np.abs(scales - 1).max() > _NOT_RIGID
        or np.abs(bottom - (0, 0, 0, 1)).max() > 1e-6
    ):
        raise FileError(path, f"its {what} is no rigid motion")
    pose = np.eye(4)
    pose[:3, :3] = left @ right
    pose[:3, 3] = matrix[:3, 3]
    return pose


def inverse_pose(value: object, *, path: Path, what: str) -> Array:
    """Return world_from_camera [4, 4] of a camera_from_world matrix.

    Raises:
        FileError: It is no matrix, or no rigid motion.
    """
    return rigid_inverse(rigid_pose(value, path=path, what=what))


def pose_from_opengl(value: object, *, path: Path, what: str) -> Array:
    """Return world_from_camera [4, 4] of one whose camera has OpenGL's axes.

    Raises:
        FileError: It is no matrix, or no rigid motion.
    """
    return rigid_pose(value, path=path, what=what) @ _OPENCV_FROM_OPENGL


def stated_similarity(value: object, *, path: Path) -> NDArray[np.float64]:
    """Return a similarity [4, 4] that a file gives.

    Raises:
        FileError: It is none.
    """
    matrix = numbers(value, (4, 4), path=path, what="head_from_world")
    scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    if not scale > 0:
        raise FileError(path, "its head_from_world is mirrored, or flat")
    rigid_pose(matrix @ np.diag([1 / scale] * 3 + [1]), path=path, what="head_from_world")
    return np.asarray(matrix, np.float64)


def increasing_times(numbers_: ArrayLike, rate: float) -> NDArray[np.float64]:
    """Return the instants [T] of frames by their numbers at a rate, from zero.

    Numbers that do not increase are counters that start over; then the frames follow each other.
    """
    counted = np.asarray(numbers_, np.float64)
    if len(counted) > 1 and not (np.diff(counted) > 0).all():
        counted = np.arange(len(counted), dtype=np.float64)
    return (counted - counted[:1]) / rate
