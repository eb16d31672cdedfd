"""Retargeting: calibration, gains, channels, and profiles that are kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.avatar.state import NEUTRAL
from mien.driving.profile import load_profile, save_profile
from mien.driving.retarget import Retarget, guess_neutral, missing_expressions
from mien.driving.track import ExpressionTrack
from mien.errors import FileError
from mien.template.arkit import ARKIT_NAMES
from mien.transforms import matrix_from_axis_angle, rigid

NAMES = ("jawOpen", "mouthSmileLeft", "eyeLookInLeft", "browInnerUp")


def track_of(
    rows: list[list[float]],
    turns: list[list[float]] | None = None,
    places: list[list[float]] | None = None,
) -> ExpressionTrack:
    count = len(rows)
    poses = None
    if turns is not None:
        poses = rigid(
            matrix_from_axis_angle(np.array(turns)), np.array(places or [[0, 0, -1]] * count)
        )
    return ExpressionTrack(
        np.arange(count) / 10, NAMES, np.array(rows, np.float32), head_pose=poses
    )


def test_untouched_a_track_passes_as_it_is() -> None:
    track = track_of([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]], [[0.1, 0.2, 0.3]] * 2)
    applied = Retarget().apply(track)
    for row, time in enumerate(track.times):
        state = applied.state_at(time)
        for column, name in enumerate(NAMES):
            assert state.weight(name) == track.weights[row, column]
        np.testing.assert_allclose(state.head_rotation, [0.1, 0.2, 0.3], atol=1e-6)
        np.testing.assert_array_equal(state.head_translation, 0)
        assert state.time == time


def test_between_frames_states_are_between() -> None:
    track = track_of([[0, 0, 0, 0], [1, 0.5, 0, 0]], [[0, 0, 0], [0, 0.4, 0]])
    state = Retarget().apply(track).state_at(0.025)
    assert state.weight("jawOpen") == pytest.approx(0.25)
    assert state.head_rotation[1] == pytest.approx(0.1)
    applied = Retarget().apply(track)
    assert applied.state_at(-5).weight("jawOpen") == 0
    assert applied.state_at(99).weight("jawOpen") == 1


def test_the_neutral_frame_becomes_neutral() -> None:
    track = track_of(
        [[0.0, 0.3, 0.0, 0.6], [0.9, 0.5, 0.0, 0.2]], [[0.1, 0.3, 0.0], [0.1, 0.8, 0.0]]
    )
    applied = Retarget(neutral_time=0.0).apply(track)
    neutral, other = applied.state_at(0.0), applied.state_at(0.1)
    np.testing.assert_array_equal(neutral.expression, 0)
    np.testing.assert_allclose(neutral.head_rotation, 0, atol=1e-6)
    assert other.weight("jawOpen") == pytest.approx(0.9)
    assert other.weight("mouthSmileLeft") == pytest.approx(0.2)
    assert other.weight("browInnerUp") == 0, "less than neutral is neutral"


@settings(deadline=None)
@given(st.tuples(*[st.floats(-0.8, 0.8)] * 3), st.tuples(*[st.floats(-0.8, 0.8)] * 3))
def test_rotations_are_told_in_the_neutral_heads_own_frame(
    neutral: tuple[float, float, float], nod: tuple[float, float, float]
) -> None:
    start = matrix_from_axis_angle(np.array(neutral))
    poses = rigid(
        np.stack([start, start @ matrix_from_axis_angle(np.array(nod))]), np.zeros((2, 3))
    )
    track = track_of([[0] * 4] * 2).replace(head_pose=poses)
    state = Retarget(neutral_time=0.0).apply(track).state_at(0.1)
    np.testing.assert_allclose(state.head_rotation, nod, atol=1e-5)


def test_gains_offsets_and_limits() -> None:
    track = track_of([[0.5, 0.5, 0.5, 0.9]], [[0, 0.4, 0]])
    profile = Retarget(
        gains={"jawOpen": 2.0, "browInnerUp": 3.0, "mouthSmileLeft": 0.0},
        offsets={"eyeLookInLeft": -0.6, "cheekPuff": 0.25},
        pose_gain=0.5,
    )
    state = profile.apply(track).state_at(0)
    assert state.weight("jawOpen") == pytest.approx(1.0)
    assert state.weight("browInnerUp") == pytest.approx(1.5)
    assert state.weight("mouthSmileLeft") == 0
    assert state.weight("eyeLookInLeft") == 0
    assert state.weight("cheekPuff") == pytest.approx(0.25)
    assert state.head_rotation[1] == pytest.approx(0.2)


@pytest.mark.parametrize("expression", [True, False])
@pytest.mark.parametrize("pose", [True, False])
@pytest.mark.parametrize("eyes", [True, False])
def test_channels_switch_separately(expression: bool, pose: bool, eyes: bool) -> None:
    track = track_of([[0.5] * 4], [[0, 0.4, 0]]).replace(
        eye_rotations=np.full((1, 2, 3), 0.2, np.float32)
    )
    state = Retarget(expression=expression, pose=pose, eyes=eyes).apply(track).state_at(0)
    assert (state.weight("jawOpen") > 0) == expression
    assert (state.weight("eyeLookInLeft") > 0) == eyes
    assert state.eye_rotations.any() == eyes
    assert state.head_rotation.any() == pose


def test_moving_is_off_at_first_and_then_limited() -> None:
    places = [[0, 0, -0.5], [0.05, 0, -0.5], [9, 0, -0.5]]
    track = track_of([[0] * 4] * 3, [[0, 0, 0]] * 3, places)
    assert not Retarget().apply(track).head_translations.any()
    moved = Retarget(move_gain=1.0).apply(track).head_translations
    np.testing.assert_allclose(moved[0], 0, atol=1e-12)
    assert moved[1, 0] == pytest.approx(0.05, rel=0.05)
    assert np.linalg.norm(moved, axis=1).max() <= 0.15 + 1e-9
    # A head that turns on a neck that stays does not move.
    neck = np.array([0, -0.12, -0.08])
    turn = matrix_from_axis_angle(np.array([0, 0.7, 0]))
    poses = rigid(np.stack([np.eye(3), turn]), np.stack([-neck, -turn @ neck]))
    still = track_of([[0] * 4] * 2).replace(head_pose=poses)
    assert np.abs(Retarget(move_gain=1.0).apply(still).head_translations).max() < 1e-12


def test_frames_without_a_face_are_bridged() -> None:
    track = track_of([[0.0] * 4, [np.nan] * 4, [1.0] * 4], [[0, 0, 0], [0, 0, 0], [0, 0.4, 0]])
    poses = np.array(track.head_pose)
    poses[1] = np.nan
    state = Retarget().apply(track.replace(head_pose=poses)).state_at(0.1)
    assert state.weight("jawOpen") == pytest.approx(0.5)
    assert state.head_rotation[1] == pytest.approx(0.2)


def test_tracks_without_anything_give_neutral_states() -> None:
    nothing = ExpressionTrack(np.zeros(0), NAMES, np.zeros((0, 4), np.float32))
    assert Retarget(neutral_time=1.0).apply(nothing).state_at(0.5) == NEUTRAL
    unseen = track_of([[np.nan] * 4] * 2, [[0, 0, 0]] * 2)
    unseen = unseen.replace(head_pose=np.full((2, 4, 4), np.nan))
    state = Retarget(neutral_time=0.0, move_gain=1.0).apply(unseen).state_at(0.05)
    assert np.isfinite(state.expression).all()
    assert not state.expression.any()
    assert not state.head_rotation.any()
    assert guess_neutral(unseen) is None


def test_a_rotation_past_half_a_turn_does_not_jump() -> None:
    turns = [[0, angle, 0] for angle in np.linspace(2.9, 3.5, 7)]
    applied = Retarget().apply(track_of([[0] * 4] * 7, turns))
    angles = [applied.state_at(time).head_rotation[1] for time in np.linspace(0, 0.6, 61)]
    np.testing.assert_allclose(angles, np.linspace(2.9, 3.5, 61), atol=1e-5)


def test_neutral_is_guessed_frontal_and_at_rest() -> None:
    track = track_of(
        [[0.9, 0.9, 0, 0], [0.0, 0.0, 0, 0], [0.1, 0.1, 0, 0], [np.nan] * 4],
        [[0, 0, 0], [0, 1.2, 0], [0, 0.1, 0], [0, 0, 0]],
    )
    assert guess_neutral(track) == pytest.approx(0.2)
    assert guess_neutral(track.replace(head_pose=None)) == pytest.approx(0.1)


class Mute:
    """The part of an avatar that is asked."""

    expression_names = ("jawOpen", "eyeLookInLeft")


def test_what_an_avatar_lacks_is_told() -> None:
    track = track_of([[0.5, 0.5, 0.5, 0.01]])
    assert missing_expressions(track, Mute()) == ("mouthSmileLeft",)  # pyright: ignore


gains = st.dictionaries(st.sampled_from(ARKIT_NAMES), st.floats(-5, 5), max_size=6)


@given(gains, gains, st.booleans(), st.one_of(st.none(), st.floats(0, 100)), st.floats(0, 2))
def test_a_profile_comes_back_from_its_file(
    tmp_path_factory: pytest.TempPathFactory,
    gain: dict[str, float],
    offset: dict[str, float],
    channel: bool,
    neutral: float | None,
    factor: float,
) -> None:
    profile = Retarget(neutral, gain, offset, eyes=channel, pose_gain=factor, move_gain=0.5)
    path = tmp_path_factory.mktemp("profile") / "me.json"
    save_profile(path, profile)
    assert load_profile(path) == profile


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "no retargeting profile"),
        (json.dumps({"format": "mien-retarget", "version": 9}), "version 9"),
        (json.dumps({"format": "mien-retarget", "version": 1, "gains": {"nose": 1}}), "gains"),
        (json.dumps({"format": "mien-retarget", "version": 1, "pose": 3}), "pose"),
        ('{"format": "mien-retarget", "version": 1, "pose_gain": NaN}', "pose_gain"),
    ],
)
def test_a_bad_profile_is_one_clear_error(tmp_path: Path, contents: str, reason: str) -> None:
    path = tmp_path / "profile.json"
    path.write_text(contents)
    with pytest.raises(FileError, match=reason):
        load_profile(path)
    with pytest.raises(FileError, match="no such file"):
        load_profile(tmp_path / "absent.json")
