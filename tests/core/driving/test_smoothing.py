"""The One Euro filter: what it must keep, and what it must take away."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mien.driving.smoothing import OneEuro, smooth
from mien.driving.track import ExpressionTrack
from mien.transforms import (
    axis_angle_from_matrix,
    matrix_from_axis_angle,
    quat_from_axis_angle,
    rigid,
)

strengths = st.floats(0.01, 1.0)
weights = st.floats(-1, 2, width=32)


@st.composite
def uneven_times(draw: st.DrawFn, max_frames: int = 30) -> NDArray[np.float64]:
    steps = draw(st.lists(st.floats(0.001, 0.7), min_size=2, max_size=max_frames))
    return draw(st.floats(-100, 100)) + np.cumsum(steps)


@st.composite
def tracks(draw: st.DrawFn) -> ExpressionTrack:
    times = draw(uneven_times())
    rows = draw(
        st.lists(
            st.one_of(st.none(), st.tuples(weights, weights)),
            min_size=len(times),
            max_size=len(times),
        )
    )
    values = np.array([(np.nan, np.nan) if row is None else row for row in rows], np.float32)
    turns = np.array(
        draw(st.lists(st.tuples(*[st.floats(-1, 1)] * 3), min_size=len(times), max_size=len(times)))
    )
    poses = rigid(matrix_from_axis_angle(turns), turns)
    poses[np.isnan(values[:, 0])] = np.nan
    return ExpressionTrack(times, ("jawOpen", "eyeBlinkLeft"), values, head_pose=poses)


@given(tracks())
def test_no_strength_is_the_track_itself(track: ExpressionTrack) -> None:
    same = smooth(track, 0.0)
    assert same.weights.tobytes() == track.weights.tobytes()
    assert same.head_pose is not None
    assert track.head_pose is not None
    assert same.head_pose.tobytes() == track.head_pose.tobytes()


@settings(deadline=None)
@given(tracks(), strengths, st.booleans())
def test_gaps_stay_and_values_stay_within_what_was_seen(
    track: ExpressionTrack, strength: float, causal: bool
) -> None:
    smoothed = smooth(track, strength, causal=causal)
    np.testing.assert_array_equal(smoothed.seen, track.seen)
    np.testing.assert_array_equal(smoothed.times, track.times)
    seen = track.weights[track.seen]
    if len(seen):
        assert (smoothed.weights[track.seen] >= seen.min(axis=0) - 1e-5).all()
        assert (smoothed.weights[track.seen] <= seen.max(axis=0) + 1e-5).all()
    assert smoothed.head_pose is not None
    rotations = smoothed.head_pose[track.seen, :3, :3]
    np.testing.assert_allclose(
        rotations @ rotations.swapaxes(1, 2), np.broadcast_to(np.eye(3), rotations.shape), atol=1e-9
    )


@settings(deadline=None)
@given(uneven_times(), st.tuples(weights, weights), strengths)
def test_what_does_not_move_does_not_change(
    times: NDArray[np.float64], row: tuple[float, float], strength: float
) -> None:
    values = np.tile(np.array(row, np.float32), (len(times), 1))
    smoothed = smooth(ExpressionTrack(times, ("a", "b"), values), strength)
    np.testing.assert_allclose(smoothed.weights, values, atol=1e-6)


@settings(deadline=None)
@given(tracks(), strengths)
def test_backward_in_time_is_the_same_backward(track: ExpressionTrack, strength: float) -> None:
    mirrored = track.replace(
        times=-track.times[::-1], weights=track.weights[::-1], head_pose=track.head_pose[::-1]
    )
    there, back = smooth(track, strength), smooth(mirrored, strength)
    np.testing.assert_allclose(there.weights, back.weights[::-1], atol=1e-5)
    np.testing.assert_allclose(there.head_pose, back.head_pose[::-1], atol=1e-6)


def jitter(values: NDArray[np.floating]) -> float:
    return float(np.abs(np.diff(values, 2, axis=0)).mean())


def test_more_strength_is_less_jitter() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(200) / 30
    noisy = (0.3 + 0.05 * rng.normal(size=(200, 3))).astype(np.float32)
    turns = 0.02 * rng.normal(size=(200, 3))
    track = ExpressionTrack(
        times, ("a", "b", "c"), noisy, head_pose=rigid(matrix_from_axis_angle(turns), turns)
    )
    levels = [smooth(track, strength) for strength in (0, 0.1, 0.25, 0.5, 1)]
    in_weights = [jitter(level.weights) for level in levels]
    in_turns = [jitter(axis_angle_from_matrix(level.head_pose[:, :3, :3])) for level in levels]
    for measured in (in_weights, in_turns):
        assert all(more < less for less, more in pairwise(measured))
        assert measured[-1] < 0.1 * measured[0]
        assert measured[2] < 0.7 * measured[0]


@pytest.mark.parametrize("rate", [25, 30, 60])
def test_a_blink_comes_through_at_its_instant(rate: int) -> None:
    times = np.arange(2 * rate + 1) / rate
    away = np.abs(times - 1) / 0.1
    blink = np.where(away < 1, 0.5 + 0.5 * np.cos(np.pi * away), 0)[:, None]
    track = ExpressionTrack(times, ("eyeBlinkLeft",), blink)
    smoothed = smooth(track, 0.25).weights[:, 0]
    assert smoothed.max() > 0.9
    assert abs(times[smoothed.argmax()] - 1) < 1e-9
    # Symmetric about its middle: neither early nor late.
    np.testing.assert_allclose(smoothed, smoothed[::-1], atol=1e-6)


def test_live_input_lags_as_documented() -> None:
    times = np.arange(3000) / 1000
    euro = OneEuro(min_cutoff=2.0, beta=0.0)
    ramp = euro.filter(times, (times * 0.1)[:, None])[:, 0]
    lag = (times - ramp / 0.1)[-1]
    assert lag == pytest.approx(1 / (2 * np.pi * 2.0), rel=0.02)


def test_after_a_long_absence_it_starts_anew() -> None:
    times = np.array([0, 0.03, 0.06, 5.0, 5.03])
    values = np.array([[0.0], [0], [0], [1], [1]], np.float32)
    smoothed = smooth(ExpressionTrack(times, ("a",), values), 1.0, causal=True)
    np.testing.assert_allclose(smoothed.weights[:, 0], [0, 0, 0, 1, 1])


def test_the_sign_of_a_quaternion_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    times = np.arange(40) / 30
    quats = quat_from_axis_angle(np.cumsum(rng.normal(size=(40, 3)) * 0.1, axis=0))
    flipped = quats * rng.choice([-1, 1], size=(40, 1))
    euro = OneEuro.of_strength(0.5, typical_speed=3.0)
    a, b = euro.filter_rotations(times, quats), euro.filter_rotations(times, flipped)
    np.testing.assert_allclose(np.abs((a * b).sum(1)), 1, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), 1, atol=1e-12)
