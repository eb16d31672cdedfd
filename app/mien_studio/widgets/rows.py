"""RowList: names below each other, each with an icon, a detail and a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mien_studio.theme import tokens
from mien_studio.theme.icons import icon_pixmap
from mien_studio.widgets.lettering import label_font

ROW = 28
_TRAILING = 24


@dataclass(frozen=True)
class Row:
    """One line.

    Args:
        key: Names it in signals.
        title: At the left.
        detail: At the right, quieter.
        icon: Before the title.
        chosen: Whether it is the one in use.
        warning: Whether something is wrong with it; `tip` says what.
        fraction: How far its loading is, or None.
        tip: Shown while the pointer rests on it.
        removable: Whether a bin appears under the pointer.
    """

    key: str
    title: str
    detail: str = ""
    icon: str = ""
    chosen: bool = False
    warning: bool = False
    fraction: float | None = None
    tip: str = ""
    removable: bool = True


class RowList(QWidget):
    """Rows to choose from by mouse or keys.

    `activated` gives the key of a row and whether Shift was held; `menu_wanted` the key and the
    place on the screen; `removed` the key.
    """

    activated = Signal(str, bool)
    menu_wanted = Signal(str, QPoint)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._hovered: int | None = None
        self._on_bin = False
        self._current = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows in order."""
        return self._rows

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows."""
        new = tuple(rows)
        if new == self._rows:
            return
        self._rows = new
        self._current = min(self._current, max(len(new) - 1, 0))
        self.setAccessibleDescription(", ".join(row.title for row in new))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        return QSize(160, ROW * len(self._rows))

    def minimumSizeHint(self) -> QSize:
        """Return the height of all rows: the panel scrolls, not the list."""
        return QSize(80, ROW * len(self._rows))

    def row_rect(self, index: int) -> QRectF:
        """Return where a row is."""
        return QRectF(0, index * ROW, self.width(), ROW)

    def _index_at(self, y: float) -> int | None:
        index = int(y // ROW)
        return index if 0 <= index < len(self._rows) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row, or remove it by its bin."""
        index = self._index_at(event.position().y())
        if index is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._current = index
        row = self._rows[index]
        if row.removable and event.position().x() > self.width() - _TRAILING:
            self.removed.emit(row.key)
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.activated.emit(row.key, shift)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the pointer."""
        on_bin = event.position().x() > self.width() - _TRAILING
        self._hover(self._index_at(event.position().y()), on_bin)

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self._hover(None, False)
        super().leaveEvent(event)

    def _hover(self, index: int | None, on_bin: bool) -> None:
        if (index, on_bin) != (self._hovered, self._on_bin):
            self._hovered, self._on_bin = index, on_bin
            self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of a row."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self._current if by_key and self._rows else self._index_at(event.pos().y())
        if index is None:
            event.ignore()
            return
        self.menu_wanted.emit(self._rows[index].key, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk by the arrow keys, choose by Enter, remove by Delete."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        move = next((step for key, step in moves.items() if key == event.key()), None)
        if not self._rows:
            event.ignore()
        elif move is not None:
            self._current = min(max(self._current + move, 0), len(self._rows) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.activated.emit(self._rows[self._current].key, shift)
        elif event.key() == Qt.Key.Key_Delete and self._rows[self._current].removable:
            self.removed.emit(self._rows[self._current].key)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Show the tip of the row under the pointer; keep its keys from the window's shortcuts."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos().y())
            tip = self._rows[index].tip if index is not None else ""
            QToolTip.showText(event.globalPos(), "Remove" if self._on_bin and tip else tip, self)
            return True
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Delete)
        ):
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(label_font())
        for index, row in enumerate(self._rows):
            self._paint_row(painter, index, row, self.row_rect(index))

    def _paint_row(self, painter: QPainter, index: int, row: Row, rect: QRectF) -> None:
        lit = index == self._hovered
        box = rect.adjusted(-4, 1, 4, -1)
        if row.chosen or lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.SELECTION if row.chosen else tokens.HOVER))
            painter.drawRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
        if self.hasFocus() and index == self._current:
            painter.setPen(QColor(tokens.ACCENT))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(4.5, 0.5, -4.5, -0.5), 4, 4)
        left = 0.0
        if row.icon:
            color = tokens.ACCENT if row.chosen else tokens.TEXT_MUTED
            name = "warning" if row.warning else row.icon
            drawn = icon_pixmap(
                name, tokens.AMBER if row.warning else color, 16, self.devicePixelRatioF()
            )
            painter.drawPixmap(QPoint(4, round(rect.top()) + (ROW - 16) // 2), drawn)
            left = 28.0
        right = float(rect.width())
        if row.removable and lit:
            color = tokens.TEXT if self._on_bin else tokens.TEXT_MUTED
            drawn = icon_pixmap("trash", color, 16, self.devicePixelRatioF())
            painter.drawPixmap(QPoint(round(right) - 20, round(rect.top()) + 6), drawn)
        if row.removable and lit:
            right -= _TRAILING
        elif row.detail:
            right -= tokens.SPACE_S
        self._paint_words(painter, row, QRectF(left, rect.top(), right - left, ROW))
        if row.fraction is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.ACCENT))
            painter.drawRect(QRectF(left, rect.bottom() - 2, (right - left) * row.fraction, 2))

    def _paint_words(self, painter: QPainter, row: Row, place: QRectF) -> None:
        metrics = QFontMetrics(label_font())
        middle = Qt.AlignmentFlag.AlignVCenter
        detail = metrics.horizontalAdvance(row.detail) + (tokens.SPACE_S if row.detail else 0)
        room = int(place.width()) - detail
        title = metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, room)
        painter.setPen(QColor(tokens.TEXT if row.chosen else tokens.TEXT_SECONDARY))
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(QColor(tokens.AMBER if row.warning else tokens.TEXT_MUTED))
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, row.detail)
