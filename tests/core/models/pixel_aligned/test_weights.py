"""Files of the baseline say what they hold, and claims are checked before anything is made."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from headsup_networks import view_of_noise
from mien.errors import FileError
from mien.models.headsup.weights import load_headsup
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned
from mien.models.pixel_aligned.weights import load_pixel_aligned, save_pixel_aligned

SMALL = PixelAlignedConfig(32, 2, (16, 24), 1, 1, 2)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    torch.manual_seed(0)
    place = tmp_path_factory.mktemp("weights") / "pixels.safetensors"
    save_pixel_aligned(place, PixelAligned(SMALL), {"people": 3})
    return place


def test_a_network_comes_back_as_it_was_to_half_precision(path):
    network, card = load_pixel_aligned(path)
    assert (network.config, card) == (SMALL, {"people": 3})
    torch.manual_seed(0)
    before, view = PixelAligned(SMALL).eval(), view_of_noise(1)
    with torch.no_grad():
        one, other = before(view).gaussians(0), network(view).gaussians(0)
    for name, values in one._asdict().items():
        np.testing.assert_allclose(values, getattr(other, name), atol=0.02, err_msg=name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"widths": [1 << 40, 1 << 40]}, "another network"),
        ({"widths": [16, 32]}, "another network"),
        ({"depth": 1 << 40}, "another network"),
        ({"num_blocks": 1 << 40}, "another network"),
        ({"stride": 4}, "another network"),
        ({"num_heads": 5}, "5 heads"),
        ({"wings": 2}, "wings"),
    ],
)
def test_claims_of_a_header_are_checked(path, tmp_path, changes, message):
    with safe_open(path, framework="pt") as file:
        said = json.loads(file.metadata()["mien-pixel-aligned"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    said["config"] |= changes
    other = tmp_path / "x.safetensors"
    save_file(tensors, other, metadata={"mien-pixel-aligned": json.dumps(said)})
    with pytest.raises(FileError, match=message):
        load_pixel_aligned(other)


def test_kinds_of_networks_are_told_apart(path):
    with pytest.raises(FileError, match="no HeadsUp network of Mien's"):
        load_headsup(path)
