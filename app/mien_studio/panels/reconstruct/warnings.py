"""What is wrong with a capture, one line each; a camera that is named can be stood in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.rows import Row, RowList

_CAMERA = re.compile(r"camera (.+?): ")


class WarningList(QWidget):
    """Show warnings; a click on one that names a camera gives `camera_wanted`."""

    camera_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowList()
        self.rows.setAccessibleName("Warnings")
        self.rows.activated.connect(self._on_activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addWidget(self.rows)

    @property
    def texts(self) -> list[str]:
        """What is shown."""
        return [row.key for row in self.rows.rows]

    def show_warnings(self, warnings: Sequence[str]) -> None:
        """Show other warnings, or none."""
        self.rows.set_rows(
            [
                Row(text, _short(text), icon="camera", warning=True, tip=text, removable=False)
                for text in warnings
            ]
        )
        self.setVisible(bool(warnings))

    def _on_activated(self, text: str, _shift: bool) -> None:
        found = _CAMERA.match(text)
        if found is not None:
            self.camera_wanted.emit(found[1])


def _short(text: str) -> str:
    """Return a warning so that its camera and what is wrong fit a line."""
    plain = text.removeprefix("camera ").removesuffix("; left out")
    return plain.replace("reprojection disagrees with the mask", "disagrees with the mask")
