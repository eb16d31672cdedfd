"""The demo that ships: people that correspond, move well and blend; a track that loops."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.avatar import open_avatar
from mien.avatar.kinds.blended import blend
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.state import AvatarState
from mien.camera import Camera
from mien.driving.files import open_track
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.protocol import Renderer
from mien.rendering.selection import make_renderer
from mien.resources import resource
from mien.template.arkit import ARKIT_NAMES
from mien.template.sources.mien_head import mien_head

LISTING = json.loads(resource("demo/demo.json").read_text(encoding="utf-8"))
FILES = [entry["file"] for entry in LISTING["people"]]
BLINK = AvatarState.of({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})


def path_of(file: str) -> Path:
    return resource(f"demo/{file}")


@pytest.fixture(scope="module")
def people() -> list[RiggedAvatar]:
    opened = [open_avatar(path_of(file)) for file in FILES]
    assert all(isinstance(avatar, RiggedAvatar) for avatar in opened)
    return [avatar for avatar in opened if isinstance(avatar, RiggedAvatar)]


@pytest.fixture(scope="module")
def renderer() -> Any:
    made = make_renderer("cpu")
    yield made
    made.close()


def camera(yaw: float, *, distance: float = 1.3, height: float = -0.03, fov: float = 20) -> Camera:
    turn = np.radians(yaw)
    target = np.array([0.0, height, 0.0])
    eye = target + distance * np.array([np.sin(turn), 0.0, np.cos(turn)])
    return Camera.looking_at(eye, target, size=(240, 240), fov_y=np.radians(fov))


def without(cloud: GaussianCloud, avatar: RiggedAvatar, *parts: str) -> GaussianCloud:
    head = mien_head()
    hidden = [head.part_names.index(part) for part in parts]
    part_of = head.face_parts[avatar.gaussians.binding.triangles]
    return cloud.take(~np.isin(part_of, hidden))


def test_listing_names_everything_that_lies_there() -> None:
    assert len(FILES) >= 5
    assert LISTING["default"] in {entry["name"] for entry in LISTING["people"]}
    assert all(entry["description"] for entry in LISTING["people"])
    folder = resource("demo")
    assert sorted(path.name for path in folder.glob("*.avatar")) == sorted(FILES)
    assert (folder / LISTING["track"]).is_file()


def test_files_are_small() -> None:
    sizes = [path_of(file).stat().st_size for file in FILES]
    assert max(sizes) < 1_500_000
    assert sum(sizes) <= 8_000_000


def test_people_obey_everything(people: list[RiggedAvatar]) -> None:
    for avatar, entry in zip(people, LISTING["people"], strict=True):
        assert avatar.name == entry["name"]
        assert avatar.template == "mien_head"
        assert avatar.expression_names == ARKIT_NAMES
        assert avatar.joints == ("head", "neck", "jaw", "eyes")
        assert avatar.region_weights is not None
        assert 20_000 <= avatar.num_gaussians <= 45_000


def test_gaussians_correspond(people: list[RiggedAvatar]) -> None:
    first = people[0].gaussians.binding
    for other in people[1:]:
        np.testing.assert_array_equal(other.gaussians.binding.triangles, first.triangles)
        np.testing.assert_array_equal(other.gaussians.binding.barycentric, first.barycentric)


def test_people_differ(people: list[RiggedAvatar]) -> None:
    for one, other in itertools.combinations(people, 2):
        here, there = one.neutral, other.neutral
        assert np.abs(here.base_colors - there.base_colors).mean() > 0.03
        assert np.linalg.norm(one.rig.rest - other.rig.rest, axis=1).mean() > 0.001


@pytest.mark.parametrize("yaw", [0, 45, 90, 180])
def test_heads_have_no_holes(people: list[RiggedAvatar], renderer: Renderer, yaw: int) -> None:
    for avatar in people:
        alpha = renderer.render(avatar.neutral, camera(yaw)).alpha
        inside = alpha > 0.5
        for _ in range(7):  # Away from the silhouette, which is soft.
            inside = (
                inside
                & np.roll(inside, 1, 0)
                & np.roll(inside, -1, 0)
                & np.roll(inside, 1, 1)
                & np.roll(inside, -1, 1)
            )
        assert inside.sum() > 4_000
        assert np.percentile(alpha[inside], 0.5) > 0.97, avatar.name


def test_closed_lids_hide_the_eyes(people: list[RiggedAvatar], renderer: Renderer) -> None:
    view = camera(0, height=0.0, fov=7)
    eyes = ("eye_left", "eye_right")

    def shown(avatar: RiggedAvatar, state: AvatarState) -> float:
        cloud = avatar.pose(state)
        full = renderer.render(cloud, view).rgb
        blind = renderer.render(without(cloud, avatar, *eyes), view).rgb
        return float(np.abs(full - blind).sum())

    for avatar in people:
        assert shown(avatar, BLINK) < 0.04 * shown(avatar, AvatarState()), avatar.name


def test_mouths_open(people: list[RiggedAvatar]) -> None:
    head = mien_head()
    upper, lower = (head.landmarks[f"lip_inner_{lip}_middle"] for lip in ("upper", "lower"))
    for avatar in people:
        surface = avatar.surface(AvatarState.of({"jawOpen": 1.0}))
        assert surface[upper, 1] - surface[lower, 1] > 0.015
        smile = avatar.surface(AvatarState.of({"mouthSmileLeft": 1.0}))
        corner = head.landmarks["lip_left_corner"]
        assert smile[corner, 1] - avatar.rig.rest[corner, 1] > 0.004


def test_every_expression_keeps_gaussians_together(people: list[RiggedAvatar]) -> None:
    avatar = people[0]
    rest = avatar.neutral.means
    for name in ARKIT_NAMES:
        means = avatar.pose(AvatarState.of({name: 1.0})).means
        assert np.isfinite(means).all()
        assert np.linalg.norm(means - rest, axis=1).max() < 0.06, name


def test_people_blend(people: list[RiggedAvatar], renderer: Renderer) -> None:
    mixed = blend(people, np.ones(len(people)))
    frame = renderer.render(mixed.pose(AvatarState.of({"jawOpen": 0.4})), camera(20))
    assert np.isfinite(frame.rgb).all()
    assert frame.alpha[110:130, 110:130].min() > 0.95


def test_performance_is_alive_and_loops() -> None:
    track = open_track(resource(f"demo/{LISTING['track']}"))
    assert track.names == ARKIT_NAMES
    assert track.rate == pytest.approx(30, abs=0.01)
    assert track.duration + 1 / 30 == pytest.approx(12, abs=0.01)
    assert track.seen.all()
    assert 0 <= track.weights.min() <= track.weights.max() <= 1
    steps = np.abs(np.diff(track.weights, axis=0)).max(axis=0)
    seam = np.abs(track.weights[0] - track.weights[-1])
    assert (seam <= np.maximum(steps, 0.01)).all()
    lids = track.weights[:, ARKIT_NAMES.index("eyeBlinkLeft")]
    assert 4 <= np.count_nonzero((lids[1:] > 0.9) & (lids[:-1] <= 0.9)) <= 8
    for name in ("mouthSmileLeft", "jawOpen", "browInnerUp", "eyeLookOutLeft", "mouthPucker"):
        assert track.weights[:, ARKIT_NAMES.index(name)].max() > 0.25, name
    assert track.head_pose is not None
    rotations = track.head_pose[:, :3, :3]
    turned = np.swapaxes(rotations, 1, 2) @ np.roll(rotations, -1, axis=0)
    degrees = np.degrees(np.arccos(np.clip((np.trace(turned, axis1=1, axis2=2) - 1) / 2, -1, 1)))
    # Round the loop, its seam included: no frame turns the head by more than a calm person does.
    assert 0.1 < degrees.max() < 1.5
