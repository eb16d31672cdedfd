"""Close-ups: the person fills them, and their cameras see what they show."""

from __future__ import annotations

import numpy as np
import pytest

from mien.orbit import Orbit
from mien.training.headsup.close_up import CloseUp

SIZE = (80, 60)


def mask_of(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros(SIZE[::-1], np.float32)
    mask[rows, columns] = 1
    return mask


def test_it_is_a_square_around_the_person_with_some_room() -> None:
    near = CloseUp.of(mask_of(slice(20, 40), slice(10, 60)))
    assert near.side == 54
    assert near.left == 8
    assert near.top + near.side / 2 == pytest.approx(30, abs=0.5)


def test_what_lies_outside_is_filled() -> None:
    near = CloseUp.of(mask_of(slice(0, 60), slice(0, 20)))
    assert near.left < 0
    picture = np.ones((*SIZE[::-1], 4), np.float32)
    square = near.cut(picture, outside=[0.5, 0.25, 0.125, 0])
    assert square.shape == (near.side, near.side, 4)
    np.testing.assert_array_equal(square[0, 0], [0.5, 0.25, 0.125, 0])
    inside = square[..., 3] == 1
    assert inside.sum() == 60 * (near.left + near.side)


def test_a_point_is_where_its_camera_says() -> None:
    camera = Orbit().camera(SIZE)
    point = np.array([[0.02, 0.03, 0.05]])
    (column, row), _ = (each[0] for each in camera.project(point))
    picture = np.zeros((*SIZE[::-1], 3), np.float32)
    picture[int(row), int(column)] = 1
    near = CloseUp.of(mask_of(slice(int(row) - 12, int(row) + 9), slice(20, 50)))
    (column, row), _ = (each[0] for each in near.camera(camera).project(point))
    assert near.cut(picture, outside=0)[int(row), int(column)].min() == 1


def test_of_nobody_it_is_the_whole_picture() -> None:
    near = CloseUp.of(np.zeros(SIZE[::-1], np.float32))
    assert near.left <= 0
    assert near.side >= SIZE[0]


def test_it_is_never_too_small_to_see() -> None:
    assert CloseUp.of(mask_of(slice(5, 6), slice(7, 8))).side == 16
