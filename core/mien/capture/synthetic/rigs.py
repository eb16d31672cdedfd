"""Camera rigs: where the cameras of a capture stand around the head.

All look at head and shoulders from a metre away through lenses as portraits are taken with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.camera import Camera
from mien.capture.protocol import CaptureCamera
from mien.errors import MienError
from mien.transforms import Array

TARGET = (0.0, 0.004, 0.0)
"""What every camera looks at, metres: the root of the nose, so that hair and shoulders fit."""

HALF_HEIGHT = 0.212
"""What fits above and below the target, metres."""

HALF_WIDTH = 0.186
"""What fits at least beside it in a narrow picture, metres."""

DISTANCE = 1.15

_ANGLE_JITTER = np.radians(1.5)
_DISTANCE_JITTER = 0.02
_FOCAL_JITTER = 0.01
_CENTRE_JITTER = 0.004


@dataclass(frozen=True)
class Row:
    """Cameras at one height, evenly spread from one side to the other.

    Args:
        elevation: Above the head's level, degrees.
        count: How many.
        first: The first camera's azimuth, degrees: 0 in front, positive toward the person's left.
        span: Degrees from the first to the last; 360 closes the circle.
    """

    elevation: float
    count: int
    first: float
    span: float

    def azimuths(self) -> Array:
        """Return where the cameras stand [count], degrees."""
        gaps = self.count if self.span >= 360 else max(self.count - 1, 1)
        return self.first + np.arange(self.count) * (self.span / gaps)


@dataclass(frozen=True)
class CameraRig:
    """The plan of a rig.

    Args:
        name: What commands call it.
        description: One line.
        rows: Its cameras, numbered row by row.
        test: The numbers of those held out.
    """

    name: str
    description: str
    rows: tuple[Row, ...]
    test: frozenset[int]

    @property
    def num_cameras(self) -> int:
        """C."""
        return sum(row.count for row in self.rows)

    def cameras(
        self, size: tuple[int, int], *, jitter: int | None = None
    ) -> tuple[CaptureCamera, ...]:
        """Return the rig's cameras [C] for pictures of a size.

        Args:
            size: Width and height in pixels.
            jitter: A seed to stand and calibrate cameras a little off the plan, as real ones are;
                exactly on it when left out.

        Raises:
            ValueError: The size is not positive.
        """
        rng = None if jitter is None else np.random.default_rng(jitter)
        places = [(azimuth, row.elevation) for row in self.rows for azimuth in row.azimuths()]
        return tuple(
            CaptureCamera(
                f"c{number:02d}",
                _camera(azimuth, elevation, size, rng),
                "test" if number in self.test else "train",
            )
            for number, (azimuth, elevation) in enumerate(places)
        )


def _camera(
    azimuth: float, elevation: float, size: tuple[int, int], rng: np.random.Generator | None
) -> Camera:
    turn, lift, distance = np.radians(azimuth), np.radians(elevation), DISTANCE
    if rng is not None:
        turn, lift = np.array([turn, lift]) + rng.normal(0, _ANGLE_JITTER, 2)
        distance *= 1 + rng.normal(0, _DISTANCE_JITTER)
    away = np.array([np.sin(turn) * np.cos(lift), np.sin(lift), np.cos(turn) * np.cos(lift)])
    width, height = size
    half = max(HALF_HEIGHT, HALF_WIDTH * height / max(width, 1))
    camera = Camera.looking_at(
        np.array(TARGET) + distance * away, TARGET, size=size, fov_y=2 * np.arctan(half / DISTANCE)
    )
    return camera if rng is None else _calibrated(camera, rng)


def _calibrated(camera: Camera, rng: np.random.Generator) -> Camera:
    """Return a camera with a focal length and a principal point of its own."""
    intrinsics = camera.intrinsics.copy()
    intrinsics[[0, 1], [0, 1]] *= 1 + rng.normal(0, _FOCAL_JITTER)
    intrinsics[:2, 2] += rng.normal(0, _CENTRE_JITTER, 2) * min(camera.size)
    return Camera(camera.world_from_camera, intrinsics, camera.size)


_PLANS: Sequence[CameraRig] = (
    CameraRig(
        "ring16",
        "16 cameras in three rows over the front half",
        (Row(-14, 5, -64, 128), Row(4, 6, -90, 180), Row(24, 5, -64, 128)),
        frozenset({1, 7, 9, 14}),
    ),
    CameraRig(
        "dome24",
        "24 cameras in three rows all round",
        (Row(-14, 8, 22.5, 360), Row(8, 8, 0, 360), Row(32, 8, 22.5, 360)),
        frozenset({6, 9, 12, 23}),
    ),
    CameraRig(
        "dome40",
        "40 cameras in five rows all round",
        (
            Row(-22, 7, 12, 360),
            Row(-4, 10, 18, 360),
            Row(12, 10, 0, 360),
            Row(30, 8, 22.5, 360),
            Row(54, 5, 36, 360),
        ),
        frozenset({3, 8, 15, 18, 22, 33}),
    ),
    CameraRig("single", "one camera in front", (Row(2, 1, 0, 0),), frozenset()),
)

RIGS: dict[str, CameraRig] = {plan.name: plan for plan in _PLANS}
"""The rigs people are filmed with, by name."""


def camera_rig(name: str) -> CameraRig:
    """Return a rig by name.

    Raises:
        MienError: There is none of this name.
    """
    if name not in RIGS:
        raise MienError(f"no camera rig {name!r}", hint=f"Choose one of {', '.join(RIGS)}")
    return RIGS[name]
