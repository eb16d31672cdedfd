"""The camera a hand moves: orbit, pan, dolly and fly around a pivot, as pure values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from mien.camera import Camera
from mien.transforms import Array

MAX_PITCH = np.radians(89.0)


@dataclass(frozen=True)
class Orbit:
    """A view of a pivot from a direction and a distance.

    Yaw 0 and pitch 0 look at the face from the front (along -Z); yaw grows to the viewer's right,
    pitch upwards. Angles in radians, lengths in metres.
    """

    pivot: tuple[float, float, float] = (0.0, 0.0, 0.0)
    distance: float = 1.0
    yaw: float = 0.0
    pitch: float = 0.0
    fov_y: float = float(np.radians(24.0))

    @property
    def eye(self) -> Array:
        """Where the camera stands [3]."""
        direction = np.array(
            [
                np.sin(self.yaw) * np.cos(self.pitch),
                np.sin(self.pitch),
                np.cos(self.yaw) * np.cos(self.pitch),
            ]
        )
        return np.asarray(self.pivot) + self.distance * direction

    def camera(self, size: tuple[int, int]) -> Camera:
        """Return the camera at an image size in pixels."""
        return Camera.looking_at(self.eye, self.pivot, size=size, fov_y=self.fov_y)

    @staticmethod
    def seen_from(camera: Camera, about: ArrayLike = (0, 0, 0)) -> Orbit:
        """Return the view from where a camera stands, turning around what it sees of a point.

        An orbit is upright and looks at the middle of its picture: a camera that leans, or whose
        principal point is off the middle, sees nearly the same.

        Args:
            camera: Any camera.
            about: The point [3]; the pivot is where the optical axis passes it.
        """
        distance = float((np.asarray(about, np.float64) - camera.position) @ camera.forward)
        distance = max(distance, 0.05)
        right, up, toward = -camera.forward
        return Orbit(
            _triple(camera.position + distance * camera.forward),
            distance,
            float(np.arctan2(right, toward)),
            float(np.clip(np.arcsin(np.clip(up, -1, 1)), -MAX_PITCH, MAX_PITCH)),
            camera.fov_y,
        )

    def orbited(self, yaw: float, pitch: float) -> Orbit:
        """Turn around the pivot by angles in radians; the pitch stops short of the poles."""
        pitch_ = float(np.clip(self.pitch + pitch, -MAX_PITCH, MAX_PITCH))
        return replace(
            self, yaw=float((self.yaw + yaw + np.pi) % (2 * np.pi) - np.pi), pitch=pitch_
        )

    def turntable(self, count: int) -> list[Orbit]:
        """Return so many views evenly around the pivot, beginning with this one."""
        return [replace(self, yaw=self.yaw + 2 * np.pi * i / count) for i in range(count)]

    def panned(self, right: float, down: float) -> Orbit:
        """Move pivot and camera together, by fractions of the image height at the pivot."""
        frame = self.camera((16, 16)).world_from_camera
        height = 2 * self.distance * np.tan(self.fov_y / 2)
        moved = np.asarray(self.pivot) - height * (right * frame[:3, 0] + down * frame[:3, 1])
        return replace(self, pivot=_triple(moved))

    def dollied(self, factor: float) -> Orbit:
        """Multiply the distance to the pivot."""
        return replace(self, distance=float(np.clip(self.distance * factor, 1e-3, 1e3)))

    def flown(self, offset: ArrayLike) -> Orbit:
        """Move pivot and camera by an offset [3] in camera axes (right, down, forward), metres."""
        frame = self.camera((16, 16)).world_from_camera[:3, :3]
        return replace(self, pivot=_triple(np.asarray(self.pivot) + frame @ np.asarray(offset)))

    def framing(self, centre: ArrayLike, radius: float, *, aspect: float = 1.0) -> Orbit:
        """Keep the direction and fit a sphere into the view of a width/height ratio."""
        half = self.fov_y / 2
        if aspect < 1:
            half = np.arctan(np.tan(half) * aspect)
        return replace(
            self, pivot=_triple(np.asarray(centre)), distance=float(radius / np.sin(half))
        )

    def toward(self, other: Orbit, fraction: float) -> Orbit:
        """Return the view a fraction of the way to another, turning the shorter way round."""

        def mix(start: float, end: float) -> float:
            return start + (end - start) * fraction

        turn = (other.yaw - self.yaw + np.pi) % (2 * np.pi) - np.pi
        pivot = np.asarray(self.pivot) + (np.subtract(other.pivot, self.pivot)) * fraction
        return Orbit(
            pivot=_triple(pivot),
            distance=float(np.exp(mix(np.log(self.distance), np.log(other.distance)))),
            yaw=float(self.yaw + turn * fraction),
            pitch=mix(self.pitch, other.pitch),
            fov_y=mix(self.fov_y, other.fov_y),
        )


def _triple(values: Array) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
