"""Tracks at other instants and without holes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.driving.resample import fill_gaps, resample, resample_rate
from mien.driving.track import ExpressionTrack
from mien.transforms import axis_angle_from_matrix, matrix_from_axis_angle, rigid


def track_of(
    times: list[float], weights: list[float], turns: list[list[float]] | None = None
) -> ExpressionTrack:
    values = np.array(weights, np.float32)[:, None]
    poses = None
    if turns is not None:
        rotations = np.array(turns)
        poses = rigid(matrix_from_axis_angle(rotations), rotations)
        poses[np.isnan(values[:, 0])] = np.nan
    return ExpressionTrack(np.array(times), ("jawOpen",), values, head_pose=poses)


@settings(deadline=None)
@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=12),
    st.lists(st.one_of(st.floats(0, 1, width=32), st.just(float("nan"))), min_size=12, max_size=12),
)
def test_at_its_own_instants_a_track_is_itself(steps: list[float], values: list[float]) -> None:
    times = np.cumsum(steps).tolist()
    track = track_of(times, values[: len(times)], [[0.1 * t, 0, 0] for t in times])
    same = resample(track, times)
    np.testing.assert_array_equal(same.weights, track.weights)
    np.testing.assert_array_equal(same.head_pose, track.head_pose)


def test_between_frames_weights_go_along_lines_and_poses_along_arcs() -> None:
    track = track_of([0, 1, 3], [0, 1, 0.5], [[0, 0, 0], [0, 1.5, 0], [0, 1.5, 0]])
    found = resample(track, [-1, 0.25, 1, 2, 9])
    np.testing.assert_allclose(found.weights[:, 0], [0, 0.25, 1, 0.75, 0.5], atol=1e-6)
    assert found.head_pose is not None
    turns = axis_angle_from_matrix(found.head_pose[:, :3, :3])
    np.testing.assert_allclose(turns[:, 1], [0, 0.375, 1.5, 1.5, 1.5], atol=1e-9)
    np.testing.assert_allclose(found.times, [-1, 0.25, 1, 2, 9])


def test_next_to_a_gap_nothing_is_seen() -> None:
    track = track_of([0, 1, 2, 3], [0, 1, np.nan, 1], [[0, 0, 0]] * 4)
    found = resample(track, [0.5, 1, 1.5, 2.5, 3])
    assert found.seen.tolist() == [True, True, False, False, True]


@given(st.floats(1, 240), st.integers(2, 60))
def test_an_even_rate_spans_the_track(rate: float, count: int) -> None:
    track = track_of((np.arange(count) / 12.5 + 3).tolist(), [0.5] * count)
    even = resample_rate(track, rate)
    np.testing.assert_allclose(np.diff(even.times), 1 / rate)
    assert even.times[0] == track.times[0]
    assert even.times[-1] <= track.times[-1] + 1e-6
    assert even.times[-1] + 1 / rate > track.times[-1] - 1e-9


def test_gaps_are_bridged_and_ends_held() -> None:
    nan = float("nan")
    values = [nan, 0.2, nan, nan, 0.8, nan]
    turns = [[0, 0, 0], [0, 0.2, 0], [0, 0, 0], [0, 0, 0], [0, 0.8, 0], [0, 0, 0]]
    track = track_of([0, 1, 2, 3, 4, 5], values, turns)
    filled = fill_gaps(track)
    np.testing.assert_allclose(filled.weights[:, 0], [0.2, 0.2, 0.4, 0.6, 0.8, 0.8], atol=1e-6)
    assert filled.head_pose is not None
    yaws = axis_angle_from_matrix(filled.head_pose[:, :3, :3])[:, 1]
    np.testing.assert_allclose(yaws, [0.2, 0.2, 0.4, 0.6, 0.8, 0.8], atol=1e-9)
    kept = fill_gaps(track, max_secs=1.5)
    assert kept.seen.tolist() == [True, True, False, False, True, True]


def test_where_nothing_was_seen_nothing_is_invented() -> None:
    track = track_of([0, 1], [np.nan, np.nan])
    assert fill_gaps(track) is track
    whole = track_of([0, 1], [0.1, 0.2])
    assert fill_gaps(whole) is whole


def test_impossible_wishes_are_value_errors() -> None:
    empty = ExpressionTrack(np.zeros(0), ("jawOpen",), np.zeros((0, 1), np.float32))
    with pytest.raises(ValueError, match="without frames"):
        resample(empty, [0])
    with pytest.raises(ValueError, match="rate"):
        resample_rate(track_of([0, 1], [0, 0]), 0)
    with pytest.raises(ValueError, match="increase"):
        resample(track_of([0, 1], [0, 0]), [1, 0])
