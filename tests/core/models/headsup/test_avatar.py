"""Latents as avatars: the rig under them, who they may become, and how they move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from headsup_networks import SMALL, small_network
from mien.avatar import Avatar, open_avatar
from mien.avatar.kinds.blended import blend
from mien.avatar.kinds.mien_file import save_avatar
from mien.avatar.kinds.rigged import Fitting
from mien.avatar.protocol import DEFAULT_SOFTNESS, REGIONS, Surfaced
from mien.avatar.regions import soft_masks
from mien.avatar.state import NEUTRAL, AvatarState
from mien.models.headsup.avatar import HeadsUpAvatar
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.space import PrincipalSpace
from mien.models.headsup.weights import load_headsup, save_headsup

SHAPE = (SMALL.latent_dim, SMALL.latent_grid, SMALL.latent_grid)
JAW = AvatarState.of({"jawOpen": 0.8})


@pytest.fixture(scope="module")
def decoder() -> HeadDecoder:
    return HeadDecoder(small_network(strength=0.1))


@pytest.fixture(scope="module")
def latents() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(6, *SHAPE)).astype(np.float32)


@pytest.fixture(scope="module")
def somebody(decoder: HeadDecoder, latents: np.ndarray) -> HeadsUpAvatar:
    return HeadsUpAvatar("Ada", decoder, latents[0], PrincipalSpace.of(latents))


def test_the_neutral_avatar_is_what_was_decoded(decoder: HeadDecoder, latents: np.ndarray) -> None:
    drawn = decoder.head(latents[0]).gaussians(0)
    neutral = decoder.avatar(latents[0], "Ada").neutral
    np.testing.assert_allclose(neutral.means, drawn.means.numpy(), atol=1e-6)
    np.testing.assert_array_equal(neutral.quats, drawn.quats.numpy())
    np.testing.assert_array_equal(neutral.sh, drawn.sh.numpy())


def test_layers_ride_on_one_surface(latents: np.ndarray) -> None:
    decoder = HeadDecoder(small_network(replace(SMALL, layers=2)))
    avatar = decoder.avatar(latents[0], "two layers")
    assert avatar.num_gaussians == 2 * decoder.canvas.num_texels
    drawn = decoder.head(latents[0]).gaussians(0)
    np.testing.assert_allclose(avatar.neutral.means, drawn.means.numpy(), atol=1e-6)
    assert avatar.region_weights is not None
    assert avatar.region_weights.shape == (avatar.num_gaussians, len(REGIONS))


def test_the_rig_rests_where_the_texels_are(decoder: HeadDecoder) -> None:
    """A person's shape of the template's own comes back from its texels alone."""
    template, canvas = decoder.canvas.template, decoder.canvas
    person = template.identity(0.7 * np.random.default_rng(4).normal(size=12))
    surface = canvas.binding.points(person, template.faces)
    rest = decoder.rest(surface)
    skin = template.part_vertices("skin")
    error = np.linalg.norm(rest - person, axis=1)[skin]
    moved = np.linalg.norm(person - template.neutral, axis=1)[skin]
    assert np.median(moved) > 1e-3
    # On a map of 32 texels a side; each vertex is centimetres from the next texel.
    assert np.median(error) < 0.15 * np.median(moved)


def test_eyes_stay_balls(decoder: HeadDecoder) -> None:
    template, canvas = decoder.canvas.template, decoder.canvas
    bent = canvas.points * np.float32([1.4, 0.8, 1.1])
    rest = decoder.rest(bent)
    for side, ball in enumerate(("eye_left", "eye_right")):
        vertices = template.part_vertices(ball)
        step = rest[vertices] - template.neutral[vertices]
        np.testing.assert_allclose(step, np.broadcast_to(step[0], step.shape), atol=1e-7)
        # And apart, where the head is wider.
        assert (1, -1)[side] * step[0, 0] > 0.005


def test_eyes_pivot_where_the_balls_are(decoder: HeadDecoder, latents: np.ndarray) -> None:
    avatar = decoder.avatar(latents[1], "Ada")
    template = decoder.canvas.template
    at = avatar.rig.joint_names.index("eye_left")
    shift = avatar.rig.rest - template.neutral
    expected = template.joint_positions[at] + shift[template.part_vertices("eye_left")[0]]
    np.testing.assert_allclose(avatar.rig.joint_positions[at], expected, atol=1e-5)


def test_it_is_an_avatar_like_any_other(somebody: HeadsUpAvatar) -> None:
    assert isinstance(somebody, Avatar)
    assert isinstance(somebody, Surfaced)
    assert somebody.joints == ("head", "neck", "jaw", "eyes")
    assert "jawOpen" in somebody.expression_names
    assert somebody.pose().num_gaussians == somebody.num_gaussians
    assert somebody.surface().shape == (somebody.decoder.canvas.template.num_vertices, 3)
    assert somebody.faces.max() < len(somebody.surface())
    assert somebody.latent_space is not None
    assert len(somebody.latent_space.names) == len(somebody.latent_space.standard_deviations)


def test_identities_become_other_people(somebody: HeadsUpAvatar, latents: np.ndarray) -> None:
    assert somebody.latent_space is not None
    other = somebody.latent_space.coefficients(latents[4])
    become = somebody.pose(AvatarState(identity=other - somebody.coefficients))
    themselves = somebody.decoder.avatar(latents[4], "Noor").neutral
    np.testing.assert_allclose(become.means, themselves.means, atol=1e-4)
    assert np.abs(become.means - somebody.pose().means).max() > 1e-3


def test_what_the_space_does_not_know_of_somebody_stays(
    decoder: HeadDecoder, latents: np.ndarray
) -> None:
    space = PrincipalSpace.of(latents[1:])
    stranger = HeadsUpAvatar("Noor", decoder, latents[0], space)
    nowhere = np.zeros(space.num_axes, np.float32)
    assert stranger.latent_of(nowhere) is stranger.latent
    step = nowhere.copy()
    step[1] = 0.5
    moved = stranger.latent_of(step)
    np.testing.assert_allclose(moved - latents[0], space.displacement(step), atol=1e-5)
    # A state made for somebody with fewer or more sliders still is one.
    few = stranger.latent_of(np.ones(1, np.float32))
    np.testing.assert_allclose(few - latents[0], space.displacement([1.0]), atol=1e-5)
    many = np.concatenate([nowhere, [9, 9]]).astype(np.float32)
    np.testing.assert_array_equal(stranger.latent_of(many), latents[0])


def test_the_learned_rig_adds_to_the_template_s(somebody: HeadsUpAvatar) -> None:
    plain = somebody.with_learned(False)
    assert plain.with_learned(False) is plain
    # They are one person, decoded once.
    assert plain.rigged is somebody.rigged
    np.testing.assert_array_equal(plain.pose().means, somebody.pose().means)
    by_template, learned = plain.pose(JAW), somebody.pose(JAW)
    np.testing.assert_array_equal(by_template.means, somebody.person().pose(JAW).means)
    assert np.abs(learned.means - by_template.means).max() > 1e-5
    assert np.abs(learned.sh - by_template.sh).max() > 1e-4
    assert np.abs(by_template.means - plain.pose().means).max() > 5e-3


def test_a_rig_that_learned_nothing_is_the_template_s(latents: np.ndarray) -> None:
    network = small_network()
    assert network.rig is not None
    with torch.no_grad():
        network.rig.leave.weight.zero_()
    avatar = HeadsUpAvatar("Ada", HeadDecoder(network), latents[0])
    state = JAW.replace(head_rotation=[0, 0.4, 0])
    by_template = avatar.with_learned(False).pose(state)
    np.testing.assert_allclose(avatar.pose(state).means, by_template.means, atol=1e-6)
    np.testing.assert_allclose(avatar.pose(state).quats, by_template.quats, atol=1e-6)


def test_turning_the_head_decodes_nothing_anew(
    somebody: HeadsUpAvatar, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody.pose(JAW)
    monkeypatch.setattr(HeadDecoder, "head", None)
    turned = somebody.pose(JAW.replace(head_rotation=[0, 0.5, 0]))
    assert np.abs(turned.means - somebody.pose(JAW).means).max() > 0.01
    assert somebody.pose(NEUTRAL) is somebody.pose(NEUTRAL)


def test_threads_may_pose_it_at_once(decoder: HeadDecoder, latents: np.ndarray) -> None:
    avatar = HeadsUpAvatar("Ada", decoder, latents[2], PrincipalSpace.of(latents))
    states = [AvatarState.of({"jawOpen": k / 8}, head_rotation=[0, k / 9, 0]) for k in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(avatar.pose, states))
    for state, cloud in zip(states, together, strict=True):
        # Other threads may sum in another order.
        np.testing.assert_allclose(avatar.pose(state).means, cloud.means, atol=2e-6)


def test_people_of_a_network_blend(decoder: HeadDecoder, latents: np.ndarray) -> None:
    people = [decoder.avatar(latent, f"{k}") for k, latent in enumerate(latents[:3])]
    assert {person.template for person in people} == {f"headsup/{decoder.model_id}"}
    half = blend(people, [1, 1, 0], regions={"nose": 2})
    assert half.pose(JAW).num_gaussians == people[0].num_gaussians


def test_who_keeps_the_latent_blends_as_latents(
    somebody: HeadsUpAvatar, decoder: HeadDecoder, latents: np.ndarray
) -> None:
    other = HeadsUpAvatar("Noor", decoder, latents[3])
    assert blend([somebody, other], [0, 1]) is other
    half = blend([somebody, other], [1, 3])
    assert isinstance(half, HeadsUpAvatar)
    np.testing.assert_allclose(half.latent, 0.25 * latents[0] + 0.75 * latents[3], atol=1e-6)
    mixed = blend([somebody, other], [1, 0], regions={"mouth": 1})
    assert isinstance(mixed, HeadsUpAvatar)
    moved = np.abs(mixed.latent - latents[0]).sum(axis=0)
    assert moved.max() > 0
    assert np.median(moved) == 0


def test_who_was_reconstructed_blends_by_the_latent_that_was_kept(
    tmp_path: Path, somebody: HeadsUpAvatar, decoder: HeadDecoder, latents: np.ndarray
) -> None:
    kept = Fitting(np.eye(4), "mien_head", latent=latents[2].astype(np.float16))
    save_avatar(tmp_path / "noor.avatar", decoder.avatar(latents[2], "Noor", fitting=kept))
    noor = open_avatar(tmp_path / "noor.avatar")
    half = blend([somebody, noor], [1, 1])
    assert isinstance(half, HeadsUpAvatar)
    np.testing.assert_allclose(half.latent, (latents[0] + latents[2]) / 2, atol=2e-3)
    # Without a latent they still blend, as the rigs they stand for.
    plain = decoder.avatar(latents[2], "Noor")
    middle = (somebody.pose().means + plain.pose().means) / 2
    rigs = blend([somebody, plain], [1, 1])
    assert rigs.kind == "rigged"
    np.testing.assert_allclose(rigs.pose().means, middle, atol=1e-5)


def test_who_keeps_the_latent_is_saved_as_the_rig_they_stand_for(
    tmp_path: Path, somebody: HeadsUpAvatar
) -> None:
    save_avatar(tmp_path / "ada.avatar", somebody)
    again = open_avatar(tmp_path / "ada.avatar")
    assert again.kind == "rigged"
    np.testing.assert_allclose(again.pose().means, somebody.pose().means, atol=1e-6)


def test_people_survive_being_saved(
    tmp_path: Path, decoder: HeadDecoder, latents: np.ndarray
) -> None:
    made = decoder.avatar(latents[0], "Ada")
    path = tmp_path / "ada.avatar"
    save_avatar(path, made)
    again = open_avatar(path)
    assert (again.name, again.kind, again.template) == ("Ada", "rigged", made.template)
    np.testing.assert_allclose(again.pose(JAW).means, made.pose(JAW).means, atol=1e-5)


def test_the_id_of_a_network_survives_being_saved(tmp_path: Path, network: HeadsUp) -> None:
    path = tmp_path / "network.safetensors"
    save_headsup(path, network, {})
    again = HeadDecoder(load_headsup(path)[0])
    assert again.model_id == HeadDecoder(network).model_id
    assert HeadDecoder(small_network(strength=0.2)).model_id != again.model_id


def test_latents_of_other_networks_are_refused(decoder: HeadDecoder) -> None:
    with pytest.raises(ValueError, match="a latent of this network is"):
        HeadsUpAvatar("Ada", decoder, np.zeros((3, 8, 8), np.float32))
    with pytest.raises(ValueError, match="a latent of this network is"):
        decoder.avatar(np.zeros((32, 4, 4)), "Ada")


def test_the_skin_of_regions_takes_the_tone_of_the_skin_around_them(
    somebody: HeadsUpAvatar, decoder: HeadDecoder, latents: np.ndarray
) -> None:
    other = HeadsUpAvatar("Noor", decoder, latents[3])
    regions = {"mouth": 1, "jaw": 1}
    as_mixed = blend([somebody, other], [1, 0], regions=regions, match_tone=False)
    healed = blend([somebody, other], [1, 0], regions=regions)
    assert isinstance(as_mixed, HeadsUpAvatar)
    assert isinstance(healed, HeadsUpAvatar)
    assert as_mixed.toning is None
    np.testing.assert_array_equal(healed.latent, as_mixed.latent)

    distances = decoder.average.region_distances
    assert distances is not None
    masks = soft_masks(distances, DEFAULT_SOFTNESS)
    mask = masks[:, [REGIONS.index(name) for name in regions]].sum(axis=1)
    skin = masks.sum(axis=1) > 0.9
    border, far = skin & (mask > 0.2) & (mask < 0.5), mask == 0

    def apart(who: HeadsUpAvatar, where: np.ndarray) -> float:
        return float(np.abs(who.rigged.tone - somebody.rigged.tone)[where].mean())

    assert apart(as_mixed, border) > 0.01
    assert apart(healed, border) < 0.75 * apart(as_mixed, border)
    assert apart(healed, far) <= apart(as_mixed, far) + 1e-4
    # Whom sliders move further, and whose mouth opens, keeps it.
    moved = AvatarState.of({"jawOpen": 0.6}, identity=np.array([0.5], np.float32))
    assert np.abs(healed.pose(moved).sh - as_mixed.pose(moved).sh).max() > 0.02
