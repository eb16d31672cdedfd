"""ConvergencePlot: figures of something that gets better, over the time it has taken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import number_font
from mien_studio.widgets.time_axis import TimeAxis, short_clock

HEIGHT = 160
_LEFT, _TOP, _BOTTOM = 32, 24, 20
_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True)
class Series:
    """One figure over time.

    Args:
        name: What it is.
        color: One of the theme's.
        points: Pairs of seconds and value, in order.
        marked: Whether each value gets a dot, where there are few.
    """

    name: str
    color: str
    points: tuple[tuple[float, float], ...]
    marked: bool = False


class ConvergencePlot(QWidget):
    """Draw a few series over one time axis; the pointer reads them off."""

    def __init__(self, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = unit
        self._series: tuple[Series, ...] = ()
        self._secs = 1.0
        self._pointer: float | None = None
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Convergence")

    @property
    def series(self) -> tuple[Series, ...]:
        """What is drawn."""
        return self._series

    def set_series(self, series: Sequence[Series], secs: float) -> None:
        """Draw other figures.

        Args:
            series: The last lies on top.
            secs: How long it may take altogether: where the time axis ends at least.
        """
        latest = [held.points[-1][0] for held in series if held.points]
        self._series, self._secs = tuple(series), max([secs, *latest])
        self.update()

    def readings(self, secs: float) -> list[str]:
        """Return what each series was at a time, the newest value not after it."""
        told: list[str] = []
        for held in reversed(self._series):
            before = [value for at, value in held.points if at <= secs]
            if before:
                told.append(f"{held.name} {before[-1]:.2f}")
        return told

    def sizeHint(self) -> QSize:
        """Return the height at which a curve can be read."""
        return QSize(240, HEIGHT)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw grid, curves and what is read off."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.VIEWPORT))
        painter.drawRoundedRect(QRectF(self.rect()), tokens.RADIUS, tokens.RADIUS)
        area = self._area()
        axis = TimeAxis(0.0, self._secs, area.left(), area.right())
        low, high, step = self._range()
        self._paint_grid(painter, area, axis, (low, high, step))
        painter.setClipRect(area.adjusted(-4, -4, 4, 4))
        for held in self._series:
            places = [
                QPointF(axis.x(at), _height(area, value, low, high)) for at, value in held.points
            ]
            _paint_curve(painter, held, places)
        painter.setClipping(False)
        self._paint_legend(painter, area, axis)

    def _area(self) -> QRectF:
        whole = QRectF(self.rect())
        return whole.adjusted(_LEFT, _TOP, -tokens.SPACE_M, -_BOTTOM)

    def _range(self) -> tuple[float, float, float]:
        values = [value for held in self._series for _, value in held.points]
        if not values:
            return 0.0, 40.0, 10.0
        low, high = min(values), max(values)
        room = max(high - low, 1.0)
        step = next((held for held in _STEPS if room / held <= 4), _STEPS[-1])
        return math.floor(low / step) * step, math.ceil((high + 0.1 * step) / step) * step, step

    def _paint_grid(
        self,
        painter: QPainter,
        area: QRectF,
        axis: TimeAxis,
        scale: tuple[float, float, float],
    ) -> None:
        low, high, step = scale
        painter.setFont(_tick_font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for index in range(round((high - low) / step) + 1):
            value = low + index * step
            y = round(_height(area, value, low, high)) + 0.5
            painter.setPen(QPen(QColor(tokens.HAIRLINE), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(tokens.TEXT_MUTED))
            painter.drawText(QRectF(0, y - 8, _LEFT - 6, 16), right, f"{value:g}")
        middle = Qt.AlignmentFlag.AlignCenter
        for secs in axis.ticks(56):
            x = axis.x(secs)
            text = short_clock(secs)
            half = painter.fontMetrics().horizontalAdvance(text) / 2 + 1
            centre = min(x, self.width() - half - 2)
            if secs > 0:
                place = QRectF(centre - half, area.bottom() + 2, 2 * half, _BOTTOM - 2)
                painter.drawText(place, middle, text)

    def _paint_legend(self, painter: QPainter, area: QRectF, axis: TimeAxis) -> None:
        painter.setFont(_tick_font())
        metrics = painter.fontMetrics()
        x = area.left()
        for held in reversed(self._series):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(held.color))
            painter.drawEllipse(QPointF(x + 3, 12), 3, 3)
            painter.setPen(QColor(tokens.TEXT_SECONDARY))
            painter.drawText(QPointF(x + 10, 16), held.name)
            x += 10 + metrics.horizontalAdvance(held.name) + tokens.SPACE_M
        painter.setPen(QColor(tokens.TEXT_MUTED))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        line = QRectF(x, 4, area.right() - x, 16)
        if self._pointer is None:
            painter.drawText(line, right, self._unit)
            return
        secs = axis.time(self._pointer)
        at = round(axis.x(secs)) + 0.5
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        text = "  ".join(held.rsplit(" ", 1)[1] for held in self.readings(secs))
        painter.drawText(line, right, f"{text} {self._unit}" if text else "")

    # Reading

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the curves off under the pointer."""
        self._pointer = event.position().x()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading."""
        self._pointer = None
        self.update()
        super().leaveEvent(event)


def _paint_curve(painter: QPainter, held: Series, places: list[QPointF]) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    color = QColor(held.color)
    painter.setPen(QPen(color, 1.6 if held.marked else 1.2))
    painter.drawPolyline(QPolygonF(places))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for place in places if held.marked else places[-1:]:
        painter.drawEllipse(place, 2.2, 2.2)


def _height(area: QRectF, value: float, low: float, high: float) -> float:
    return area.bottom() - (value - low) / ((high - low) or 1.0) * area.height()


def _tick_font() -> QFont:
    font = number_font()
    font.setPixelSize(tokens.FONT_SIZE_CAPTION)
    return font
