"""Rigs, lights and backdrops: where they are and what a wrong name says."""

from __future__ import annotations

import numpy as np
import pytest

from mien.capture.synthetic.backdrops import BACKDROPS, backdrop_named
from mien.capture.synthetic.lights import LIGHTS, Lamp, Light, light_named
from mien.capture.synthetic.rigs import RIGS, TARGET, CameraRig, camera_rig
from mien.errors import MienError

CORNERS = np.array(
    [
        [0.12, 0.1, -0.02],
        [-0.12, 0.1, -0.02],
        [0.0, 0.185, -0.03],
        [0.0, 0.1, -0.16],
        [0.0, -0.14, 0.05],
    ]
)
"""What no picture may cut off: the largest hair's sides, top and back, the throat."""


@pytest.mark.parametrize("rig", RIGS.values(), ids=lambda rig: rig.name)
@pytest.mark.parametrize("size", [(384, 384), (300, 440), (640, 360)])
@pytest.mark.parametrize("jitter", [None, 3])
def test_every_camera_frames_the_head(
    rig: CameraRig, size: tuple[int, int], jitter: int | None
) -> None:
    cameras = rig.cameras(size, jitter=jitter)
    assert len({held.name for held in cameras}) == len(cameras) == rig.num_cameras
    for held in cameras:
        assert held.camera.size == size
        pixels, depths = held.camera.project(CORNERS)
        assert (depths > 0.5).all()
        assert (pixels > 0).all()
        assert (pixels < size).all()


def test_names_counts_and_splits() -> None:
    counts = {name: rig.num_cameras for name, rig in RIGS.items()}
    assert counts == {"ring16": 16, "dome24": 24, "dome40": 40, "single": 1}
    for name, held_out in (("ring16", 4), ("dome24", 4), ("dome40", 6), ("single", 0)):
        splits = [held.split for held in RIGS[name].cameras((64, 64))]
        assert splits.count("test") == held_out
        assert splits.count("train") == len(splits) - held_out


def test_held_out_cameras_are_spread_among_the_others() -> None:
    for name in ("dome24", "dome40"):
        cameras = RIGS[name].cameras((64, 64))
        away = {
            split: np.array(
                [held.camera.position - TARGET for held in cameras if held.split == split]
            )
            for split in ("train", "test")
        }
        near = [
            np.degrees(np.arccos(np.clip(away["train"] @ v / 1.15**2, -1, 1))).min()
            for v in away["test"]
        ]
        assert max(near) < 46, "a held-out view that nobody beside it has seen"
        sides = np.array([[v @ w for w in away["test"]] for v in away["test"]])
        assert sides.min() < 0, "all held-out cameras stand on one side"


def test_jitter_is_seeded_and_small() -> None:
    planned, once, again, other = (
        camera_rig("dome24").cameras((384, 384), jitter=seed) for seed in (None, 5, 5, 6)
    )
    assert [held.camera for held in once] == [held.camera for held in again]
    assert [held.camera for held in once] != [held.camera for held in other]
    for straight, moved in zip(planned, once, strict=True):
        offset = np.linalg.norm(straight.camera.position - moved.camera.position)
        assert 0 < offset < 0.2
        focal = moved.camera.intrinsics[0, 0] / straight.camera.intrinsics[0, 0]
        assert focal == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("find", "known"), [(camera_rig, RIGS), (light_named, LIGHTS), (backdrop_named, BACKDROPS)]
)
def test_an_unknown_name_lists_the_known_ones(find, known) -> None:
    with pytest.raises(MienError, match=r"no .+'nowhere'") as caught:
        find("nowhere")
    assert all(name in str(caught.value) for name in known)
    assert all(find(name).name == name for name in known)


def test_a_panel_shines_as_bright_as_the_wall_it_lights() -> None:
    lamp = Lamp((0.0, 0.0, 2.0), (0.5, 0.4, 0.3), width=40, height=30)
    toward = lamp.points(400)
    np.testing.assert_allclose(np.linalg.norm(toward, axis=1), 1)
    wide, high = lamp.half_sizes()
    # The solid angle of a pyramid, by its half angles.
    solid = 4 * np.arcsin(np.sin(np.arctan(wide)) * np.sin(np.arctan(high)))
    np.testing.assert_allclose(lamp.radiance() * solid / np.pi, lamp.color, rtol=1e-6)
    across = toward @ lamp.axes().T
    assert np.abs(across[:, 0] / across[:, 2]).max() <= wide
    assert np.abs(across[:, 1] / across[:, 2]).max() <= high


def test_a_light_takes_no_more_lamps_than_the_shader() -> None:
    lamp = Lamp((0.0, 0.0, 1.0), (1.0, 1.0, 1.0))
    black = (0.0, 0.0, 0.0)
    for count in (0, 5):
        with pytest.raises(ValueError, match=f"got {count}"):
            Light("many", "", black, black, black, (lamp,) * count)
