"""EmptyState: what to say where there is nothing yet, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.theme.icons import icon_pixmap


class EmptyState(QWidget):
    """An icon, a sentence on what this place is for, one on what to do, and perhaps a button.

    Args:
        icon_name: Drawn large and quiet.
        text: What is missing.
        hint: What to do.
        button: Does it.
    """

    def __init__(
        self,
        icon_name: str,
        text: str,
        hint: str = "",
        *,
        button: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon, self._text, self._hint = QLabel(), QLabel(text), QLabel(hint)
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icon_pixmap(icon_name, tokens.TEXT_DISABLED, 32, ratio))
        self._text.setProperty("role", "secondary")
        self._hint.setProperty("role", "note")
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.SPACE_L, tokens.SPACE_XL, tokens.SPACE_L, tokens.SPACE_XL)
        column.setSpacing(tokens.SPACE_S)
        column.addStretch(1)
        for label in (self._icon, self._text, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(label is not self._icon)
            column.addWidget(label)
        if button is not None:
            column.addSpacing(tokens.SPACE_XS)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._hint.setVisible(bool(hint))

    @property
    def text(self) -> str:
        """All it says."""
        return f"{self._text.text()} {self._hint.text()}".strip()

    def set_text(self, text: str, hint: str = "") -> None:
        """Say something else."""
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
