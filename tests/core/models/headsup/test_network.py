"""The whole network: what its latent may depend on, and what it may not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from headsup_networks import SMALL, small_network, together, view_of_noise
from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.network import HeadsUp
from mien.template.arkit import ARKIT_INDEX

CLOSE = {"rtol": 0, "atol": 4e-5}


@pytest.fixture(scope="module", params=["attention", "max", "plain"])
def any_network(request: pytest.FixtureRequest) -> HeadsUp:
    configs = {
        "attention": SMALL,
        "max": replace(SMALL, pooling="max"),
        "plain": replace(SMALL, ray_focus=0.0, glimpses=()),
    }
    return small_network(configs[request.param])


@torch.no_grad()
def test_order_of_views_does_not_matter(any_network: HeadsUp) -> None:
    views = [view_of_noise(seed) for seed in range(4)]
    forward = any_network.encode(together(*views))
    backward = any_network.encode(together(*views[::-1]))
    torch.testing.assert_close(forward, backward, **CLOSE)


@torch.no_grad()
def test_any_number_of_views_gives_a_latent_of_one_size(any_network: HeadsUp) -> None:
    for count in (1, 3, 9):
        views = together(*(view_of_noise(seed) for seed in range(count)))
        assert any_network.encode(views).shape == (1, 32, 8, 8)


@torch.no_grad()
def test_a_view_seen_twice_says_nothing_new(any_network: HeadsUp) -> None:
    views = [view_of_noise(seed) for seed in range(2)]
    once, twice = together(*views), together(*views, *views)
    torch.testing.assert_close(any_network.encode(once), any_network.encode(twice), **CLOSE)


@torch.no_grad()
def test_every_view_counts(any_network: HeadsUp) -> None:
    views = [view_of_noise(seed) for seed in range(3)]
    all_of_them = any_network.encode(together(*views))
    for missing in range(3):
        fewer = any_network.encode(together(*(v for k, v in enumerate(views) if k != missing)))
        assert (fewer - all_of_them).abs().max() > 1e-3


@torch.no_grad()
def test_views_of_different_sizes_join(any_network: HeadsUp) -> None:
    sizes = [(32, 32), (32, 24), (20, 32), (30, 31)]
    views = [view_of_noise(seed, size) for seed, size in enumerate(sizes)]
    latent = any_network.encode(views)
    assert latent.shape == (1, 32, 8, 8)
    assert torch.isfinite(latent).all()
    torch.testing.assert_close(latent, any_network.encode(views[::-1]), **CLOSE)


@torch.no_grad()
def test_sets_of_one_size_are_as_good_as_one_set(any_network: HeadsUp) -> None:
    views = [view_of_noise(seed) for seed in range(3)]
    together_, apart = any_network.encode(together(*views)), any_network.encode(views)
    torch.testing.assert_close(together_, apart, **CLOSE)


@torch.no_grad()
def test_people_of_a_batch_do_not_know_of_each_other(network: HeadsUp) -> None:
    one, two = (together(view_of_noise(2 * k), view_of_noise(2 * k + 1)) for k in range(2))
    both = type(one)(torch.cat([one.images, two.images]), torch.cat([one.rays, two.rays]))
    latents = network.encode(both)
    torch.testing.assert_close(latents[:1], network.encode(one), **CLOSE)
    torch.testing.assert_close(latents[1:], network.encode(two), **CLOSE)


@torch.no_grad()
def test_the_number_of_gaussians_knows_nothing_of_the_views(network: HeadsUp) -> None:
    heads = [
        network.decode(network.encode([view_of_noise(k, size) for k in range(count)]))
        for count, size in ((1, (16, 16)), (5, (48, 40)))
    ]
    assert {head.offsets.shape for head in heads} == {(1, network.canvas.num_texels, 3)}


@torch.no_grad()
def test_layers_multiply_gaussians_and_share_the_surface() -> None:
    network = small_network(replace(SMALL, layers=3))
    head = network.decode(torch.randn(2, 32, 8, 8))
    assert head.layers == 3
    texels = network.canvas.num_texels
    assert head.surface.shape == (2, texels, 3)
    drawn = head.gaussians(1)
    assert drawn.means.shape == (3 * texels, 3)
    expected = head.surface[1] + head.offsets[1, texels : 2 * texels]
    torch.testing.assert_close(drawn.means[texels : 2 * texels], expected)


@torch.no_grad()
def test_without_expression_the_learned_rig_changes_nothing(network: HeadsUp) -> None:
    latents = torch.randn(2, 32, 8, 8)
    still = network.express(latents, torch.zeros(2, 52))
    assert torch.equal(still, latents)
    smiling = torch.zeros(2, 52)
    smiling[1, ARKIT_INDEX["mouthSmileLeft"]] = 1
    moved = network.express(latents, smiling)
    assert torch.equal(moved[0], latents[0])
    assert (moved[1] - latents[1]).abs().max() > 1e-3


@torch.no_grad()
def test_networks_without_a_learned_rig_leave_latents_as_they_are() -> None:
    network = small_network(replace(SMALL, rig_width=0))
    latents = torch.randn(1, 32, 8, 8)
    assert network.express(latents, torch.ones(1, 52)) is latents


def _everything(config: HeadsUpConfig, *, checkpointed: bool = False) -> HeadsUp:
    """Return a network after one step back through all that it has."""
    network = small_network(config)
    network.queries.checkpointed = checkpointed
    views = together(view_of_noise(0), view_of_noise(1))
    latent = network.express(network.encode(views), 0.5 * torch.ones(1, 52))
    generator = torch.Generator().manual_seed(1)
    loss = torch.zeros(())
    for values in network.decode(latent).gaussians(0):
        loss = loss + (values * torch.randn(values.shape, generator=generator)).sum()
    if network.background is not None:
        for values in network.background.decode(network.background.encode(views)):
            loss = loss + (values * torch.randn(values.shape, generator=generator)).sum()
    loss.backward()
    return network


@pytest.mark.parametrize(
    "config",
    [SMALL, replace(SMALL, pooling="max"), replace(SMALL, background_dim=4, background_texels=16)],
    ids=["attention", "max", "background"],
)
def test_gradients_reach_every_parameter(config: HeadsUpConfig) -> None:
    network = _everything(config)
    untouched = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.abs().max() > 0
    ]
    assert not untouched


def test_blocks_computed_again_give_the_same_gradients() -> None:
    kept, again = _everything(SMALL), _everything(SMALL, checkpointed=True)
    for one, two in zip(kept.parameters(), again.parameters(), strict=True):
        assert one.grad is not None
        torch.testing.assert_close(one.grad, two.grad, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_tokens_near_a_place_are_favoured_over_those_that_pass_it_by() -> None:
    """What the weighing by rays is for: the left ear is looked up where the left ear is."""
    network = small_network(replace(SMALL, ray_focus=40.0, num_blocks=1), strength=0.0)
    view = view_of_noise(3, (64, 64))
    base = network.encode(view)
    grid = network.queries.get_buffer("places")[:, :3].numpy()
    directions = view.rays[0, 0, :3].permute(1, 2, 0).reshape(-1, 3).numpy()
    moments = view.rays[0, 0, 3:].permute(1, 2, 0).reshape(-1, 3).numpy()
    brightened = view.images.clone()
    brightened[..., :, :32] += 0.5
    changed = network.encode(type(view)(brightened, view.rays)) - base
    strength = changed[0].flatten(1).norm(dim=0).numpy()
    # The nearest pixel of each place says in which half of the picture it lies.
    distance = np.linalg.norm(np.cross(grid[:, None], directions[None]) - moments[None], axis=-1)
    left = (distance.argmin(axis=1) % 64) < 24
    right = (distance.argmin(axis=1) % 64) >= 40
    assert left.sum() > 5
    assert right.sum() > 5
    assert np.median(strength[left]) > 3 * np.median(strength[right])
