"""LabelledRow: a name and what it is set by."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from mien_studio.theme import tokens

LABEL_WIDTH = 60
"""Of names in narrow docks, so that what stands below each other begins on one line."""


class LabelledRow(QWidget):
    """A row of a panel.

    Args:
        title: Its name; empty where it belongs to the row above.
        widgets: The first takes the room there is.
    """

    def __init__(self, title: str, *widgets: QWidget) -> None:
        super().__init__()
        label = QLabel(title)
        label.setProperty("role", "label")
        label.setFixedWidth(LABEL_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.SPACE_XS)
        layout.addWidget(label)
        for number, widget in enumerate(widgets):
            layout.addWidget(widget, 1 if number == 0 else 0)
        self.setMinimumHeight(tokens.ROW)
