"""The dialog for work that an earlier studio did not get to save."""

from __future__ import annotations

import time
from typing import Literal

from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mien.session.recovery import Recoverable
from mien_studio.theme import tokens

Choice = Literal["recover", "discard", "later"]


class RecoveryDialog(QDialog):
    """Offer what was left behind: go on with it, delete it, or decide later.

    Args:
        items: The newest first.
        parent: The window.
    """

    def __init__(self, items: list[Recoverable], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recover work")
        self.setMinimumWidth(460)
        self.choice: Choice = "later"
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(tokens.SPACE_M)
        title = QLabel("Mien ended before this was saved")
        title.setProperty("role", "title")
        column.addWidget(title)
        self._list = QListWidget()
        self._list.setMaximumHeight(140)
        for item in items:
            name = item.original.name if item.original is not None else "Untitled"
            entry = QListWidgetItem(f"{name}    kept {_when(item.saved_at)}")
            if item.original is not None:
                entry.setToolTip(str(item.original))
            self._list.addItem(entry)
        self._items = items
        self._list.setCurrentRow(0)
        column.addWidget(self._list)
        row = QHBoxLayout()
        row.addWidget(self._button("Delete", "discard"))
        row.addStretch(1)
        row.addWidget(self._button("Decide later", "later"))
        recover = self._button("Recover", "recover")
        recover.setDefault(True)
        row.addWidget(recover)
        column.addLayout(row)

    @property
    def item(self) -> Recoverable:
        """The one that is chosen."""
        return self._items[max(self._list.currentRow(), 0)]

    def _button(self, title: str, choice: Choice) -> QPushButton:
        button = QPushButton(title)
        button.setAutoDefault(choice == "recover")
        button.clicked.connect(lambda _checked=False: self._choose(choice))
        return button

    def _choose(self, choice: Choice) -> None:
        self.choice = choice
        self.accept()


def _when(at: float) -> str:
    return time.strftime("%d %b, %H:%M", time.localtime(at))
