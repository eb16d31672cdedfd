"""CurveLane: curves over time with a playhead, keyframes and the played range.

Drawn by hand and not by a plotting library, so that it lies pixel for pixel under the film strip
and costs nothing at the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import label_font
from mien_studio.widgets.time_axis import TimeAxis, short_clock

RULER, KEYS, RANGE = 16, 16, 12
NOTHING = "Curves appear here once a video or track drives the avatar"
REACH = 6
"""How near, in pixels, a press must be to take hold of a keyframe or an end of the range."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve.

    Args:
        name: Of what.
        color: As in the theme's CURVES.
        times: Instants [T], seconds, increasing.
        values: Values [T], 0..1 for the height of the lane; NaN where there are none.
        raw: The same before smoothing, drawn faintly, or None.
    """

    name: str
    color: str
    times: NDArray[np.float64]
    values: NDArray[np.float32]
    raw: NDArray[np.float32] | None = None


class CurveLane(QWidget):
    """Scrub, mark and key along curves.

    `scrubbed` gives an instant; `range_changed` the ends of the played range; `key_moved` an
    index into the keyframes and its new instant, between `key_taken` and `key_dropped`;
    `key_removed` an index.
    """

    scrubbed = Signal(float)
    range_changed = Signal(float, float)
    key_taken = Signal()
    key_moved = Signal(int, float)
    key_dropped = Signal()
    key_removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[Curve, ...] = ()
        self._lines: list[tuple[QPolygonF, QColor, float]] = []
        self._still: QPixmap | None = None
        self._gaps: tuple[tuple[float, float], ...] = ()
        self._keys: tuple[float, ...] = ()
        self._chosen: int | None = None
        self._span, self._range, self._time = (0.0, 0.0), (0.0, 0.0), 0.0
        self._held: str = ""
        self.setMinimumHeight(RULER + KEYS + RANGE + 32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Curves")

    def sizeHint(self) -> QSize:
        """Return a height at which curves can be told apart."""
        return QSize(480, 128)

    # Content

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Show other curves."""
        self._curves = tuple(curves)
        self._make_lines()

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves shown."""
        return self._curves

    def set_span(self, start: float, end: float) -> None:
        """Lay another stretch of time along the lane."""
        if (start, end) != self._span:
            self._span = (start, end)
            self._make_lines()

    def set_range(self, start: float, end: float) -> None:
        """Show the played range."""
        if (start, end) != self._range:
            self._range = (start, end)
            self.update()

    def set_gaps(self, gaps: Sequence[tuple[float, float]]) -> None:
        """Show where the source saw nothing: pairs of instants."""
        self._gaps = tuple(gaps)
        self._still = None
        self.update()

    def set_keys(self, times: Sequence[float]) -> None:
        """Show keyframes."""
        if tuple(times) != self._keys:
            self._keys = tuple(times)
            if self._chosen is not None and self._chosen >= len(self._keys):
                self._chosen = None
            self.update()

    def set_time(self, time: float) -> None:
        """Put the playhead somewhere else."""
        before, self._time = self._time, time
        for instant in (before, time):
            self.update(int(self.axis.x(instant)) - 5, 0, 11, self.height())

    # Geometry

    @property
    def axis(self) -> TimeAxis:
        """The time axis along the lane."""
        return TimeAxis(*self._span, 0.0, float(self.width()))

    def _plot(self) -> QRectF:
        return QRectF(0, RULER, self.width(), max(self.height() - RULER - KEYS - RANGE, 1))

    def _keys_y(self) -> float:
        return self.height() - RANGE - KEYS / 2

    def _make_lines(self) -> None:
        self._lines = []
        axis, plot = self.axis, self._plot().adjusted(0, 3, 0, -3)
        for curve in self._curves:
            for values, alpha, width in ((curve.raw, 90, 1.0), (curve.values, 255, 1.5)):
                if values is None:
                    continue
                color = QColor(curve.color)
                color.setAlpha(alpha)
                for piece in _pieces(curve.times, values, axis, plot):
                    self._lines.append((piece, color, width))
        self._still = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the curves out anew."""
        super().resizeEvent(event)
        self._make_lines()

    # Gestures

    def _grip_at(self, place: QPointF) -> str:
        axis = self.axis
        if abs(place.y() - self._keys_y()) <= KEYS / 2:
            for index, time in enumerate(self._keys):
                if abs(axis.x(time) - place.x()) <= REACH:
                    return f"key {index}"
        if place.y() >= self.height() - RANGE - 2:
            for name, time in (("in", self._range[0]), ("out", self._range[1])):
                if abs(axis.x(time) - place.x()) <= REACH:
                    return name
        return ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a keyframe or an end of the range, or scrub."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._held = self._grip_at(event.position()) or "time"
        self._chosen = int(self._held.split()[1]) if self._held.startswith("key") else None
        if self._chosen is not None:
            self.key_taken.emit()
        elif self._held == "time":
            self.scrubbed.emit(self.axis.time(event.position().x()))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what is held."""
        time = self.axis.time(event.position().x())
        if not self._held:
            sideways = Qt.CursorShape.SizeHorCursor
            self.setCursor(
                sideways if self._grip_at(event.position()) else Qt.CursorShape.ArrowCursor
            )
        elif self._held == "time":
            self.scrubbed.emit(time)
        elif self._held == "in":
            self.range_changed.emit(min(time, self._range[1]), self._range[1])
        elif self._held == "out":
            self.range_changed.emit(self._range[0], max(time, self._range[0]))
        elif self._chosen is not None:
            self.key_moved.emit(self._chosen, time)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            if self._held.startswith("key"):
                self.key_dropped.emit()
            self._held = ""

    def choose_key(self, index: int | None) -> None:
        """Mark a keyframe as the one that Delete removes and a drag goes on with."""
        self._chosen = index
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the chosen keyframe."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._chosen is not None:
            self.key_removed.emit(self._chosen)
        else:
            event.ignore()

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lane."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._still is None:
            self._still = self._drawn_still()
        painter.drawPixmap(0, 0, self._still)
        if self._span[1] <= self._span[0]:
            return
        self._paint_range(painter)
        self._paint_keys(painter)
        self._paint_playhead(painter)

    def _drawn_still(self) -> QPixmap:
        """Return what stays the same while time runs, so that a frame costs the playhead only."""
        ratio = self.devicePixelRatioF()
        still = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        still.setDevicePixelRatio(ratio)
        still.fill(Qt.GlobalColor.transparent)
        painter = QPainter(still)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        if self._span[1] <= self._span[0]:
            painter.setFont(label_font())
            painter.setPen(QColor(tokens.TEXT_MUTED))
            painter.drawText(self._plot(), Qt.AlignmentFlag.AlignCenter, NOTHING)
        for line, color, width in self._lines:
            painter.setPen(QPen(color, width))
            painter.drawPolyline(line)
        painter.end()
        return still

    def _paint_ground(self, painter: QPainter) -> None:
        axis, plot = self.axis, self._plot()
        painter.fillRect(plot, QColor(tokens.VIEWPORT))
        for start, end in self._gaps:
            left, right = axis.x(start), axis.x(end)
            gap = QRectF(left, plot.top(), max(right - left, 1.0), plot.height())
            painter.fillRect(gap, QColor(tokens.RAISED))
            painter.fillRect(gap, Qt.BrushStyle.BDiagPattern)
        painter.setFont(_small_font())
        for time in axis.ticks():
            x = round(axis.x(time)) + 0.5
            painter.setPen(QPen(QColor(tokens.HAIRLINE), 1))
            painter.drawLine(QPointF(x, RULER - 4), QPointF(x, plot.bottom()))
            painter.setPen(QColor(tokens.TEXT_MUTED))
            place = QRectF(x + 3, 0, 64, RULER)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, short_clock(time))

    def _paint_range(self, painter: QPainter) -> None:
        axis, plot = self.axis, self._plot()
        left, right = axis.x(self._range[0]), axis.x(self._range[1])
        veil = QColor(tokens.PANEL)
        veil.setAlpha(170)
        painter.fillRect(QRectF(0, plot.top(), left, plot.height()), veil)
        painter.fillRect(QRectF(right, plot.top(), self.width() - right, plot.height()), veil)
        y = self.height() - RANGE / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.TRACK))
        painter.drawRoundedRect(QRectF(0, y - 2, self.width(), 4), 2, 2)
        painter.setBrush(QColor(tokens.ACCENT_STRONG))
        painter.drawRoundedRect(QRectF(left, y - 2, max(right - left, 4), 4), 2, 2)
        painter.setBrush(QColor(tokens.ACCENT))
        for x in (left, right):
            x = min(max(x, 2.0), self.width() - 2.0)
            painter.drawRoundedRect(QRectF(x - 2, y - 5, 4, 10), 2, 2)

    def _paint_keys(self, painter: QPainter) -> None:
        axis, y = self.axis, self._keys_y()
        for index, time in enumerate(self._keys):
            x = min(max(axis.x(time), 6.0), self.width() - 6.0)
            size = 6 if index == self._chosen else 5
            diamond = [QPointF(x, y - size), QPointF(x + size, y),
                       QPointF(x, y + size), QPointF(x - size, y)]  # fmt: skip
            painter.setPen(QPen(QColor(tokens.WINDOW), 1))
            painter.setBrush(QColor(tokens.ACCENT if index == self._chosen else tokens.AMBER))
            painter.drawPolygon(QPolygonF(diamond))

    def _paint_playhead(self, painter: QPainter) -> None:
        x = self.axis.x(self._time)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.TEXT))
        painter.drawRect(QRectF(x - 0.5, RULER - 2, 1, self.height() - RULER - RANGE + 2))
        head = [QPointF(x - 4, RULER - 6), QPointF(x + 4, RULER - 6), QPointF(x, RULER)]
        painter.drawPolygon(QPolygonF(head))


def _small_font() -> QFont:
    font = label_font()
    font.setPixelSize(tokens.FONT_SIZE_CAPTION)
    return font


def _pieces(
    times: NDArray[np.float64], values: NDArray[np.float32], axis: TimeAxis, plot: QRectF
) -> list[QPolygonF]:
    """Return the unbroken pieces of a curve in pixels, with no more points than can be seen."""
    if not len(times):
        return []
    x = np.array([axis.x(times[0]), axis.x(times[-1])])
    slope = (x[1] - x[0]) / max(times[-1] - times[0], 1e-9)
    x = x[0] + (times - times[0]) * slope
    y = plot.bottom() - np.clip(values, 0, 1) * plot.height()
    if len(x) > 4 * max(plot.width(), 1):
        x, y = _thinned(x, y)
    known = np.isfinite(y)
    edges = np.flatnonzero(np.diff(known.astype(np.int8)))
    parts = np.split(np.arange(len(x)), edges + 1)
    return [
        QPolygonF([QPointF(float(x[i]), float(y[i])) for i in part])
        for part in parts
        if len(part) and known[part[0]]
    ]


def _thinned(
    x: NDArray[np.float64], y: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
    """Keep the least and the greatest of the points that share a pixel, so that peaks stay."""
    columns = np.floor(x).astype(np.int64)
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    return np.repeat(x[starts], 2), np.stack([low, high], axis=-1).ravel()
