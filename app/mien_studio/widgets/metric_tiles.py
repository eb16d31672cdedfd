"""MetricTiles: a few figures side by side, one of which is looked at closer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import label_font, number_font

HEIGHT = 48


@dataclass(frozen=True)
class Tile:
    """One figure.

    Args:
        key: Names it in signals.
        title: Above it.
        value: As it is shown.
        unit: Behind it, quieter.
        tip: Shown while the pointer rests on it, such as why there is none.
        dimmed: Whether there is none to look at.
    """

    key: str
    title: str
    value: str
    unit: str = ""
    tip: str = ""
    dimmed: bool = False


class MetricTiles(QWidget):
    """Figures to choose from.

    `chosen` gives the key of the one the user wants to look at closer.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: tuple[Tile, ...] = ()
        self._current = ""
        self._hovered: int | None = None
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Metrics")

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """The figures in order."""
        return self._tiles

    @property
    def current(self) -> str:
        """The key of the one that is looked at; empty for none."""
        return self._current

    def set_tiles(self, tiles: Sequence[Tile], current: str) -> None:
        """Show other figures."""
        if (tuple(tiles), current) != (self._tiles, self._current):
            self._tiles, self._current = tuple(tiles), current
            told = ", ".join(f"{tile.title} {tile.value} {tile.unit}" for tile in tiles)
            self.setAccessibleDescription(told)
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size at which figures stand apart."""
        return QSize(72 * max(len(self._tiles), 1), HEIGHT)

    def _index_at(self, x: float) -> int | None:
        index = int(x / max(self.width(), 1) * len(self._tiles))
        return index if 0 <= index < len(self._tiles) else None

    def _choose(self, index: int | None) -> None:
        if index is not None and not self._tiles[index].dimmed:
            self.chosen.emit(self._tiles[index].key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the figure that was pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._index_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what would be chosen."""
        hovered = self._index_at(event.position().x())
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self._hovered = None
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the neighbour by the arrow keys."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        move = next((step for key, step in moves.items() if key == event.key()), None)
        keys = [tile.key for tile in self._tiles if not tile.dimmed]
        if move is None or self._current not in keys:
            event.ignore()
            return
        at = min(max(keys.index(self._current) + move, 0), len(keys) - 1)
        self.chosen.emit(keys[at])

    def event(self, event: QEvent) -> bool:
        """Show the tip of the figure under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos().x())
            tip = self._tiles[index].tip if index is not None else ""
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the figures."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width() / max(len(self._tiles), 1)
        for index, tile in enumerate(self._tiles):
            self._paint_tile(painter, tile, QRectF(index * width, 0, width, HEIGHT), index)

    def _paint_tile(self, painter: QPainter, tile: Tile, rect: QRectF, index: int) -> None:
        chosen = tile.key == self._current
        if (index == self._hovered and not tile.dimmed) or chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.SELECTION if chosen else tokens.HOVER))
            painter.drawRoundedRect(rect.adjusted(0, 0, -2, 0), tokens.RADIUS, tokens.RADIUS)
        if self.hasFocus() and chosen:
            painter.setPen(QColor(tokens.ACCENT))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -2.5, -0.5), 4, 4)
        inner = rect.adjusted(tokens.SPACE_S, 0, -tokens.SPACE_XS, 0)
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(label_font())
        painter.setPen(QColor(tokens.TEXT_DISABLED if tile.dimmed else tokens.TEXT_MUTED))
        painter.drawText(inner.adjusted(0, 6, 0, -26), top, tile.title)
        painter.setFont(_figure_font())
        loud = tokens.TEXT if chosen else tokens.TEXT_SECONDARY
        painter.setPen(QColor(tokens.TEXT_DISABLED if tile.dimmed else loud))
        place = inner.adjusted(0, 20, 0, -4)
        painter.drawText(place, top, tile.value)
        left = painter.fontMetrics().horizontalAdvance(tile.value) + 4
        painter.setFont(label_font())
        painter.setPen(QColor(tokens.TEXT_MUTED))
        painter.drawText(place.adjusted(left, 1, 0, 1), top, tile.unit)


def _figure_font() -> QFont:
    font = number_font()
    font.setPixelSize(tokens.FONT_SIZE + 2)
    font.setWeight(QFont.Weight.Medium)
    return font
