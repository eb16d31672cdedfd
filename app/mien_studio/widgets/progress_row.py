"""ProgressRow: how far a task is, and the way to stop it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(4)
        self._fraction: float | None = None
        self._phase = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._advance)

    def set_fraction(self, fraction: float | None) -> None:
        self._fraction = fraction
        if fraction is None and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()
        self.update()

    def _advance(self) -> None:
        self._phase = (self._phase + 0.02) % 1.0
        if not self.isVisible():
            self._timer.stop()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.TRACK))
        whole = QRectF(self.rect())
        painter.drawRoundedRect(whole, 2, 2)
        painter.setBrush(QColor(tokens.ACCENT))
        if self._fraction is not None:
            part = QRectF(0, 0, whole.width() * min(max(self._fraction, 0.0), 1.0), 4)
        else:
            # How far is not known: a piece wanders from end to end.
            length = whole.width() / 4
            part = QRectF((whole.width() + length) * self._phase - length, 0, length, 4)
        painter.drawRoundedRect(part.intersected(whole), 2, 2)


class ProgressRow(QWidget):
    """A line of text, a bar and a cancel button.

    `cancelled` is emitted when the user wants it stopped.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel()
        self._text.setProperty("role", "note")
        self._percent = QLabel()
        self._percent.setProperty("role", "secondary")
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = _Bar()
        self._cancel = icon_button("cancel", "Cancel", self.cancelled.emit)
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_XS)
        head.addWidget(self._text, 1)
        head.addWidget(self._percent)
        head.addWidget(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(head)
        column.addWidget(self._bar)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def show_progress(self, text: str, fraction: float | None) -> None:
        """Say what is done and how far it is, None where that is not known."""
        self._text.setText(text)
        self._percent.setText("" if fraction is None else f"{round(100 * fraction)} %")
        self._bar.set_fraction(fraction)
