"""Cameras spread around: numbers of those that look from as different sides as there are."""

from __future__ import annotations

import numpy as np

from mien.capture.spreading import spread_around


def _ring(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    # How far away a camera stands does not count.
    far = 1 + 0.5 * np.arange(len(degrees))
    return np.stack([far * np.sin(angles), 0 * far, far * np.cos(angles)], axis=1)


def test_each_next_camera_is_the_farthest_from_those_before() -> None:
    assert spread_around(_ring(100, 10, 45, -170), 2) == [1, 3]
    assert spread_around(_ring(0, 100, 185, 270), 2, first=3) == [3, 1]


def test_known_cameras_are_kept_away_from_and_do_not_come_back() -> None:
    ring = _ring(0, 90, 180, 270)
    assert spread_around(ring, 1, beside=_ring(-20, 80)) == [2]
    assert sorted(spread_around(ring, 9, beside=_ring(45))) == [0, 1, 2, 3]


def test_nobody_is_asked_for_more_than_there_are() -> None:
    assert sorted(spread_around(_ring(0, 90), 5)) == [0, 1]
    assert spread_around(np.zeros((0, 3)), 3) == []
    assert spread_around(_ring(0), 0) == []
