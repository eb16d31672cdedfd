from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import avatar_scenes
from mien.avatar import AvatarState, open_avatar
from mien.avatar.kinds.blended import blend
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.kinds.static import StaticAvatar
from mien.avatar.rig import Rig
from mien.errors import IncompatibleAvatars
from mien.gaussians.cloud import SH_C0

TALKING = AvatarState.of({"jawOpen": 0.7}, head_rotation=[0.1, 0.4, 0])


def people(count: int = 3, num_gaussians: int | None = 600) -> list[RiggedAvatar]:
    """Avatars on one grid, each with a face of its own."""
    random = np.random.default_rng(5)
    made: list[RiggedAvatar] = []
    for seed in range(count):
        rig = avatar_scenes.rig()
        bump = random.normal(size=rig.rest.shape).astype(np.float32) * 0.002
        rig = rig.replace(rest=rig.rest + bump, joint_positions=rig.joint_positions + 0.001 * seed)
        base = avatar_scenes.avatar(num_gaussians=num_gaussians)
        bound = avatar_scenes.avatar(seed=seed, num_gaussians=num_gaussians).gaussians
        bound = replace(bound, binding=base.gaussians.binding)
        made.append(replace(base, name=f"person {seed}", rig=rig, gaussians=bound))
    return made


def test_whole_weight_is_that_avatar_itself() -> None:
    avatars = people()
    assert blend(avatars, [0, 3, 0]) is avatars[1]
    assert blend(avatars, [0, 1, 0], regions={"eyes": 1}) is avatars[1]
    assert blend(avatars[:1], [1]) is avatars[0]


def test_neutral_blends_linearly_and_rigs_with_it() -> None:
    avatars = people()
    mixed = blend(avatars, [1, 2, 1])
    assert isinstance(mixed, RiggedAvatar)
    shares = (0.25, 0.5, 0.25)
    for name in ("means", "log_scales", "logit_opacities", "sh"):
        parts = [s * getattr(a.neutral, name) for s, a in zip(shares, avatars, strict=True)]
        np.testing.assert_allclose(getattr(mixed.neutral, name), sum(parts), atol=1e-6)
    parts = [s * a.rig.joint_positions for s, a in zip(shares, avatars, strict=True)]
    np.testing.assert_allclose(mixed.rig.joint_positions, sum(parts), atol=1e-6)
    assert mixed.expression_names == avatars[0].expression_names
    assert mixed.template == "grid"


def test_an_avatar_with_no_weight_does_not_matter() -> None:
    avatars = people()
    a = blend(avatars, [1, 1, 0]).pose(TALKING)
    b = blend(avatars[:2], [0.5, 0.5]).pose(TALKING)
    assert a.means.tobytes() == b.means.tobytes()
    assert a.quats.tobytes() == b.quats.tobytes()


def test_a_blend_of_equals_is_their_equal() -> None:
    avatars = [
        avatar_scenes.avatar("a", num_gaussians=300),
        avatar_scenes.avatar("b", num_gaussians=300),
    ]
    mixed, one = blend(avatars, [0.3, 0.7]).pose(TALKING), avatars[0].pose(TALKING)
    np.testing.assert_allclose(mixed.means, one.means, atol=1e-7)
    np.testing.assert_allclose(mixed.log_scales, one.log_scales, atol=1e-5)


def test_blends_can_be_blended_again() -> None:
    avatars = people()
    half = blend(avatars[:2], [1, 1])
    twice = blend([half, avatars[2]], [2, 1])
    flat = blend(avatars, [1, 1, 1])
    np.testing.assert_allclose(twice.pose().means, flat.pose().means, atol=1e-6)


@pytest.mark.parametrize("num_gaussians", [None, 600])
def test_regions_come_from_their_owner_and_the_rest_from_the_blend(
    num_gaussians: int | None,
) -> None:
    avatars = people(num_gaussians=num_gaussians)
    mixed = blend(avatars, [1, 1, 0], regions={"eyes": 2}, softness=0.004, match_tone=False)
    plain = blend(avatars, [1, 1, 0])
    heights = avatars[0].gaussians.binding.points(avatars[0].rig.rest, avatars[0].rig.faces)[:, 1]
    inside, outside = heights > 0.042, heights < 0.005
    owner = avatars[2].neutral
    np.testing.assert_allclose(mixed.pose().means[inside], owner.means[inside], atol=1e-6)
    np.testing.assert_allclose(mixed.pose().sh[inside], owner.sh[inside], atol=1e-5)
    np.testing.assert_allclose(mixed.pose().means[outside], plain.pose().means[outside], atol=1e-6)


def test_a_softer_border_is_wider() -> None:
    avatars = people()

    def mixed_places(softness: float) -> int:
        taken = blend(
            avatars, [1, 0, 0], regions={"eyes": 2}, softness=softness, match_tone=False
        ).pose()
        first, other = avatars[0].neutral, avatars[2].neutral
        apart = np.linalg.norm(first.sh - other.sh, axis=(1, 2))
        share = np.linalg.norm(taken.sh - first.sh, axis=(1, 2)) / apart
        return int(np.count_nonzero((share > 0.02) & (share < 0.98)))

    assert mixed_places(0.001) < mixed_places(0.02) < mixed_places(0.05)


