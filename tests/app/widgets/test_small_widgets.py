import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap

from mien_studio.widgets.cards import Card, CardGrid
from mien_studio.widgets.chips import Chip, ChipRow
from mien_studio.widgets.curve_lane import Curve, CurveLane, _pieces
from mien_studio.widgets.empty_state import EmptyState
from mien_studio.widgets.fields import SearchField
from mien_studio.widgets.film_strip import FilmStrip
from mien_studio.widgets.histogram import Histogram
from mien_studio.widgets.progress_row import ProgressRow
from mien_studio.widgets.rows import ROW, Row, RowList
from mien_studio.widgets.section import Section
from mien_studio.widgets.segments import Segments
from mien_studio.widgets.time_axis import TimeAxis, clock, short_clock

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def shown(qapp, qtbot):
    def show(widget, width=240, height=200):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show


def test_chips_wrap_and_say_what_the_user_turned(shown, qtbot) -> None:
    row = ChipRow()
    for name in ("expression", "pose", "eyes"):
        row.add(name, Chip(name))
    shown(row, 120, 100)
    assert row.heightForWidth(120) > row.heightForWidth(600)
    tops = {row.chip(name).y() for name in ("expression", "pose", "eyes")}
    assert len(tops) > 1
    said: list = []
    row.toggled.connect(lambda key, on: said.append((key, on)))
    row.set_on(("pose",))
    assert said == []
    qtbot.mouseClick(row.chip("eyes"), LEFT)
    assert said == [("eyes", True)]
    assert row.on == ("pose", "eyes")


def test_segments_choose_by_mouse_and_arrows(shown, qtbot) -> None:
    segments = shown(Segments((("a", "A"), ("b", "B"), ("c", "C"))), 240, 24)
    said: list = []
    segments.chosen.connect(said.append)
    qtbot.mouseClick(segments, LEFT, pos=QPoint(120, 12))
    qtbot.keyClick(segments, Qt.Key.Key_Right)
    qtbot.keyClick(segments, Qt.Key.Key_Right)
    segments.set_current("a")
    assert said == ["b", "c"]


def test_a_section_folds(shown, qtbot) -> None:
    section = shown(Section("Brows", collapsible=True))
    assert not section.collapsed
    qtbot.mouseClick(section, LEFT, pos=QPoint(40, 10))
    assert section.collapsed
    qtbot.mouseClick(section, LEFT, pos=QPoint(40, 10))
    assert not section.collapsed


def test_search_clears_on_escape(shown, qtbot) -> None:
    field = shown(SearchField("Search"), 200, 28)
    field.setText("jaw")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_cards_are_chosen_by_mouse_and_keys(shown, qtbot) -> None:
    grid = CardGrid()
    grid.set_cards([Card("a", "Ada"), Card("b", "Kofi", "loading"), Card("c", "gone", "failed")])
    shown(grid, 164, 240)
    said: list = []
    grid.activated.connect(lambda key, shift: said.append((key, shift)))
    grid.removed.connect(lambda key: said.append(("removed", key)))
    qtbot.mouseClick(grid, LEFT, pos=grid.card_rect(1).center().toPoint())
    qtbot.mouseClick(grid, LEFT, SHIFT, pos=grid.card_rect(0).center().toPoint())
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    assert said == [("b", False), ("a", True), ("c", False), ("removed", "c")]
    # Three cards in two columns take two rows, in three columns one.
    assert grid.card_rect(2).top() > grid.card_rect(0).bottom()
    assert grid.heightForWidth(400) < grid.heightForWidth(164)


def test_pictures_of_cards_that_left_are_forgotten(shown) -> None:
    grid = shown(CardGrid())
    grid.set_cards([Card("a", "Ada")])
    grid.set_pixmap("a", QPixmap(8, 8))
    grid.set_pixmap("b", QPixmap(8, 8))
    assert grid.has_pixmap("a")
    assert not grid.has_pixmap("b")
    grid.set_cards([Card("a", "Ada", "loading")])
    assert not grid.has_pixmap("a")


def test_rows_choose_and_their_bin_removes(shown, qtbot) -> None:
    rows = RowList()
    rows.set_rows([Row("a", "first"), Row("b", "second", removable=False)])
    shown(rows, 160, 2 * ROW)
    said: list = []
    rows.activated.connect(lambda key, shift: said.append(key))
    rows.removed.connect(lambda key: said.append(f"-{key}"))
    qtbot.mouseClick(rows, LEFT, pos=QPoint(20, ROW + 5))
    qtbot.mouseClick(rows, LEFT, pos=QPoint(150, 5))
    qtbot.mouseClick(rows, LEFT, pos=QPoint(150, ROW + 5))
    qtbot.keyClick(rows, Qt.Key.Key_Delete)
    assert said == ["b", "-a", "b"]


