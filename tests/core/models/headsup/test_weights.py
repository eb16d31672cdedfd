from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from corpus import BadFile
from headsup_networks import SMALL, small_network, view_of_noise
from mien.errors import FileError, MienError
from mien.models.headsup.weights import load_headsup, read_card, save_headsup

CARD = {"data": {"people": 3}, "metrics": {"psnr": 30.5}}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_headsup(place, small_network(), CARD)
    return place


def test_a_network_comes_back_as_it_was_to_half_precision(path: Path) -> None:
    network, card = load_headsup(path)
    assert card == CARD
    assert network.config == SMALL
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    before, view = small_network(), view_of_noise(1)
    with torch.no_grad():
        one, other = before(view).gaussians(0), network(view).gaussians(0)
    for name, values in one._asdict().items():
        np.testing.assert_allclose(values, getattr(other, name), atol=0.02, err_msg=name)
    stored = sum(2 * each.numel() for each in before.parameters())
    assert path.stat().st_size < 1.1 * stored + 20_000


def test_a_card_is_read_without_the_network(path: Path) -> None:
    held = read_card(path)
    assert held.config == SMALL
    assert held.card == CARD


def test_what_half_precision_cannot_hold_is_not_written(tmp_path: Path) -> None:
    network = small_network()
    with torch.no_grad():
        network.queries.learned[0, 0] = 1e6
    with pytest.raises(FileError, match="half precision"):
        save_headsup(tmp_path / "x.safetensors", network, CARD)
    assert not list(tmp_path.iterdir())


def _altered(path: Path, place: Path, **changes: object) -> Path:
    """Write the same tensors under a header that claims something else."""
    with safe_open(path, framework="pt") as file:
        said = json.loads(file.metadata()["mien-headsup"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    said["config"] |= {name: value for name, value in changes.items() if name != "version"}
    said["version"] = changes.get("version", said["version"])
    save_file(tensors, place, metadata={"mien-headsup": json.dumps(said)})
    return place


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"latent_dim": 1 << 16}, "another network"),
        ({"latent_grid": 4096}, "another network"),
        ({"encoder_widths": [65536, 65536]}, "another network"),
        ({"num_blocks": 100_000}, "another network"),
        ({"encoder_widths": [16, 32]}, "does not hold the network"),
        ({"background_dim": 32}, "does not hold the network"),
        ({"background_dim": 32, "background_texels": 1 << 20}, "another network"),
        ({"template": "nobody"}, "nobody"),
        ({"pooling": "median"}, "pooling"),
        ({"wings": 2}, "wings"),
        ({"version": 99}, "version 99"),
    ],
)
def test_claims_of_a_header_are_checked(
    path: Path, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(FileError, match=message):
        load_headsup(_altered(path, tmp_path / "x.safetensors", **changes))


def test_what_is_no_network_says_so(path: Path, tmp_path: Path, bad_files: list[BadFile]) -> None:
    for _, bad in bad_files:
        with pytest.raises(MienError):
            load_headsup(bad)
    with pytest.raises(FileError, match="no such file"):
        load_headsup(tmp_path / "nothing.safetensors")
    save_file({"x": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(FileError, match="no HeadsUp network"):
        read_card(tmp_path / "other.safetensors")
    data = path.read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(FileError, match="damaged"):
        load_headsup(tmp_path / "cut.safetensors")
