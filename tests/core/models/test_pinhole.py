"""Cameras from rays: they project as the cameras do that the rays are of."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mien.camera import Camera
from mien.models.headsup.views import plucker
from mien.models.pinhole import Pinholes
from mien.orbit import Orbit


def _project(cameras: list[Camera], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rays = torch.from_numpy(np.stack([plucker(camera) for camera in cameras]))
    places, before = Pinholes.of(rays).project(torch.from_numpy(points.T))
    return places.numpy(), before.numpy()


@pytest.mark.parametrize("size", [(40, 30), (31, 64)])
def test_points_lie_where_the_camera_sees_them(size: tuple[int, int]) -> None:
    cameras = [Orbit(yaw=yaw, pitch=0.2, distance=0.9).camera(size) for yaw in (-2.0, 0.7, 3.0)]
    # A close-up's principal point lies anywhere.
    cameras[1] = cameras[1].cropped(-7, 4, size)
    points = np.random.default_rng(0).normal(0, 0.05, (20, 3)).astype(np.float32)
    places, before = _project(cameras, points)
    for camera, placed, there in zip(cameras, places, before, strict=True):
        pixels = camera.project(points)[0]
        # Places run from the middle of the first pixel to the last one's.
        expected = 2 * (pixels - 0.5) / (np.array(size) - 1) - 1
        np.testing.assert_allclose(placed, expected, atol=2e-4)
        np.testing.assert_array_equal(there, (np.abs(expected) <= 1).all(axis=1))


def test_what_lies_behind_a_camera_is_not_seen() -> None:
    camera = Camera.looking_at((0, 0, 1), (0, 0, 0), size=(32, 32), fov_y=0.5)
    _, before = _project([camera], np.array([[0, 0, 0], [0, 0, 2]], np.float32))
    assert before.tolist() == [[True, False]]
