"""Views: rays that hit what the pixel shows, and pictures scaled without aliasing."""

from __future__ import annotations

import numpy as np

from mien.camera import Camera
from mien.models.headsup.views import PLANES, Views, plucker, scaled_view
from mien.orbit import Orbit


def _skewed() -> Camera:
    camera = Orbit(yaw=1.1, pitch=0.3, distance=1.2).camera((20, 14))
    intrinsics = camera.intrinsics.copy()
    intrinsics[0, 2] += 3.3
    intrinsics[1, 1] *= 1.2
    return Camera(camera.world_from_camera, intrinsics, camera.size)


def test_rays_go_through_what_their_pixels_show() -> None:
    camera = _skewed()
    lines = plucker(camera)
    assert lines.shape == (6, 14, 20)
    columns, rows = np.meshgrid(np.arange(20) + 0.5, np.arange(14) + 0.5)
    pixels = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    for depth in (0.4, 2.0):
        points = camera.unproject(pixels, np.full(len(pixels), depth))
        directions, moments = lines.reshape(6, -1).T[:, :3], lines.reshape(6, -1).T[:, 3:]
        np.testing.assert_allclose(np.cross(points, directions), moments, atol=1e-5)
        assert (np.sum((points - camera.position) * directions, axis=1) > 0).all()


def test_scaling_keeps_what_every_pixel_looks_at() -> None:
    camera = _skewed()
    image, seen = scaled_view(np.zeros((14, 20, 3), np.uint8), camera, side=10)
    assert image.shape == (7, 10, 3)
    assert seen.size == (10, 7)
    point = np.array([[0.03, -0.02, 0.01]])
    before, after = camera.project(point)[0], seen.project(point)[0]
    np.testing.assert_allclose(after, before / 2, rtol=1e-9)


def test_fine_patterns_become_their_mean() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    image, _ = scaled_view(stripes, Orbit().camera((64, 64)), side=16)
    np.testing.assert_allclose(image[2:-2, 2:-2], 0.5, atol=0.02)


def test_bytes_and_numbers_are_the_same_picture() -> None:
    rng = np.random.default_rng(0)
    held = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    camera = Orbit().camera((16, 16))
    of_bytes = Views.of(held, camera, side=16)
    of_numbers = Views.of(held.astype(np.float32) / 255, camera, side=16)
    assert of_bytes.colors.shape == (1, 1, 3, 16, 16)
    np.testing.assert_allclose(of_bytes.images.numpy(), of_numbers.images.numpy(), atol=1e-6)


def test_views_without_masks_are_the_person_everywhere() -> None:
    rng = np.random.default_rng(0)
    held = rng.integers(0, 256, (16, 16, 4), dtype=np.uint8)
    plain, masked = (
        Views.of(each, Orbit().camera((16, 16)), side=16) for each in (held[..., :3], held)
    )
    assert bool((plain.images[:, :, 3] == 1).all())
    np.testing.assert_allclose(masked.images[0, 0, 3].numpy(), held[..., 3] / 255, atol=1e-6)
    np.testing.assert_array_equal(plain.colors.numpy(), masked.colors.numpy())
    assert plain.planes.shape == (1, 1, PLANES, 16, 16)