def test_progress_shows_and_cancels(shown, qtbot) -> None:
    row = shown(ProgressRow())
    row.show_progress("Tracking", 0.42)
    assert row.text == "Tracking"
    with qtbot.waitSignal(row.cancelled):
        qtbot.mouseClick(row._cancel, LEFT)


def test_an_empty_state_says_what_to_do(shown) -> None:
    state = shown(EmptyState("avatar", "Nothing yet", "Drop a file."))
    assert state.text == "Nothing yet Drop a file."


def test_the_time_axis_goes_there_and_back() -> None:
    axis = TimeAxis(0.0, 4.0, 10.0, 410.0)
    assert axis.x(1.0) == 110.0
    assert axis.time(axis.x(3.3)) == pytest.approx(3.3)
    assert axis.time(-50) == 0.0
    assert axis.ticks(80) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert TimeAxis().ticks() == []
    assert (clock(62.408), clock(0)) == ("01:02.41", "00:00.00")
    assert (short_clock(0.5), short_clock(75)) == ("0.5 s", "1:15")


@pytest.fixture
def lane(shown) -> CurveLane:
    made = CurveLane()
    made.set_span(0.0, 4.0)
    made.set_range(1.0, 3.0)
    made.set_keys([2.0])
    return shown(made, 400, 120)


def test_a_press_scrubs(lane: CurveLane, qtbot) -> None:
    said: list = []
    lane.scrubbed.connect(said.append)
    qtbot.mousePress(lane, LEFT, pos=QPoint(100, 40))
    qtbot.mouseMove(lane, QPoint(300, 40))
    qtbot.mouseRelease(lane, LEFT)
    assert said == pytest.approx([1.0, 3.0], abs=0.02)


def test_ends_of_the_range_are_dragged(lane: CurveLane, qtbot) -> None:
    said: list = []
    lane.range_changed.connect(lambda start, end: said.append((start, end)))
    qtbot.mousePress(lane, LEFT, pos=QPoint(100, lane.height() - 6))
    qtbot.mouseMove(lane, QPoint(50, lane.height() - 6))
    qtbot.mouseRelease(lane, LEFT)
    assert said[-1] == pytest.approx((0.5, 3.0), abs=0.02)


def test_a_keyframe_is_dragged_and_deleted(lane: CurveLane, qtbot) -> None:
    said: list = []
    lane.key_taken.connect(lambda: said.append("taken"))
    lane.key_moved.connect(lambda index, time: said.append((index, round(time, 1))))
    lane.key_dropped.connect(lambda: said.append("dropped"))
    lane.key_removed.connect(lambda index: said.append(f"-{index}"))
    y = round(lane._keys_y())
    qtbot.mousePress(lane, LEFT, pos=QPoint(200, y))
    qtbot.mouseMove(lane, QPoint(250, y))
    qtbot.mouseRelease(lane, LEFT)
    qtbot.keyClick(lane, Qt.Key.Key_Delete)
    assert said == ["taken", (0, 2.5), "dropped", "-0"]


def test_curves_break_where_nothing_was_seen(lane: CurveLane) -> None:
    times = np.linspace(0, 4, 9)
    values = np.array([0, 1, 1, np.nan, np.nan, 0.5, 0.5, np.nan, 0.2], np.float32)
    pieces = _pieces(times, values, lane.axis, lane._plot())
    assert [len(piece) for piece in pieces] == [3, 2, 1]
    lane.set_curves([Curve("jaw", "#ff0000", times, values)])
    assert lane.grab().toImage().width() > 0


def test_a_long_track_keeps_its_peaks(lane: CurveLane) -> None:
    times = np.linspace(0, 4, 40_001)
    values = np.zeros(40_001, np.float32)
    values[12_345] = 1.0
    pieces = _pieces(times, values, lane.axis, lane._plot())
    assert sum(len(piece) for piece in pieces) <= 2 * lane.width() + 2
    assert min(point.y() for point in pieces[0]) == pytest.approx(lane._plot().top(), abs=1)


def test_a_film_strip_shows_the_frames_of_its_places(shown) -> None:
    strip = shown(FilmStrip(), 400, 44)
    strip.set_span(0.0, 4.0)
    assert strip.cells() == []
    said: list = []
    strip.scrubbed.connect(said.append)
    assert strip.axis.time(200) == 2.0


def test_a_histogram_is_made_when_shown_and_brushes(shown, qtbot) -> None:
    plot = Histogram()
    assert plot.brush is None
    shown(plot, 300, 128)
    qtbot.waitUntil(lambda: plot.brush is not None)
    plot.set_values(np.linspace(0, 1, 100), logarithmic=False)
    said: list = []
    plot.started.connect(lambda: said.append("started"))
    plot.brushed.connect(lambda low, high: said.append((round(low, 2), round(high, 2))))
    plot.finished.connect(lambda: said.append("finished"))
    plot.brush.setRegion((0.25, 0.5))
    assert ("started" in said, said[-1]) == (True, "finished")
    assert (0.25, 0.5) in said
