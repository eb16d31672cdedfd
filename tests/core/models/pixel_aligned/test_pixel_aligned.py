"""The pixel-aligned network: where its Gaussians begin, what depends on what, and its size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headsup_networks import together, view_of_noise
from mien.camera import Camera
from mien.errors import MienError
from mien.models.headsup import config as headsup_config
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views
from mien.models.pixel_aligned.config import PRESETS, PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned
from mien.models.pixel_aligned.placing import RayGrid
from mien.models.quaternions import of_matrices, rotated
from mien.rendering.differentiable import rasterizer
from mien.rendering.protocol import RenderOptions

SMALL = PixelAlignedConfig(
    view_side=32, stride=2, widths=(16, 24), depth=1, num_blocks=1, num_heads=2
)


def network(*, strength=0.05, config=SMALL):
    torch.manual_seed(0)
    made = PixelAligned(config)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += strength * torch.randn_like(parameter)
    return made.eval()


def camera_at(yaw, size=(32, 32), distance=1.1):
    eye = distance * np.array([np.sin(yaw), 0.1, np.cos(yaw)])
    return Camera.looking_at(eye, (0, -0.02, -0.01), size=size, fov_y=0.3)


def test_presets_are_as_large_as_the_networks_they_are_compared_with():
    for name in ("tiny", "demo"):
        ours = sum(p.numel() for p in PixelAligned(PRESETS[name]).parameters())
        theirs = sum(p.numel() for p in HeadsUp(headsup_config.PRESETS[name]).parameters())
        assert 0.8 < ours / theirs < 1.2, f"{name}: {ours:,} against {theirs:,}"


def test_a_gaussian_lies_on_the_ray_of_its_pixels_before_it_is_moved_off():
    camera = camera_at(0.6)
    heads = network()(Views.of(np.zeros((32, 32, 3)), camera, side=32))
    pixels = camera.project(heads.points[0].detach().numpy())[0]
    rows, columns = np.mgrid[:16, :16]
    middles = np.stack([2 * columns + 1, 2 * rows + 1], axis=-1).reshape(-1, 2)
    assert np.abs(pixels - middles).max() < 0.02


def test_the_distance_of_rays_is_known_without_the_camera():
    camera = camera_at(-0.9)
    grid = RayGrid.of(Views.of(np.zeros((32, 32, 3)), camera, side=32).rays[0], 2)
    wide = 2 * 2 * 1.1 * np.tan(0.15) / 32
    assert grid.spacing[0, 8, 8].item() == pytest.approx(wide, rel=0.02)
    axes = grid.frames()[0, 8, 8].numpy()
    assert np.abs(axes - camera.world_from_camera[:3, :3]).max() < 0.03


def test_untrained_views_are_of_their_pixels_colours():
    picture = np.zeros((32, 32, 3), np.float32)
    picture[:, :16] = (0.9, 0.2, 0.1)
    picture[:, 16:] = (0.1, 0.3, 0.8)
    camera = camera_at(0.3)
    heads = network(strength=0.0)(Views.of(picture, camera, side=32))
    solid = heads.gaussians(0)._replace(logit_opacities=torch.full((256,), 6.0))
    drawn = rasterizer("cpu")(solid, [camera], RenderOptions(depth=False)).rgb[0].detach().numpy()
    assert np.abs(drawn[8:24, 4:12] - picture[8:24, 4:12]).mean() < 0.05
    assert np.abs(drawn[8:24, 20:28] - picture[8:24, 20:28]).mean() < 0.05


def test_gaussians_grow_with_the_views_and_views_see_each_other():
    made = network()
    one, two = view_of_noise(1), view_of_noise(2)
    alone, both = made(one), made(together(one, two))
    count = alone.points.shape[1]
    assert both.points.shape[1] == 2 * count == 512
    assert (both.points[:, :count] - alone.points).abs().max() > 1e-6
    swapped = made(together(two, one))
    assert torch.allclose(swapped.points[:, count:], both.points[:, :count], atol=1e-6)


def test_views_of_several_sizes_and_people():
    made = network()
    small, wide = view_of_noise(1), view_of_noise(2, (30, 19))
    heads = made([small, wide])
    assert heads.points.shape == (1, 16 * 16 + 15 * 9, 3)
    other = view_of_noise(3)
    people = Views(torch.cat([small.images, other.images]), torch.cat([small.rays, other.rays]))
    each = made(people)
    assert len(each) == 2
    for person, held in enumerate((small, other)):
        assert torch.allclose(each.points[person], made(held).points[0], atol=1e-6)


def test_gradients_reach_every_parameter():
    made = network()
    camera = camera_at(0.2)
    gaussians = made(Views.of(np.full((32, 32, 3), 0.6), camera, side=32)).gaussians(0)
    seen = rasterizer("cpu")(gaussians, [camera_at(0.5)], RenderOptions(depth=False)).rgb
    torch.autograd.backward([seen.square().mean()])
    without = [
        name
        for name, held in made.named_parameters()
        if held.grad is None or not bool(held.grad.abs().max() > 0)
    ]
    assert without == []


def test_quaternions_of_matrices_turn_as_they_do():
    rng = np.random.default_rng(0)
    quats = torch.nn.functional.normalize(torch.tensor(rng.normal(size=(200, 4))), dim=-1)
    # Half turns about each axis are where the naive formula divides by zero.
    quats[:3] = torch.eye(4, dtype=quats.dtype)[1:]
    axes = torch.eye(3, dtype=quats.dtype)
    matrices = torch.stack([rotated(quats, axis.expand(200, 3)) for axis in axes], dim=-1)
    found = of_matrices(matrices)
    assert torch.allclose((found * quats).sum(dim=-1).abs(), torch.ones(200, dtype=found.dtype))


def test_configurations_come_back_from_json_and_say_what_is_wrong():
    assert PixelAlignedConfig.from_dict(SMALL.as_dict() | {"widths": [16, 24]}) == SMALL
    with pytest.raises(MienError, match="pixel-aligned network"):
        PixelAlignedConfig.from_dict({"colour": 3})
    with pytest.raises(ValueError, match="3 heads"):
        PixelAlignedConfig(32, 2, (16,), 1, 1, 3)
