"""NumberEditor: the field that appears over a number while it is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from mien_studio.widgets.lettering import number_font


class NumberEditor(QLineEdit):
    """Type over a number: Enter and leaving the field take the text, Escape does not.

    `entered` gives the text that was typed; `closed` is emitted once after each appearance.
    """

    entered = Signal(str)
    closed = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("sliderNumber")
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFont(number_font())
        self.setAccessibleName(f"{name}, number")
        self.hide()

    def begin(self, text: str, *, select: bool) -> None:
        """Appear with a text, all of it selected where it is to be typed over."""
        self.setText(text)
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if select:
            self.selectAll()

    def take(self) -> None:
        """Close, and give what was typed."""
        if not self.isHidden():
            text = self.text()
            self.dismiss()
            self.entered.emit(text)

    def dismiss(self) -> None:
        """Close without taking the text."""
        if self.isHidden():
            return
        focused, parent = self.hasFocus(), self.parentWidget()
        self.hide()
        if focused and parent is not None:
            parent.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take on Enter, dismiss on Escape; neither key goes on to the row underneath."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.take()
        elif event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the text when something else gets the focus."""
        super().focusOutEvent(event)
        self.take()
