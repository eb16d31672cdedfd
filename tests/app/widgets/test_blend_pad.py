import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from mien_studio.widgets.blend_pad import BlendPad
from mien_studio.widgets.pad_geometry import corner_positions, nearest_inside, point_of, weights_at

LEFT = Qt.MouseButton.LeftButton
shares = st.floats(0, 1)


@given(st.lists(shares, min_size=2, max_size=3).filter(lambda values: sum(values) > 0.01))
def test_two_and_three_weights_come_back_exactly(values: list[float]) -> None:
    weights = np.array(values) / sum(values)
    corners = corner_positions(len(values))
    assert weights_at(point_of(weights, corners), corners) == pytest.approx(weights, abs=1e-6)


@given(st.integers(2, 8), st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
def test_the_point_of_a_points_weights_is_the_point(count: int, x: float, y: float) -> None:
    corners = corner_positions(count)
    weights = weights_at((x, y), corners)
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= -1e-9
    inside = nearest_inside((x, y), corners)
    assert point_of(weights, corners) == pytest.approx(inside, abs=1e-6)


@pytest.mark.parametrize("count", range(1, 9))
def test_at_a_corner_one_has_all(count: int) -> None:
    corners = corner_positions(count)
    for index in range(count):
        assert weights_at(corners[index], corners) == pytest.approx(np.eye(count)[index])


@pytest.mark.parametrize("count", range(2, 9))
def test_in_the_middle_all_weigh_the_same(count: int) -> None:
    corners = corner_positions(count)
    assert weights_at(corners.mean(axis=0), corners) == pytest.approx(np.full(count, 1 / count))


@pytest.fixture
def pad(qapp, qtbot) -> BlendPad:
    made = BlendPad()
    qtbot.addWidget(made)
    made.resize(260, 176)
    made.set_members([("a", "Ada"), ("b", "Kofi"), ("c", "Yuki")])
    made.set_weights({"a": 1.0})
    made.show()
    qtbot.waitExposed(made)
    return made


def test_a_drag_is_one_gesture_and_sums_to_one(pad: BlendPad, qtbot) -> None:
    said: list = []
    pad.started.connect(lambda: said.append("started"))
    pad.changed.connect(said.append)
    pad.finished.connect(lambda: said.append("finished"))
    middle = pad.to_widget((0.0, 0.0)).toPoint()
    qtbot.mousePress(pad, LEFT, pos=middle)
    qtbot.mouseMove(pad, pad.to_widget((0.1, 0.2)).toPoint())
    qtbot.mouseRelease(pad, LEFT)
    assert said[0] == "started"
    assert said[-1] == "finished"
    assert said.count("started") == 1
    for weights in said[1:-1]:
        assert sum(weights.values()) == pytest.approx(1)
    assert pad.to_widget(pad.point).toPoint() == pad.to_widget((0.1, 0.2)).toPoint()


def test_a_click_on_a_face_is_that_person(pad: BlendPad, qtbot) -> None:
    corner = corner_positions(3)[1]
    qtbot.mouseClick(pad, LEFT, pos=pad.to_widget(corner).toPoint())
    assert pad.weights == {"a": 0.0, "b": 1.0, "c": 0.0}


def test_keys_nudge_and_home_evens(pad: BlendPad, qtbot) -> None:
    pad.set_weights({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    before = pad.point
    qtbot.keyClick(pad, Qt.Key.Key_Down)
    assert pad.point[1] > before[1]
    qtbot.keyClick(pad, Qt.Key.Key_Home)
    assert list(pad.weights.values()) == pytest.approx([1 / 3] * 3)


def test_setting_weights_says_nothing(pad: BlendPad) -> None:
    said: list = []
    pad.changed.connect(said.append)
    pad.set_weights({"a": 0.2, "b": 0.8})
    pad.set_members([("a", "Ada"), ("b", "Kofi")])
    assert said == []
    assert pad.weights == {"a": 0.2, "b": 0.8}
    assert pad.accessibleDescription() == "Ada 20%, Kofi 80%, Yuki 0%"
