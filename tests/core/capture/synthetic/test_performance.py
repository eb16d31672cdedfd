"""What synthetic people do: lively, within bounds, theirs by their seed."""

from __future__ import annotations

import numpy as np
import pytest

from mien.capture.synthetic.performance import HELD, held_expressions, perform
from mien.template.arkit import ARKIT_INDEX
from mien.transforms import axis_angle_from_matrix


def column(track, name):
    return track.weights[:, ARKIT_INDEX[name]]


def test_a_seed_is_a_life():
    one, again, other = perform(3, 200), perform(3, 200), perform(4, 200)
    np.testing.assert_array_equal(one.weights, again.weights)
    np.testing.assert_array_equal(one.head_pose, again.head_pose)
    assert np.abs(one.weights - other.weights).max() > 0.2


def test_longer_begins_like_shorter():
    short, long = perform(5, 60), perform(5, 400)
    np.testing.assert_allclose(long.weights[:60], short.weights, atol=1e-4)
    np.testing.assert_allclose(long.head_pose[:60], short.head_pose, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_people_talk_blink_look_and_turn(seed):
    track = perform(seed, 240)
    assert track.weights.min() >= 0
    assert track.weights.max() <= 1
    blinks = np.maximum(column(track, "eyeBlinkLeft"), 0)
    assert blinks.max() > 0.8
    assert (blinks < 0.2).mean() > 0.6
    assert column(track, "jawOpen").max() > 0.15
    assert (column(track, "jawOpen") < 0.08).mean() > 0.15
    assert np.ptp(column(track, "eyeLookOutLeft")) > 0.1
    angles = np.degrees(axis_angle_from_matrix(track.head_pose[:, :3, :3]))
    assert 5 < np.ptp(angles[:, 1]) < 70
    assert np.abs(np.diff(angles, axis=0)).max() < 6
    # Lids and eyes are quick; nothing else jumps from frame to frame.
    slow = [i for name, i in ARKIT_INDEX.items() if not name.startswith("eye")]
    assert np.abs(np.diff(track.weights[:, slow], axis=0)).max() < 0.5


def test_held_expressions_begin_neutral_and_reach_both_sides():
    track, names = held_expressions()
    assert names == tuple(HELD)
    assert not track.weights[0].any()
    smile = track.weights[names.index("smile")]
    assert smile[ARKIT_INDEX["mouthSmileLeft"]] == smile[ARKIT_INDEX["mouthSmileRight"]] > 0.5
    wink = track.weights[names.index("wink")]
    assert wink[ARKIT_INDEX["eyeBlinkLeft"]] == 1
    assert wink[ARKIT_INDEX["eyeBlinkRight"]] == 0
    assert len({row.tobytes() for row in track.weights}) == len(names)


@pytest.mark.parametrize(("frames", "rate"), [(0, 24), (10, 0)])
def test_no_time_is_no_performance(frames, rate):
    with pytest.raises(ValueError, match="no performance"):
        perform(0, frames, rate=rate)
