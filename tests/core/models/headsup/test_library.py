"""Libraries of identities: who is in them, who is nearest, and what files may claim."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from headsup_networks import SMALL, small_network
from mien.avatar import open_avatar
from mien.errors import FileError
from mien.models.headsup.avatar import HeadsUpAvatar
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.flow import FlowConfig
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.library_file import load_library, save_library
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.opened import open_identities, open_network
from mien.models.headsup.prior_training import train_flow
from mien.models.headsup.weights import save_headsup

ADA = {"name": "Ada", "training": True, "attributes": {}}
SHAPE = (SMALL.latent_dim, SMALL.latent_grid, SMALL.latent_grid)


@pytest.fixture(scope="module")
def latents() -> np.ndarray:
    """Return 12 people who differ in three ways, one much more than the others."""
    rng = np.random.default_rng(0)
    ways = rng.normal(size=(3, *SHAPE))
    places = rng.normal(size=(12, 3)) * [1.0, 0.4, 0.2]
    return np.tensordot(places, ways, 1).astype(np.float32)


@pytest.fixture(scope="module")
def library(network: HeadsUp, latents: np.ndarray) -> IdentityLibrary:
    model = HeadDecoder(network).model_id
    told = [{"age_years": 30.0 + k, "hair_style": "bob" if k % 2 else "bald"} for k in range(12)]
    names = [f"person {k}" for k in range(12)]
    made = IdentityLibrary.of(model, "small.safetensors", latents, names, attributes=told)
    made = made.with_person(
        "Ada", latents[3], attributes=told[3], training=True, thumbnail=b"\xff\xd8picture"
    )
    unseen = latents[0] + np.random.default_rng(1).normal(0, 0.3, SHAPE).astype(np.float32)
    made = made.with_person("Noor", unseen, whole=True)
    prior = train_flow(made.known, config=FlowConfig(width=16, depth=1, steps=5))
    return replace(made, prior=prior)


@pytest.fixture
def stored(tmp_path: Path, library: IdentityLibrary, network: HeadsUp) -> Path:
    path = tmp_path / "people.identities"
    save_library(path, library)
    save_headsup(tmp_path / "small.safetensors", network, {})
    return path


def test_people_are_found_again(library: IdentityLibrary, latents: np.ndarray) -> None:
    ada, noor = library.people
    assert (ada.name, ada.training, noor.training) == ("Ada", True, False)
    np.testing.assert_allclose(library.latent(ada), latents[3], atol=1e-3)
    # Whoever is kept whole keeps what the space does not know.
    flat = library.space.latent(noor.coefficients)
    assert np.abs(library.latent(noor) - flat).mean() > 0.1


def test_the_nearest_training_person_is_found(
    library: IdentityLibrary, latents: np.ndarray
) -> None:
    space = library.space
    (name, distance), *_ = library.nearest(space.coefficients(latents[7]))
    assert name == "person 7"
    assert distance == pytest.approx(0, abs=1e-3)
    between = space.coefficients(0.8 * latents[2] + 0.2 * latents[5])
    assert library.nearest(between)[0][0] == "person 2"
    three = library.nearest(between, count=3)
    assert [d for _, d in three] == sorted(d for _, d in three)


def test_distances_are_as_people_differ(library: IdentityLibrary, latents: np.ndarray) -> None:
    pairs = [library.nearest(library.space.coefficients(one), count=12)[1:] for one in latents]
    squares = [distance**2 for pair in pairs for _, distance in pair]
    assert np.mean(squares) == pytest.approx(1, rel=0.05)


def test_files_keep_everything(stored: Path, library: IdentityLibrary) -> None:
    again = load_library(stored)
    assert again.source == stored
    assert (again.model, again.network) == (library.model, library.network)
    assert [p.name for p in again.people] == ["Ada", "Noor"]
    assert again.people[0].attributes == {"age_years": 33.0, "hair_style": "bob"}
    assert again.people[0].thumbnail == b"\xff\xd8picture"
    assert again.known_names == library.known_names
    for one, two in zip(library.people, again.people, strict=True):
        np.testing.assert_allclose(library.latent(one), again.latent(two), atol=5e-3)
    assert library.directions is not None
    assert again.directions is not None
    assert again.directions.names == library.directions.names
    np.testing.assert_array_equal(again.directions.directions, library.directions.directions)
    assert again.prior is not None
    assert again.prior.people(np.random.default_rng(0), 2).shape == (2, again.space.num_axes)


def test_compact_files_are_half_as_large(tmp_path: Path, library: IdentityLibrary) -> None:
    whole, compact = tmp_path / "whole.identities", tmp_path / "compact.identities"
    plain = replace(library, prior=None, directions=None)
    save_library(whole, plain)
    save_library(compact, plain, compact=True)
    half, small = (load_file(path) for path in (whole, compact))
    assert small["space.axes"].nbytes * 2 == half["space.axes"].nbytes
    assert small["latent.1"].nbytes * 2 == half["latent.1"].nbytes
    again = load_library(compact)
    for one, two in zip(library.people, again.people, strict=True):
        held = library.latent(one)
        assert np.abs(held - again.latent(two)).max() < 0.02 * np.abs(held).max()
        assert two.latent is None or two.latent.dtype == np.float16


@pytest.mark.parametrize("steps", [np.ones(3, np.float32), np.full((3, 32), np.nan, np.float32)])
def test_steps_that_do_not_fit_are_one_clear_error(
    tmp_path: Path, library: IdentityLibrary, steps: np.ndarray
) -> None:
    path = tmp_path / "compact.identities"
    save_library(path, library, compact=True)
    tensors = load_file(path)
    with safe_open(path, framework="numpy") as file:
        said = file.metadata()
    save_file({**tensors, "space.axes.steps": steps}, path, metadata=said)
    with pytest.raises(FileError, match=r"space\.axes"):
        load_library(path)


def test_a_library_opens_as_an_avatar_who_may_become_anybody(stored: Path) -> None:
    avatar = open_avatar(stored)
    assert isinstance(avatar, HeadsUpAvatar)
    assert (avatar.name, avatar.kind, avatar.source) == ("Ada", "headsup", stored)
    assert avatar.latent_space is not None
    held = open_identities(stored)
    noor = held.avatar(held.library.people[1])
    assert noor.name == "Noor"
    # The same file gives the same network, so that people share it.
    assert noor.decoder is avatar.decoder is open_network(stored.parent / "small.safetensors")


def test_an_empty_library_shows_the_mean(tmp_path: Path, stored: Path) -> None:
    empty = replace(load_library(stored), people=())
    save_library(stored, empty)
    avatar = open_identities(stored).avatar()
    assert avatar.name == "mean"


def test_a_library_without_its_network_says_so(stored: Path) -> None:
    (stored.parent / "small.safetensors").unlink()
    with pytest.raises(FileError, match=r"needs its network small\.safetensors"):
        open_avatar(stored)


def test_a_library_of_another_network_is_refused(stored: Path) -> None:
    other = small_network(strength=0.2)
    save_headsup(stored.parent / "small.safetensors", other, {})
    with pytest.raises(FileError, match="of another network"):
        open_avatar(stored)


def _rewritten(path: Path, changes: dict[str, Any], header: dict[str, Any] | None = None) -> None:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        said = json.loads(file.metadata()["mien-identities"])
    tensors = load_file(path) | changes
    save_file(tensors, path, metadata={"mien-identities": json.dumps(said | (header or {}))})


@pytest.mark.parametrize(
    ("changes", "header", "words"),
    [
        ({"space.scales": np.ones(2, np.float32)}, {}, "does not fit axes"),
        ({"known": np.zeros((3, 3), np.float32)}, {}, "people do not fit"),
        ({"known": np.full((12, 3), np.nan, np.float32)}, {}, "not all numbers"),
        ({"directions.gradients": np.zeros((1, 1), np.float32)}, {}, "attributes do not fit"),
        ({"latent.1": np.zeros((2, 2), np.float16)}, {}, "latent of Noor"),
        ({"latent.1": np.full(SHAPE, np.nan, np.float16)}, {}, "not all numbers"),
        ({"latent.1": np.full(SHAPE, 1e9, np.float32)}, {}, "not all numbers"),
        ({"known": np.full((12, 3), 1e300)}, {}, "not all numbers"),
        ({"space.scales": np.zeros(3, np.float32)}, {}, "space is none"),
        ({"thumbnail.0": np.full(9, np.nan, np.float32)}, {}, "picture of Ada"),
        ({"prior.flow.layers.1.0.weight": np.zeros((32, 16), np.float16)}, {}, "flow's numbers"),
        ({"prior.flow.enter.weight": np.zeros((0, 10**9), np.float16)}, {}, "flow's"),
        ({}, {"version": 9}, "of version 9"),
        ({}, {"people": 5}, "damaged library"),
        ({}, {"people": [ADA, ADA | {"attributes": {"hair": ["a"]}}]}, "neither a word"),
        ({}, {"prior": {"config": {"width": 10**9}, "names": [], "size": 3}}, "damaged library"),
    ],
)
def test_claims_that_are_not_true_are_one_clear_error(
    stored: Path, changes: dict[str, Any], header: dict[str, Any], words: str
) -> None:
    _rewritten(stored, changes, header)
    with pytest.raises(FileError, match=words):
        load_library(stored)


def test_damaged_files_are_one_clear_error(stored: Path, tmp_path: Path) -> None:
    whole = stored.read_bytes()
    for bad in (whole[:100], b"", b"\x00" * 64, whole[: len(whole) // 2]):
        stored.write_bytes(bad)
        with pytest.raises(FileError, match="damaged"):
            load_library(stored)
    with pytest.raises(FileError, match="no such file"):
        load_library(tmp_path / "nowhere.identities")
    with pytest.raises(FileError, match="no library of identities"):
        load_library(tmp_path / "small.safetensors")
