"""Distances as inner products, against distances computed one by one."""

from __future__ import annotations

import numpy as np
import torch

from mien.models.headsup import rays
from mien.models.headsup.encoder import token_rays
from mien.models.headsup.views import plucker
from mien.orbit import Orbit


def _lines(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    origins = rng.normal(0, 0.5, (count, 3))
    directions = rng.normal(size=(count, 3))
    return origins, directions / np.linalg.norm(directions, axis=1, keepdims=True)


def test_products_are_squared_distances_and_cosines() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(0, 0.1, (40, 3))
    normals = rng.normal(size=(40, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    origins, directions = _lines(60, rng)
    lines = np.concatenate([directions, np.cross(origins, directions)], axis=1)
    focus, facing = 1.7, 0.6
    places = rays.of_places(
        torch.tensor(points),
        torch.tensor(normals),
        torch.tensor(focus, dtype=torch.float64),
        torch.tensor(facing, dtype=torch.float64),
    )
    product = (places @ rays.of_rays(torch.tensor(lines)).T).numpy()
    distance = np.linalg.norm(np.cross(points[:, None] - origins[None], directions[None]), axis=-1)
    squares = (distance**2 - (points**2).sum(axis=1)[:, None]) / 0.03**2
    expected = -focus * squares - facing * normals @ directions.T
    np.testing.assert_allclose(product, expected, rtol=1e-9, atol=1e-9)


def test_every_head_of_attention_has_its_own_focus() -> None:
    points, normals = torch.randn(5, 3), torch.randn(5, 3)
    focus = torch.tensor([1.0, 4.0])[:, None]
    places = rays.of_places(points, normals, focus, torch.ones(2, 1))
    assert places.shape == (2, 5, rays.NUM_FEATURES)
    torch.testing.assert_close(places[1, :, :10], 4 * places[0, :, :10])
    torch.testing.assert_close(places[1, :, 10:], places[0, :, 10:])


def test_tokens_lie_on_the_ray_through_their_middle() -> None:
    camera = Orbit(yaw=0.7, pitch=-0.2, distance=0.9).camera((32, 24))
    rays_of_pixels = torch.from_numpy(plucker(camera))[None]
    of_tokens = token_rays(rays_of_pixels, 8)[0].numpy()
    middles = np.array([(8 * c + 4.0, 8 * r + 4.0) for r in range(3) for c in range(4)])
    for depth in (0.5, 1.5):
        points = camera.unproject(middles, np.full(12, depth))
        off = np.cross(points, of_tokens[:, :3]) - of_tokens[:, 3:]
        assert np.linalg.norm(off, axis=1).max() < 2e-3
    np.testing.assert_allclose(np.linalg.norm(of_tokens[:, :3], axis=1), 1, rtol=1e-5)
