"""ScoreTable: a name, a mean, a worst value and a count in each row, sorted by any of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import label_font, number_font

ROW = 24
_RIGHTS = (0.62, 0.82, 1.0)
"""Where the columns of numbers end, as shares of the width."""


@dataclass(frozen=True)
class Score:
    """A row.

    Args:
        name: Of what; names it in signals.
        color: Of the dot before it.
        mean: NaN for none.
        worst: NaN for none.
        count: Of how many.
        tip: Shown while the pointer rests on it.
    """

    name: str
    color: str
    mean: float
    worst: float
    count: int
    tip: str = ""


class ScoreTable(QWidget):
    """Sort by a click on a title, choose by a click on a row.

    `chosen` gives the name of the row.
    """

    chosen = Signal(str)

    def __init__(self, titles: tuple[str, str, str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = titles
        self._scores: tuple[Score, ...] = ()
        self._digits = 2
        self._current = ""
        self._hovered: int | None = None
        self._sorted_by, self._falling = 0, False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(titles[0])

    @property
    def scores(self) -> tuple[Score, ...]:
        """The rows from top to bottom."""
        return self._scores

    def set_scores(self, scores: Sequence[Score], *, digits: int) -> None:
        """Show other rows, their order kept by what they are sorted by."""
        if len(scores) != len(self._scores):
            self.updateGeometry()
        self._digits = digits
        self._sort(scores)

    def set_current(self, name: str) -> None:
        """Mark a row; none for an empty name."""
        if name != self._current:
            self._current = name
            self.update()

    def sort_by(self, column: int, *, falling: bool = False) -> None:
        """Sort by name, mean, worst or count."""
        self._sorted_by, self._falling = column, falling
        self._sort(self._scores)

    def _sort(self, scores: Sequence[Score]) -> None:
        def key(score: Score) -> tuple[bool, float | str]:
            value = (score.name, score.mean, score.worst, score.count)[self._sorted_by]
            unknown = isinstance(value, float) and math.isnan(value)
            # What is not known stands at the end, whichever way it goes.
            return (unknown != self._falling, 0.0 if unknown else value)

        self._scores = tuple(sorted(scores, key=key, reverse=self._falling))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        return QSize(200, ROW * (len(self._scores) + 1))

    def minimumSizeHint(self) -> QSize:
        """Return the height of all rows: the panel scrolls, not the table."""
        return QSize(120, ROW * (len(self._scores) + 1))

    def row_rect(self, index: int) -> QRectF:
        """Return where a row is."""
        return QRectF(0, ROW * (index + 1), self.width(), ROW)

    def _index_at(self, y: float) -> int | None:
        index = int(y // ROW) - 1
        return index if 0 <= index < len(self._scores) else None

    def _column_at(self, x: float) -> int:
        share = x / max(self.width(), 1)
        starts = (0.42, *_RIGHTS[:-1])
        return sum(share >= start for start in starts)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row, or sort by a column; once more turns it round."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        if place.y() < ROW:
            column = self._column_at(place.x())
            self.sort_by(column, falling=column == self._sorted_by and not self._falling)
            return
        self._choose(self._index_at(place.y()))

    def _choose(self, index: int | None) -> None:
        if index is not None:
            self.chosen.emit(self._scores[index].name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the pointer."""
        self._hover(self._index_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self._hover(None)
        super().leaveEvent(event)

    def _hover(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the neighbour by the arrow keys."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        move = next((step for key, step in moves.items() if key == event.key()), None)
        names = [score.name for score in self._scores]
        if move is None or not names:
            event.ignore()
            return
        at = names.index(self._current) + move if self._current in names else 0
        self._choose(min(max(at, 0), len(names) - 1))

    def event(self, event: QEvent) -> bool:
        """Show the tip of the row under the pointer; keep its keys from the window's shortcuts."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos().y())
            tip = self._scores[index].tip if index is not None else "Sort"
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        arrows = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in arrows:
            event.accept()
            return True
        return super().event(event)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw titles and rows."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_titles(painter)
        for index, score in enumerate(self._scores):
            self._paint_row(painter, score, self.row_rect(index), lit=index == self._hovered)

    def _place(self, column: int, top: float) -> QRectF:
        width = self.width() - tokens.SPACE_S
        if column == 0:
            return QRectF(0, top, 0.42 * width, ROW)
        right = _RIGHTS[column - 1] * width
        return QRectF(right - 0.25 * width, top, 0.25 * width, ROW)

    def _paint_titles(self, painter: QPainter) -> None:
        painter.setFont(label_font())
        for column, title in enumerate(self._titles):
            sorting = column == self._sorted_by
            painter.setPen(QColor(tokens.TEXT_SECONDARY if sorting else tokens.TEXT_MUTED))
            arrow = (" ↓" if self._falling else " ↑") if sorting else ""
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            place = self._place(column, 0)
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, title + arrow)
        painter.fillRect(QRectF(0, ROW - 1, self.width(), 1), QColor(tokens.HAIRLINE))

    def _paint_row(self, painter: QPainter, score: Score, rect: QRectF, *, lit: bool) -> None:
        current = score.name == self._current
        painter.setPen(Qt.PenStyle.NoPen)
        if current or lit:
            painter.setBrush(QColor(tokens.SELECTION if current else tokens.HOVER))
            painter.drawRoundedRect(rect.adjusted(-4, 1, 4, -1), tokens.RADIUS, tokens.RADIUS)
        painter.setBrush(QColor(score.color))
        painter.drawEllipse(QRectF(2, rect.center().y() - 3, 6, 6))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(label_font())
        painter.setPen(QColor(tokens.TEXT if current else tokens.TEXT_SECONDARY))
        place = self._place(0, rect.top()).adjusted(16, 0, 0, 0)
        elide = Qt.TextElideMode.ElideRight
        name = painter.fontMetrics().elidedText(score.name, elide, int(place.width()))
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(number_font())
        texts = (self._shown(score.mean), self._shown(score.worst), f"{score.count}")
        for column, text in enumerate(texts, start=1):
            quiet = tokens.TEXT_MUTED if column == 3 else tokens.TEXT_SECONDARY
            painter.setPen(QColor(tokens.TEXT if column == 1 else quiet))
            place = self._place(column, rect.top())
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, text)

    def _shown(self, value: float) -> str:
        if math.isnan(value):
            return "–"
        return "∞" if math.isinf(value) else f"{value:.{self._digits}f}"