def test_a_region_takes_the_tone_of_the_skin_around_it() -> None:
    """Pale skin with a dark spot, set into brown skin, becomes brown skin with a darker spot."""
    pale, brown = np.float32([0.9, 0.8, 0.7]), np.float32([0.4, 0.25, 0.15])
    heights = avatar_scenes.grid()[0][:, 1]
    spot = (heights > 0.045) & (np.abs(avatar_scenes.grid()[0][:, 0]) < 0.015)

    def colored(name: str, colors: np.ndarray) -> RiggedAvatar:
        base = avatar_scenes.avatar(name)
        sh = ((colors - 0.5) / SH_C0)[:, None].astype(np.float32)
        return replace(base, gaussians=replace(base.gaussians, sh=sh))

    owner = colored("pale", np.where(spot[:, None], 0.2 * pale, pale))
    avatars = [colored("brown", np.tile(brown, (169, 1))), owner]
    toned = blend(avatars, [1, 0], regions={"eyes": 1}, softness=0.004).pose().base_colors
    skin = (heights > 0.025) & (heights < 0.038)
    np.testing.assert_allclose(toned[skin], np.tile(brown, (skin.sum(), 1)), atol=0.06)
    np.testing.assert_allclose(
        toned[heights < 0], np.tile(brown, ((heights < 0).sum(), 1)), atol=1e-5
    )
    assert toned[spot].mean() < 0.5 * brown.mean()


def test_eyeballs_keep_their_colours() -> None:
    points, faces = avatar_scenes.grid()
    ball = points * 0.2 + np.float32([0, 0.05, 0.01])
    rig = Rig.from_dense(
        np.concatenate([points, ball]), np.concatenate([faces, faces + len(points)])
    )
    bases = [avatar_scenes.avatar(name, own_rig=rig, seed=seed) for seed, name in enumerate("ab")]
    taken = blend(bases, [1, 0], regions={"eyes": 1}).pose()
    np.testing.assert_allclose(
        taken.sh[len(points) :], bases[1].neutral.sh[len(points) :], atol=1e-6
    )


def test_shapes_that_differ_are_united() -> None:
    points, _ = avatar_scenes.grid()
    lift, pull = np.float32([[0, 0.004, 0]]), np.where(points[:, :1] > 0, [[0.006, 0, 0]], 0)
    a = avatar_scenes.avatar(
        "a", own_rig=avatar_scenes.rig({"jawOpen": -lift, "browInnerUp": lift})
    )
    b = avatar_scenes.avatar(
        "b", own_rig=avatar_scenes.rig({"mouthLeft": pull, "jawOpen": -2 * lift})
    )
    mixed = blend([a, b], [1, 3])
    assert mixed.expression_names == ("jawOpen", "browInnerUp", "mouthLeft")
    for name in mixed.expression_names:
        state = AvatarState.of({name: 1})
        parts = [a.surface(state) - a.rig.rest, b.surface(state) - b.rig.rest]
        moved = mixed.surface(state) - mixed.rig.rest
        np.testing.assert_allclose(moved, 0.25 * parts[0] + 0.75 * parts[1], atol=1e-7)


def test_what_does_not_correspond_is_refused_with_the_reason() -> None:
    one = avatar_scenes.avatar("Ann")
    for other, reason in (
        (replace(one, name="Bob", template=None), "Bob is not built on a shared template"),
        (replace(one, name="Bob", template="lam"), "built on grid, the other on lam"),
        (avatar_scenes.avatar("Bob", num_gaussians=10), "169 Gaussians against 10"),
        (StaticAvatar("Bob", one.neutral, template="grid"), "one is rigged, the other static"),
        (replace(one, rig=one.rig.replace(faces=one.rig.faces[::-1])), "different triangles"),
        (replace(one, rig=one.rig.replace(joint_names=("root", "head", "jaw"))), "skeletons"),
    ):
        with pytest.raises(IncompatibleAvatars, match=reason):
            blend([one, other], [1, 1])
    nowhere = [replace(one, region_weights=None), replace(one, name="Bob", region_weights=None)]
    with pytest.raises(IncompatibleAvatars, match="face regions of Ann are not known"):
        blend(nowhere, [1, 0], regions={"eyes": 1})
    with pytest.raises(ValueError, match="no region 'tail'"):
        blend([one, one], [1, 1], regions={"tail": 0})
    with pytest.raises(ValueError, match="avatar 2 of 2"):
        blend([one, one], [1, 1], regions={"eyes": 2})


def test_static_avatars_blend_where_they_share_a_template() -> None:
    weights = avatar_scenes.regions(avatar_scenes.grid()[0])
    clouds = [avatar_scenes.cloud(avatar_scenes.grid()[0], seed) for seed in range(2)]
    both = [StaticAvatar(f"s{k}", cloud, "t", weights) for k, cloud in enumerate(clouds)]
    mixed = blend(both, [1, 1])
    assert isinstance(mixed, StaticAvatar)
    np.testing.assert_allclose(mixed.pose().means, clouds[0].means, atol=1e-7)
    eyes = blend(both, [1, 0], regions={"eyes": 1}).pose()
    top = weights[:, 0] == 1
    np.testing.assert_array_equal(eyes.sh[top], clouds[1].sh[top])
    np.testing.assert_array_equal(eyes.sh[~top], clouds[0].sh[~top])


def test_real_people_blend_without_tearing(shared_data: Path) -> None:
    names = ("p2-1", "james", "status")
    avatars = [open_avatar(shared_data / "lam" / f"{name}.zip") for name in names]
    mixed = blend(avatars, [1, 1, 1], regions={"eyes": 0, "mouth": 1})
    posed = mixed.pose(TALKING)
    for values in (posed.means, posed.quats, posed.log_scales, posed.sh):
        assert np.isfinite(values).all()
    everybody = np.stack([avatar.pose(TALKING).means for avatar in avatars])
    low, high = everybody.min(axis=0) - 0.004, everybody.max(axis=0) + 0.004
    assert ((posed.means >= low) & (posed.means <= high)).all(axis=1).mean() > 0.995
