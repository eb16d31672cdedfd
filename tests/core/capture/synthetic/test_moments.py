"""Moments: expressions of each person's own."""

from __future__ import annotations

import numpy as np
import pytest

from mien.capture.synthetic.moments import Moments, moments


def test_begins_neutral_and_then_does_something_each_time():
    track, names = moments(3, 5)
    assert names[0] == "neutral"
    assert len(names) == track.num_frames == 6
    assert not track.weights[0].any()
    assert (track.weights[1:].max(axis=1) > 0.2).all()
    assert track.weights.min() >= 0
    assert track.weights.max() <= 1


def test_people_differ_and_more_begin_with_the_same():
    one, _ = moments(3, 5)
    other, _ = moments(4, 5)
    longer, _ = moments(3, 8)
    assert np.abs(one.weights[1:] - other.weights[1:]).max(axis=1).min() > 0.1
    np.testing.assert_array_equal(longer.weights[:6], one.weights)


def test_a_negative_number_of_expressions_is_refused():
    with pytest.raises(ValueError, match="-1 expressions"):
        Moments(-1)
