"""The dialog that lists the shortcuts and lets them be changed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mien_studio.bridge.actions import Actions
from mien_studio.dialogs.fuzzy import score
from mien_studio.theme import tokens

_ID = Qt.ItemDataRole.UserRole

_MOUSE = (
    ("Orbit", "Left drag"),
    ("Pan", "Middle, right or Shift drag"),
    ("Dolly", "Wheel"),
    ("Magnify pixels", "Ctrl wheel"),
    ("Set the pivot", "Double-click"),
    ("Fly", "W A S D Q E, Shift for fast"),
)


class ShortcutsDialog(QDialog):
    """All actions with their keys; choose one, press others.

    Args:
        actions: What is listed and bound.
        parent: The window.
    """

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(640, 620)
        self._actions = actions
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(tokens.SPACE_M)
        self.search = QLineEdit(placeholderText="Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        column.addWidget(self.search)
        self.tree = QTreeWidget(columnCount=2)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setHeaderLabels(["Action", "Keys"])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().resizeSection(1, 220)
        self.tree.setIndentation(12)
        self.tree.currentItemChanged.connect(self._on_current)
        column.addWidget(self.tree, 1)
        row = QHBoxLayout()
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setClearButtonEnabled(True)
        self.keys.keySequenceChanged.connect(self._on_keys)
        self.bind = QPushButton("Set")
        self.bind.clicked.connect(self._bind)
        self.restore = QPushButton("Restore default")
        self.restore.clicked.connect(self._restore)
        row.addWidget(QLabel("New keys"))
        row.addWidget(self.keys, 1)
        row.addWidget(self.bind)
        row.addWidget(self.restore)
        column.addLayout(row)
        self.note = QLabel(" ")
        self.note.setProperty("role", "muted")
        column.addWidget(self.note)
        for button in (self.bind, self.restore):
            button.setAutoDefault(False)
        self._fill()
        self._on_current()

    @property
    def chosen(self) -> str | None:
        """The id of the action that is chosen, or None."""
        item = self.tree.currentItem()
        return item.data(0, _ID) if item is not None else None

    def choose(self, action_id: str) -> None:
        """Choose an action."""
        for item in self._items():
            if item.data(0, _ID) == action_id:
                self.tree.setCurrentItem(item)

    def _fill(self) -> None:
        chosen = self.chosen
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for action in self._actions:
            title = action.menu.split("/")[0] or "Other"
            if title not in groups:
                groups[title] = self._group(title)
            item = QTreeWidgetItem(groups[title], [action.title, self._shown(action.id)])
            item.setData(0, _ID, action.id)
        mouse = self._group("Mouse")
        for title, keys in _MOUSE:
            QTreeWidgetItem(mouse, [title, keys])
        self.tree.expandAll()
        self._filter(self.search.text())
        if chosen:
            self.choose(chosen)

    def _group(self, title: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.tree, [title.upper()])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setForeground(0, self.palette().placeholderText())
        return item

    def _shown(self, action_id: str) -> str:
        keys = QKeySequence(self._actions.shortcut(action_id))
        text = keys.toString(QKeySequence.SequenceFormat.NativeText)
        return f"{text}  (changed)" if self._actions.is_rebound(action_id) else text

    def _groups(self) -> list[QTreeWidgetItem]:
        found = [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        return [group for group in found if group is not None]

    def _items(self) -> list[QTreeWidgetItem]:
        return [item for group in self._groups() for item in _children(group)]

    def _filter(self, query: str) -> None:
        for item in self._items():
            text = f"{item.text(0)} {item.text(1)}"
            item.setHidden(bool(query) and score(query, text) is None)
        for group in self._groups():
            group.setHidden(all(item.isHidden() for item in _children(group)))

    def _on_current(self, *_items: object) -> None:
        chosen = self.chosen
        self.keys.setEnabled(chosen is not None)
        self.restore.setEnabled(chosen is not None and self._actions.is_rebound(chosen))
        self.keys.blockSignals(True)
        self.keys.setKeySequence(QKeySequence(self._actions.shortcut(chosen) if chosen else ""))
        self.keys.blockSignals(False)
        self._on_keys()

    def _on_keys(self, _keys: object = None) -> None:
        chosen = self.chosen
        wanted = self._wanted()
        self.bind.setEnabled(chosen is not None and wanted != self._actions.shortcut(chosen))
        taken = self._actions.conflict(chosen, wanted) if chosen else None
        self.note.setText(f"{taken.title} has these keys and would lose them" if taken else " ")
        self.note.setStyleSheet(f"color: {tokens.AMBER};" if taken else "")

    def _wanted(self) -> str:
        return self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _bind(self) -> None:
        if self.chosen is not None:
            self._actions.rebind(self.chosen, self._wanted())
            self._fill()

    def _restore(self) -> None:
        if self.chosen is not None:
            self._actions.rebind(self.chosen, None)
            self._fill()


def _children(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = [group.child(row) for row in range(group.childCount())]
    return [item for item in found if item is not None]
