"""Bytes are counted right, and HeadsUp's decoder does not care what went in."""

from __future__ import annotations

import torch

from headsup_networks import small_network
from mien.evaluation.headsup.scaling.memory import LiveBytes, footprint
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned


def test_what_is_alive_at_once_counts_once():
    given = torch.ones(1000)
    with LiveBytes() as held:
        first = given + 1
        assert held.peak == 4000
        view = first.view(10, 100)
        assert held.peak == 4000
        second = view * 2
        assert held.peak == 8000
        del first, view
        third = second + 1
        assert held.peak == 8000
        del second, third
        _ = torch.ones(500)
        assert held.peak == 8000
        given.add_(1)
        given.view(100, 10)
    assert held.peak == 8000


def test_headsups_decoder_costs_the_same_whatever_goes_in():
    network = small_network()
    sizes = (12, 32), (36, 32), (2, 64), (1, 40)
    found = [footprint(network, views=v, side=s) for v, s in sizes]
    assert len({each.decoder_bytes for each in found}) == 1
    assert {each.num_gaussians for each in found} == {network.canvas.num_texels}
    texels = network.config.texels**2 * network.config.decoder_widths[-1]
    assert found[0].decoder_bytes > 4 * texels
    assert found[1].encoder_bytes > 2.5 * found[0].encoder_bytes


def test_a_pixel_aligned_decoder_grows_with_both():
    network = PixelAligned(PixelAlignedConfig(32, 2, (16, 24), 1, 1, 2)).eval()
    one, six, large = (footprint(network, views=v, side=s) for v, s in ((1, 32), (6, 32), (1, 64)))
    assert six.num_gaussians == 6 * one.num_gaussians
    assert large.num_gaussians == 4 * one.num_gaussians
    assert six.decoder_bytes > 5 * one.decoder_bytes
    assert large.decoder_bytes > 3 * one.decoder_bytes
