"""The background model: a small latent, a shell around the rig."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from headsup_networks import SMALL, small_network, together, view_of_noise
from mien.models.headsup.background import Background


@pytest.fixture(scope="module")
def background() -> Background:
    network = small_network(replace(SMALL, background_dim=6, background_texels=16))
    assert network.background is not None
    return network.background


@torch.no_grad()
def test_the_latent_is_small_and_knows_no_order(background: Background) -> None:
    views = [view_of_noise(seed, (40, 32)) for seed in range(3)]
    latent = background.encode(together(*views))
    assert latent.shape == (1, 6)
    again = background.encode(together(*views[::-1]))
    torch.testing.assert_close(latent, again, rtol=0, atol=1e-5)


@torch.no_grad()
def test_gaussians_stand_around_the_head_and_not_in_it(background: Background) -> None:
    drawn = background.decode(torch.randn(2, 6), place=1)
    distances = drawn.means.norm(dim=1)
    assert len(distances) == 16 * 16
    assert distances.min() > 1.0
    assert distances.max() < 5.0
    around = torch.atan2(drawn.means[:, 0], drawn.means[:, 2])
    assert around.max() > 2.9
    assert around.min() < -2.9
    assert all(torch.isfinite(values).all() for values in drawn)
