"""FrameLane: what is known of each frame of a capture: figures, notes, gaps, what is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import label_font
from mien_studio.widgets.time_axis import TimeAxis

HEIGHT = 52
_MARKS, _CACHE = 12, 4
_REACH = 6


@dataclass(frozen=True)
class Mark:
    """A note on the lane.

    Args:
        start: First instant, seconds.
        end: Last instant; the same for a single one.
        tip: Its words.
        open: Whether it is the one that is read.
    """

    start: float
    end: float
    tip: str
    open: bool = False


@dataclass(frozen=True, eq=False)
class FrameFacts:
    """What is shown. Arrays are not changed any more once they are in here.

    Args:
        times: Instants of the frames from zero [T], seconds.
        missing: Whether the camera lacks each frame [T].
        title: Of the metric and its camera, or what to do where nothing was measured.
        measured: Instants of the frames that were measured [M].
        mean: Values over all cameras [M], or None.
        own: Values of the camera one stands in [M], or None.
    """

    times: NDArray[np.float64]
    missing: NDArray[np.bool_]
    title: str = ""
    measured: NDArray[np.float64] | None = None
    mean: NDArray[np.float64] | None = None
    own: NDArray[np.float64] | None = None


NO_FACTS = FrameFacts(np.zeros(0), np.zeros(0, np.bool_))


class FrameLane(QWidget):
    """Scrub along the frames; click on a note to read it.

    `scrubbed` gives an instant, `mark_chosen` the index of a mark.
    """

    scrubbed = Signal(float)
    mark_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = NO_FACTS
        self._marks: tuple[Mark, ...] = ()
        self._cached: tuple[int, ...] = ()
        self._span = (0.0, 0.0)
        self._time = 0.0
        self._still: QPixmap | None = None
        self._held = False
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Frames")

    def sizeHint(self) -> QSize:
        """Return the height of marks, figures and the bar of what is at hand."""
        return QSize(320, HEIGHT)

    # Content

    def set_facts(self, facts: FrameFacts) -> None:
        """Show other figures and gaps."""
        self._facts = facts
        self._redraw()

    @property
    def facts(self) -> FrameFacts:
        """What is shown."""
        return self._facts

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show other notes."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self._redraw()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The notes shown."""
        return self._marks

    def set_cached(self, frames: tuple[int, ...]) -> None:
        """Show which frames are decoded already, by index, ascending."""
        if frames != self._cached:
            self._cached = frames
            self.update(0, HEIGHT - _CACHE, self.width(), _CACHE)

    @property
    def cached(self) -> tuple[int, ...]:
        """The frames that are decoded already."""
        return self._cached

    def set_span(self, start: float, end: float) -> None:
        """Lay another stretch of time along the lane."""
        if (start, end) != self._span:
            self._span = (start, end)
            self._redraw()

    def set_time(self, time: float) -> None:
        """Put the playhead somewhere else."""
        before, self._time = self._time, time
        for instant in (before, time):
            self.update(int(self.axis.x(instant)) - 2, 0, 5, HEIGHT)

    @property
    def axis(self) -> TimeAxis:
        """The time axis along the lane."""
        return TimeAxis(*self._span, 0.0, float(self.width()))

    def mark_at(self, place: QPointF) -> int | None:
        """Return the index of the mark at a place, or None."""
        if place.y() > _MARKS + 2:
            return None
        axis, x = self.axis, place.x()
        for index in reversed(range(len(self._marks))):
            mark = self._marks[index]
            if axis.x(mark.start) - _REACH <= x <= axis.x(mark.end) + _REACH:
                return index
        return None

    # Gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Read a note, or begin to scrub."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        mark = self.mark_at(event.position())
        if mark is not None:
            self.mark_chosen.emit(mark)
            return
        self._held = True
        self.scrubbed.emit(self.axis.time(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if self._held:
            self.scrubbed.emit(self.axis.time(event.position().x()))
            return
        hand = self.mark_at(event.position()) is not None
        pointing, arrow = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.ArrowCursor
        self.setCursor(pointing if hand else arrow)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = False

    def event(self, event: QEvent) -> bool:
        """Show the words of the note under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            mark = self.mark_at(QPointF(event.pos()))
            tip = self._marks[mark].tip if mark is not None else ""
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay everything out anew."""
        super().resizeEvent(event)
        self._redraw()

    # Drawing

    def _redraw(self) -> None:
        self._still = None
        self.update()

    def _plot(self) -> QRectF:
        return QRectF(0, _MARKS, self.width(), HEIGHT - _MARKS - _CACHE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lane."""
        del event
        painter = QPainter(self)
        if self._still is None:
            self._still = self._drawn_still()
        painter.drawPixmap(0, 0, self._still)
        if self._span[1] <= self._span[0]:
            return
        self._paint_cache(painter)
        x = self.axis.x(self._time)
        painter.fillRect(QRectF(x - 0.5, _MARKS, 1, HEIGHT - _MARKS), QColor(tokens.TEXT))

    def _drawn_still(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        still = QPixmap(round(self.width() * ratio), round(HEIGHT * ratio))
        still.setDevicePixelRatio(ratio)
        still.fill(Qt.GlobalColor.transparent)
        painter = QPainter(still)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self._plot(), QColor(tokens.VIEWPORT))
        if self._span[1] > self._span[0]:
            self._paint_missing(painter)
            self._paint_figures(painter)
            self._paint_title(painter)
            self._paint_marks(painter)
        painter.end()
        return still

    def _stretches(self, chosen: NDArray[np.bool_]) -> list[tuple[float, float]]:
        """Return from where to where runs of frames reach, pixels."""
        times, axis = self._facts.times, self.axis
        ends = np.append(times[1:], self._span[1])
        edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0))
        runs = edges.reshape(-1, 2)
        return [(axis.x(float(times[a])), axis.x(float(ends[b - 1]))) for a, b in runs]

    def _paint_missing(self, painter: QPainter) -> None:
        plot = self._plot()
        for left, right in self._stretches(self._facts.missing):
            gap = QRectF(left, plot.top(), max(right - left, 2.0), plot.height())
            painter.fillRect(gap, QColor(tokens.RAISED))
            painter.fillRect(gap, Qt.BrushStyle.BDiagPattern)

    def _paint_figures(self, painter: QPainter) -> None:
        facts = self._facts
        drawn = [(facts.mean, tokens.ACCENT), (facts.own, tokens.GREEN)]
        values = np.concatenate([held for held, _ in drawn if held is not None] or [np.zeros(0)])
        values = values[np.isfinite(values)]
        if facts.measured is None or not len(values):
            return
        plot, axis = self._plot().adjusted(0, 5, 0, -4), self.axis
        low, high = float(values.min()), float(values.max())
        room = max(high - low, 1e-9)
        for held, color in drawn:
            if held is None:
                continue
            painter.setPen(QPen(QColor(color), 1.5))
            y = plot.bottom() - (held - low) / room * plot.height()
            for run in _runs(np.isfinite(y)):
                points = [QPointF(axis.x(float(facts.measured[i])), float(y[i])) for i in run]
                if len(points) == 1:
                    painter.drawPoint(points[0])
                painter.drawPolyline(QPolygonF(points))

    def _paint_title(self, painter: QPainter) -> None:
        font = label_font()
        font.setPixelSize(tokens.FONT_SIZE_CAPTION)
        painter.setFont(font)
        if not self._facts.title:
            return
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        place = self._plot().adjusted(6, 2, 0, 0)
        # A curve may pass under the words, but not through them.
        plate = QColor(tokens.VIEWPORT)
        plate.setAlpha(215)
        words = painter.boundingRect(place, top, self._facts.title)
        painter.fillRect(words.adjusted(-4, 0, 4, 0), plate)
        painter.setPen(QColor(tokens.TEXT_MUTED))
        painter.drawText(place, top, self._facts.title)

    def _paint_marks(self, painter: QPainter) -> None:
        axis = self.axis
        for mark in self._marks:
            left, right = axis.x(mark.start), axis.x(mark.end)
            color = QColor(tokens.AMBER)
            painter.setPen(Qt.PenStyle.NoPen)
            if right > left:
                veil = QColor(color)
                veil.setAlpha(130 if mark.open else 70)
                painter.setBrush(veil)
                painter.drawRoundedRect(QRectF(left, 3, right - left, 6), 3, 3)
            x = min(max(left, 5.0), self.width() - 5.0)
            painter.setBrush(color if mark.open else QColor(tokens.WINDOW))
            painter.setPen(QPen(color, 1.5))
            painter.drawEllipse(QRectF(x - 3.5, 2.5, 7, 7))

    def _paint_cache(self, painter: QPainter) -> None:
        bar = QRectF(0, HEIGHT - _CACHE + 1, self.width(), _CACHE - 1)
        painter.fillRect(bar, QColor(tokens.TRACK))
        there = np.zeros(len(self._facts.times), np.bool_)
        held = [frame for frame in self._cached if frame < len(there)]
        there[held] = True
        for left, right in self._stretches(there):
            stretch = QRectF(left, bar.top(), max(right - left, 1.0), bar.height())
            painter.fillRect(stretch, QColor(tokens.ACCENT_STRONG))


def _runs(there: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Return the indices of unbroken runs."""
    places = np.flatnonzero(there)
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []
