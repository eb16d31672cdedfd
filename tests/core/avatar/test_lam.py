"""The real LAM avatars, and what becomes of broken ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.avatar import AvatarState, open_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.protocol import REGIONS
from mien.errors import FileError
from mien.gaussians.files.formats.gaussian_ply import cloud_from_ply
from mien.gltf import GltfFile
from mien.template.arkit import ARKIT_NAMES

NAMES = ("p2-1", "james", "status")


@pytest.fixture(scope="module")
def avatars(shared_data: Path) -> dict[str, RiggedAvatar]:
    opened = {name: open_avatar(shared_data / "lam" / f"{name}.zip") for name in NAMES}
    assert all(isinstance(avatar, RiggedAvatar) for avatar in opened.values())
    return opened  # type: ignore[return-value]


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if "__MACOSX" not in n and not n.endswith("/")]
        return {Path(name).name: archive.read(name) for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_neutral_is_what_the_files_say(
    name: str, avatars: dict[str, RiggedAvatar], shared_data: Path
) -> None:
    parts = members(shared_data / "lam" / f"{name}.zip")
    skin = GltfFile.parse(parts["skin.glb"], "skin.glb")
    offsets = cloud_from_ply(parts["offset.ply"], "offset.ply")
    neutral = avatars[name].pose()
    rest = skin.accessor(0, width="VEC3")
    np.testing.assert_allclose(neutral.means, rest + offsets.means, atol=3e-7)
    np.testing.assert_allclose(neutral.base_colors, offsets.sh[:, 0], atol=1e-6)
    for same in ("quats", "log_scales", "logit_opacities"):
        np.testing.assert_array_equal(getattr(neutral, same), getattr(offsets, same))


def test_all_three_stand_on_one_template(avatars: dict[str, RiggedAvatar]) -> None:
    assert {avatar.template for avatar in avatars.values()} == {"lam-20018"}
    for name, avatar in avatars.items():
        assert avatar.name == name
        assert avatar.joints == ("head", "neck")
        assert set(avatar.expression_names) == set(ARKIT_NAMES) - {"tongueOut"}
        np.testing.assert_array_equal(avatar.region_weights, avatars["james"].region_weights)


@pytest.mark.parametrize("name", NAMES)
def test_morph_targets_are_those_of_the_file(
    name: str, avatars: dict[str, RiggedAvatar], shared_data: Path
) -> None:
    skin = GltfFile.parse(members(shared_data / "lam" / f"{name}.zip")["skin.glb"], "skin.glb")
    mesh = skin.entry("meshes", 0)
    avatar = avatars[name]
    for expression in ("jawOpen", "eyeBlinkLeft", "mouthPucker"):
        target = mesh["primitives"][0]["targets"][mesh["extras"]["targetNames"].index(expression)]
        deltas = skin.accessor(target["POSITION"], width="VEC3")
        moved = avatar.surface(AvatarState.of({expression: 0.5})) - avatar.rig.rest
        np.testing.assert_allclose(moved, 0.5 * deltas, atol=3e-7)


@pytest.mark.parametrize("name", NAMES)
def test_a_turned_head_leaves_the_bust_and_tears_nothing(
    name: str, avatars: dict[str, RiggedAvatar]
) -> None:
    avatar = avatars[name]
    neutral = avatar.neutral
    seen = neutral.opacities > 0.05
    for rotation in ([0, 0.6, 0], [0, -0.6, 0], [0.4, 0, 0], [0, 0, 0.35]):
        posed = avatar.pose(AvatarState(head_rotation=rotation))
        moved = np.linalg.norm(posed.means - neutral.means, axis=1)
        assert np.median(moved[seen & (neutral.means[:, 1] < 1.48)]) < 0.004
        assert np.median(moved[seen & (neutral.means[:, 1] > 1.65)]) > 0.02
        # Neighbours on the surface stay neighbours: no edge is torn to several times its length.
        surface, rest = avatar.surface(AvatarState(head_rotation=rotation)), avatar.rig.rest
        ends = avatar.rig.faces[:, [0, 1]]
        lengths = [np.linalg.norm(p[ends[:, 0]] - p[ends[:, 1]], axis=1) for p in (rest, surface)]
        assert np.quantile(lengths[1] / np.maximum(lengths[0], 1e-4), 0.999) < 2.2


def test_expressions_move_the_regions_they_belong_to(avatars: dict[str, RiggedAvatar]) -> None:
    avatar = avatars["p2-1"]
    regions = avatar.region_weights
    assert regions is not None
    for expression, region, other in (
        ("eyeBlinkLeft", "eyes", "mouth"),
        ("mouthPucker", "mouth", "eyes"),
        ("browInnerUp", "brows", "mouth"),
        ("noseSneerLeft", "nose", "ears"),
    ):
        posed = avatar.pose(AvatarState.of({expression: 1}))
        moved = np.linalg.norm(posed.means - avatar.neutral.means, axis=1)
        share = {r: (moved * regions[:, REGIONS.index(r)]).sum() for r in (region, other)}
        assert share[region] > 20 * share[other]
    closing = avatar.pose(AvatarState.of({"jawOpen": 1}))
    jaw = regions[:, REGIONS.index("jaw")] > 0.9
    assert (closing.means - avatar.neutral.means)[jaw, 1].mean() < -0.01


def test_every_place_belongs_to_a_region(avatars: dict[str, RiggedAvatar]) -> None:
    regions = avatars["james"].region_weights
    assert regions is not None
    np.testing.assert_allclose(regions.sum(axis=1), 1, atol=1e-5)
    assert (regions.max(axis=0) > 0.99).all()


def truncate_ply(parts: dict[str, bytes]) -> None:
    parts["offset.ply"] = parts["offset.ply"][:50_000]


def lie_in_ply(parts: dict[str, bytes]) -> None:
    parts["offset.ply"] = parts["offset.ply"].replace(b"vertex 20018", b"vertex 999999999999")


def shorten_ply(parts: dict[str, bytes]) -> None:
    parts["offset.ply"] = parts["offset.ply"].replace(b"vertex 20018", b"vertex 20000")


def poison_ply(parts: dict[str, bytes]) -> None:
    parts["offset.ply"] = parts["offset.ply"][:-200] + b"\xff" * 200


def truncate_skin(parts: dict[str, bytes]) -> None:
    parts["skin.glb"] = parts["skin.glb"][:100_000]


def fake_skin(parts: dict[str, bytes]) -> None:
    parts["skin.glb"] = b"glTF" + bytes(100)


def rename_targets(parts: dict[str, bytes]) -> None:
    parts["skin.glb"] = parts["skin.glb"].replace(b'"targetNames"', b'"targetNamez"')


def poison_skin(parts: dict[str, bytes]) -> None:
    parts["skin.glb"] = parts["skin.glb"][:-3_500_000] + b"\xff" * 3_500_000


def drop_skin(parts: dict[str, bytes]) -> None:
    del parts["skin.glb"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (truncate_ply, "truncated"),
        (lie_in_ply, "claims"),
        (shorten_ply, "20000 Gaussians for the 20018 vertices"),
        (poison_ply, "not numbers"),
        (truncate_skin, "cut off"),
        (fake_skin, "version 0"),
        (rename_targets, "no names"),
        (poison_skin, "skin.glb"),
        (drop_skin, "no LAM avatar: it has no skin.glb"),
    ],
)
def test_a_broken_archive_gives_one_clear_line(
    damage: Callable[[dict[str, bytes]], None], reason: str, shared_data: Path, tmp_path: Path
) -> None:
    parts = members(shared_data / "lam" / "p2-1.zip")
    damage(parts)
    path = tmp_path / "broken.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("skin.glb", "offset.ply"):
            if name in parts:
                archive.writestr(f"person/{name}", parts[name])
    with pytest.raises(FileError, match=reason) as caught:
        open_avatar(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
