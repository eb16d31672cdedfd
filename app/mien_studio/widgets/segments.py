"""Segments: one of a few words is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import label_font

HEIGHT = 24


class Segments(QWidget):
    """One of a few words is chosen; they sit side by side in one bar.

    `chosen` gives the key the user chose.
    """

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = tuple(options)
        self._current = self._options[0][0]
        self._hovered = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(text for _key, text in self._options))

    @property
    def current(self) -> str:
        """The key of the chosen one."""
        return self._current

    def set_current(self, key: str) -> None:
        """Choose another one, without a signal."""
        if key != self._current:
            self._current = key
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size at which every word has its margins."""
        metrics = QFontMetrics(label_font())
        widest = max(metrics.horizontalAdvance(text) for _key, text in self._options)
        return QSize((widest + 2 * tokens.SPACE_S) * len(self._options), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the size at which the words just stand apart."""
        return QSize(self.sizeHint().width() - tokens.SPACE_S * len(self._options), HEIGHT)

    def _key_at(self, x: float) -> str:
        index = int(x / max(self.width(), 1) * len(self._options))
        return self._options[min(max(index, 0), len(self._options) - 1)][0]

    def _choose(self, key: str) -> None:
        if key != self._current:
            self.set_current(key)
            self.chosen.emit(key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what was pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._key_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what would be chosen."""
        hovered = self._key_at(event.position().x())
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self._hovered = ""
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the neighbour by the arrow keys."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        move = next((step for key, step in moves.items() if key == event.key()), None)
        if move is None:
            event.ignore()
            return
        keys = [key for key, _text in self._options]
        self._choose(keys[min(max(keys.index(self._current) + move, 0), len(keys) - 1)])

    def event(self, event: QEvent) -> bool:
        """Keep the arrow keys from being taken as shortcuts of the window."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        ):
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar, the chosen segment and the words."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.RAISED))
        painter.drawRoundedRect(QRectF(self.rect()), tokens.RADIUS, tokens.RADIUS)
        painter.setFont(label_font())
        width = self.width() / len(self._options)
        for index, (key, text) in enumerate(self._options):
            box = QRectF(index * width, 0, width, self.height())
            color = tokens.TEXT if key == self._hovered else tokens.TEXT_SECONDARY
            if key == self._current:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.ACCENT_STRONG if self.isEnabled() else tokens.HOVER))
                painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), tokens.RADIUS, tokens.RADIUS)
                color = tokens.TEXT_ON_ACCENT
            painter.setPen(QColor(color if self.isEnabled() else tokens.TEXT_DISABLED))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
