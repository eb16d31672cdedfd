"""The dialog that says what this is and what it runs on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from mien_studio.theme import tokens


class AboutDialog(QDialog):
    """Name, versions, licence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Mien")
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 24, 32, 20)
        column.setSpacing(tokens.SPACE_S)
        title = QLabel("Mien")
        title.setStyleSheet("font-size: 28px; font-weight: 600;")
        column.addWidget(title)
        column.addWidget(QLabel("See, drive, blend and compare 3D Gaussian head avatars."))
        column.addSpacing(tokens.SPACE_S)
        facts = QLabel(
            f"Version {_version('mien')}\nQt {qVersion()}, PySide {_version('PySide6-Essentials')},"
            f" Python {platform.python_version()}\nApache License 2.0"
        )
        facts.setProperty("role", "muted")
        facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(facts)
        column.addSpacing(tokens.SPACE_M)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "from a checkout"
