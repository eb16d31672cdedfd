"""Counter: a number that changes with every frame, without disturbing anything around it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import number_font


class Counter(QWidget):
    """Draw a short text in a fixed room.

    A QLabel would have the whole panel laid out anew with every text.

    Args:
        longest: The longest text there will be, for the room it takes.
        color: Of the text.
    """

    def __init__(
        self, longest: str, color: str = tokens.TEXT, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._color = color
        width = QFontMetrics(number_font()).horizontalAdvance(longest) + tokens.SPACE_XS
        self.setFixedSize(QSize(width, tokens.ROW))

    def text(self) -> str:
        """Return what it shows."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show something else."""
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(text)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text."""
        del event
        painter = QPainter(self)
        painter.setFont(number_font())
        painter.setPen(QColor(self._color))
        room = QRect(0, 0, self.width(), self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._text)
