"""A column that scrolls when there is not enough height: the body of most panels."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from mien_studio.theme import tokens


class ScrollColumn(QScrollArea):
    """Sections below each other, with the margins every panel has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget()
        self.column = QVBoxLayout(self._inner)
        margin = tokens.SPACE_M
        self.column.setContentsMargins(margin, tokens.SPACE_S, margin, margin)
        self.column.setSpacing(tokens.SPACE_M)
        self.column.addStretch(1)
        self.setWidget(self._inner)

    def add(self, widget: QWidget) -> None:
        """Append a widget above the stretch."""
        self.column.insertWidget(self.column.count() - 1, widget)

    def minimumSizeHint(self) -> QSize:
        """Return a size that lets docks be made narrow; the rest scrolls."""
        return QSize(self._inner.minimumSizeHint().width() + 12, 96)
