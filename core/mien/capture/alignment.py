"""From a dataset's world to Mien's: metres, Y up, the face toward +Z, the head near the origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.camera import Camera
from mien.capture.protocol import Attribute, Capture, CaptureCamera, View, with_camera
from mien.capture.tracking import Tracking
from mien.closing import Closing
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


class Realigned(Closing):
    """A capture seen from another world: its cameras moved by a similarity, its pictures the same.

    What was tracked was tracked in the old world, so it has none, unless nothing moves.

    Args:
        capture: Whose cameras are moved; closing this closes it.
        head_from_world: From the capture's world to the wanted one [4, 4].
    """

    def __init__(self, capture: Capture, head_from_world: ArrayLike) -> None:
        self._capture = capture
        self._motion = np.asarray(head_from_world, np.float64)
        self._still = bool(np.allclose(self._motion, np.eye(4), rtol=0, atol=1e-12))
        self._cameras = tuple(
            held if self._still else with_camera(held, moved_camera(held.camera, self._motion))
            for held in capture.cameras
        )

    @property
    def name(self) -> str:
        """The capture's."""
        return self._capture.name

    @property
    def source(self) -> Path:
        """The capture's."""
        return self._capture.source

    @property
    def cameras(self) -> tuple[CaptureCamera, ...]:
        """The rig, moved."""
        return self._cameras

    @property
    def times(self) -> NDArray[np.float64]:
        """The capture's."""
        return self._capture.times

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The capture's."""
        return self._capture.frame_names

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        """The whole way from the dataset's world."""
        return self._motion @ self._capture.head_from_world

    @property
    def aligned(self) -> bool:
        """Whether the head was known to stand where templates stand, or stands there now."""
        return self._capture.aligned or not self._still

    @property
    def tracking(self) -> Tracking | None:
        """The capture's, where nothing moved."""
        return self._capture.tracking if self._still else None

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """The capture's."""
        return self._capture.attributes

    @property
    def background(self) -> NDArray[np.uint8] | None:
        """The capture's."""
        return self._capture.background

    def present(self, camera: str, frame: int) -> bool:
        """Say whether there is such a picture, as the capture does."""
        return self._capture.present(camera, frame)

    def view(self, camera: str, frame: int) -> View:
        """Read a picture, as the capture does; depths grow with the world."""
        view = self._capture.view(camera, frame)
        if view.depth is None or self._still:
            return view
        return replace(view, depth=view.depth * np.float32(scale_of(self._motion)))

    def close(self) -> None:
        """Close the capture."""
        self._capture.close()
