"""From a dataset's world to Mien's: metres, Y up, the face toward +Z, the head near the origin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mien.camera import Camera
from mien.transforms import Array, normalize


def similarity(rotation: ArrayLike, translation: ArrayLike, scale: float = 1.0) -> Array:
    """Return the similarity [4, 4] x -> scale * rotation @ x + translation."""
    motion = np.eye(4)
    motion[:3, :3] = scale * np.asarray(rotation, np.float64)
    motion[:3, 3] = translation
    return motion


def scale_of(motion: ArrayLike) -> float:
    """Return the scale of a similarity [4, 4]."""
    return float(np.cbrt(np.linalg.det(np.asarray(motion, np.float64)[:3, :3])))


def moved_camera(camera: Camera, motion: ArrayLike) -> Camera:
    """Return a camera after its world was moved by a similarity [4, 4]; its picture is the same."""
    matrix = np.asarray(motion, np.float64)
    pose = matrix @ camera.world_from_camera
    pose[:3, :3] /= scale_of(matrix)
    return Camera(pose, camera.intrinsics, camera.size)


def guessed_alignment(cameras: Sequence[Camera], *, metres: float = 1.0) -> Array:
    """Guess where the head is from how the cameras stand, for datasets that do not say.

    The origin goes to the point nearest to all optical axes, up is the mean of the pictures' up,
    and the face looks toward the middle of the cameras. Rigs all around a head have no such middle:
    theirs is where the first camera stands.

    Args:
        cameras: In the dataset's world.
        metres: Length of the dataset's unit.

    Raises:
        ValueError: There is no camera.
    """
    if not cameras:
        raise ValueError("a rig without cameras has no place for a head")
    positions = np.array([camera.position for camera in cameras])
    forwards = np.array([normalize(camera.forward) for camera in cameras])
    centre = _nearest_to_lines(positions, forwards)
    up = normalize(-np.mean([camera.world_from_camera[:3, 1] for camera in cameras], axis=0))
    toward = np.mean(normalize(positions - centre), axis=0)
    if np.linalg.norm(toward - up * (toward @ up)) < 0.15:
        toward = positions[0] - centre
    side = normalize(np.cross(up, toward))
    rotation = np.stack([side, up, np.cross(side, up)])
    return similarity(rotation, -metres * (rotation @ centre), metres)


def _nearest_to_lines(points: Array, directions: Array) -> Array:
    """Return the point [3] nearest to lines through points [C, 3] along unit directions [C, 3]."""
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    # Parallel axes leave the distance open: a weak pull toward a typical place settles it.
    weak = 1e-6 * np.eye(3)
    near = points.mean(axis=0) + directions.mean(axis=0)
    left = across.sum(axis=0) + weak
    return np.linalg.solve(left, (across @ points[..., None]).sum(axis=0)[:, 0] + weak @ near)
