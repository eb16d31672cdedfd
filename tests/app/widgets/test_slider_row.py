import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.slider_row import SliderRow

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


class Heard:
    """What a slider said, in order."""

    def __init__(self, slider: SliderRow) -> None:
        self.said: list = []
        slider.started.connect(lambda: self.said.append("started"))
        slider.changed.connect(lambda number: self.said.append(round(number, 6)))
        slider.finished.connect(lambda: self.said.append("finished"))

    @property
    def numbers(self) -> list[float]:
        return [word for word in self.said if not isinstance(word, str)]

    @property
    def gestures(self) -> int:
        assert self.said.count("started") == self.said.count("finished")
        return self.said.count("started")


@pytest.fixture
def slider(qapp, qtbot) -> SliderRow:
    made = SliderRow("jawOpen")
    qtbot.addWidget(made)
    made.resize(320, 24)
    made.show()
    qtbot.waitExposed(made)
    return made


def place(slider: SliderRow, fraction: float) -> QPoint:
    track = slider._track()
    return QPoint(round(track.left() + fraction * track.width()), 12)


def test_one_drag_is_one_gesture(slider, qtbot) -> None:
    heard = Heard(slider)
    qtbot.mousePress(slider, LEFT, pos=place(slider, 0.2))
    for fraction in (0.3, 0.5, 0.7):
        qtbot.mouseMove(slider, place(slider, fraction))
    qtbot.mouseRelease(slider, LEFT, pos=place(slider, 0.7))
    assert heard.said[0] == "started"
    assert heard.said[-1] == "finished"
    assert heard.gestures == 1
    assert slider.number == pytest.approx(0.7, abs=0.02)
    assert heard.numbers[-1] == pytest.approx(slider.number, abs=1e-6)


def test_shift_drags_a_tenth_as_far(slider, qtbot) -> None:
    slider.set_number(0.5)
    start = place(slider, 0.5)
    qtbot.mousePress(slider, LEFT, pos=start)
    end = QPointF(start) + QPointF(slider._track().width() * 0.4, 0)
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, end, slider.mapToGlobal(end), LEFT, LEFT, SHIFT
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    qtbot.mouseRelease(slider, LEFT)
    assert slider.number == pytest.approx(0.54, abs=0.005)


def test_typing_a_number_is_one_gesture(slider, qtbot) -> None:
    heard = Heard(slider)
    qtbot.mouseDClick(slider, LEFT, pos=QPoint(slider.width() - 10, 12))
    field = slider.findChild(QLineEdit)
    assert field.isVisible()
    field.setText("0,42")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert slider.number == pytest.approx(0.42)
    assert heard.said == ["started", 0.42, "finished"]
    assert field.isHidden()


def test_escape_leaves_the_number_alone(slider, qtbot) -> None:
    slider.set_number(0.3)
    heard = Heard(slider)
    slider.edit()
    field = slider.findChild(QLineEdit)
    field.setText("0.9")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert slider.number == 0.3
    assert heard.said == []


def test_what_is_no_number_is_not_taken(slider, qtbot) -> None:
    slider.set_number(0.3)
    slider.edit("nonsense")
    qtbot.keyClick(slider.findChild(QLineEdit), Qt.Key.Key_Return)
    assert slider.number == 0.3


def test_typed_numbers_are_held_in_the_range(slider, qtbot) -> None:
    slider.edit("7")
    qtbot.keyClick(slider.findChild(QLineEdit), Qt.Key.Key_Return)
    assert slider.number == 1.0


def test_double_click_resets(slider, qtbot) -> None:
    slider.set_number(0.8)
    heard = Heard(slider)
    qtbot.mouseDClick(slider, LEFT, pos=QPoint(20, 12))
    assert slider.number == 0.0
    assert heard.numbers[-1] == 0.0
    assert heard.gestures == 1


@pytest.mark.parametrize(
    ("key", "number"),
    [
        (Qt.Key.Key_Right, 0.51),
        (Qt.Key.Key_Left, 0.49),
        (Qt.Key.Key_PageUp, 0.6),
        (Qt.Key.Key_PageDown, 0.4),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, 1.0),
        (Qt.Key.Key_Delete, 0.0),
    ],
)
def test_keys_move_it(slider, qtbot, key, number) -> None:
    slider.set_number(0.5)
    heard = Heard(slider)
    qtbot.keyClick(slider, key)
    assert slider.number == pytest.approx(number)
    assert heard.gestures == 1


def test_a_digit_begins_typing(slider, qtbot) -> None:
    qtbot.keyClicks(slider, "0")
    field = slider.findChild(QLineEdit)
    assert field.isVisible()
    assert field.text() == "0"


def wheel(slider: SliderRow, notches: int) -> QWheelEvent:
    at = QPointF(200, 12)
    event = QWheelEvent(
        at, slider.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    return event


def test_the_wheel_acts_only_with_the_focus(slider, qtbot) -> None:
    slider.set_number(0.5)
    slider.clearFocus()
    assert not wheel(slider, 1).isAccepted()
    assert slider.number == 0.5
    slider.activateWindow()
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    heard = Heard(slider)
    wheel(slider, 1)
    wheel(slider, 1)
    assert slider.number == pytest.approx(0.52)
    qtbot.waitUntil(lambda: "finished" in heard.said)
    assert heard.gestures == 1


def test_setting_it_from_outside_says_nothing(slider) -> None:
    heard = Heard(slider)
    slider.set_number(0.4)
    slider.set_kind(NumberKind(-1, 1))
    slider.set_ghost(0.3)
    assert heard.said == []
    assert slider.number == 0.4


def test_assistive_technology_hears_name_and_number(slider) -> None:
    slider.set_kind(NumberKind(-30, 30, 0, 0, "°", signed=True))
    slider.set_number(12)
    assert slider.accessibleName() == "jawOpen"
    assert slider.accessibleDescription() == "+12°"
    assert slider.value() == 700


@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [
        (NumberKind(), 0.256, "0.26"),
        (NumberKind(-1, 1, signed=True), 0.5, "+0.50"),
        (NumberKind(-1, 1, signed=True), -0.001, "0.00"),
        (NumberKind(0, 40, 12, 0, " mm"), 12, "12 mm"),
    ],
)
def test_numbers_are_written_as_people_read_them(kind, number, text) -> None:
    assert kind.text(number) == text
    assert kind.parse(text) == pytest.approx(number, abs=0.01)
