"""The command palette: everything that can be done, found by a few letters."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from mien_studio.bridge.actions import Action, Actions
from mien_studio.dialogs.fuzzy import score
from mien_studio.theme import tokens

_WIDTH = 560
_ROW = 30
_ROWS = 11
_ACTION = Qt.ItemDataRole.UserRole
_KEYS = Qt.ItemDataRole.UserRole + 1


class _Rows(QStyledItemDelegate):
    """A title, where it stands, and its keys at the end."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the height of a row."""
        return QSize(0, _ROW)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a row."""
        action: Action = index.data(_ACTION)
        rect: QRect = option.rect  # type: ignore[attr-defined]
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.ACCENT_STRONG))
            painter.drawRoundedRect(rect, tokens.RADIUS, tokens.RADIUS)
        inner = rect.adjusted(12, 0, -12, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        loud = tokens.TEXT_ON_ACCENT if chosen else tokens.TEXT
        quiet = "#cfe3fb" if chosen else tokens.TEXT_MUTED
        painter.setPen(QColor(loud if action.can_run else tokens.TEXT_DISABLED))
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, action.text)
        used = painter.fontMetrics().horizontalAdvance(action.text) + 12
        painter.setPen(QColor(quiet))
        place = action.menu.replace("/", " › ")
        painter.drawText(inner.adjusted(used, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, place)
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, index.data(_KEYS))
        painter.restore()


class CommandPalette(QFrame):
    """A line to type in and the actions that match it, over the top of the window.

    Args:
        actions: What can be found.
        parent: The window.
    """

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._actions = actions
        self._recent: list[str] = []
        self.setObjectName("palette")
        self.setStyleSheet(
            f"#palette {{ background: {tokens.RAISED}; border: 1px solid {tokens.OUTLINE}; }}"
            f"QListWidget {{ background: {tokens.RAISED}; }}"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        self.field = QLineEdit(placeholderText="What do you want to do?")
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setFixedHeight(_ROW * _ROWS)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _item: self._run())
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.setFixedWidth(_WIDTH + 16)

    def open_at_top_of(self, window: QWidget) -> None:
        """Show it, empty, in the upper middle of a window."""
        self.field.clear()
        self._filter("")
        left = (window.width() - self.width()) // 2
        self.move(window.mapToGlobal(window.rect().topLeft()) + self.pos().__class__(left, 64))
        self.show()
        self.field.setFocus()

    @property
    def found(self) -> list[str]:
        """The ids of what is listed, best first."""
        rows = range(self.list.count())
        return [self.list.item(row).data(_ACTION).id for row in rows]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move through the list and run from the line one types in."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS - 1,
                     Qt.Key.Key_PageUp: 1 - _ROWS}  # fmt: skip
            if key in steps:
                row = self.list.currentRow() + steps[Qt.Key(key)]
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        self.list.clear()
        for action in self._ranked(query):
            item = QListWidgetItem(action.text)
            item.setData(_ACTION, action)
            item.setData(_KEYS, self._actions.shortcut(action.id))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _ranked(self, query: str) -> list[Action]:
        scored: list[tuple[float, Action]] = []
        for action in self._actions:
            own = score(query, action.text)
            place = score(query, f"{action.menu} {action.text}")
            # What it is called counts more than where it stands.
            ranked = (None if own is None else own + 2.0, place)
            best = max((value for value in ranked if value is not None), default=None)
            if best is not None:
                recent = 1.0 if action.id in self._recent[:5] else 0.0
                scored.append((best + recent - (0.0 if action.can_run else 4.0), action))
        return [action for _, action in sorted(scored, key=lambda pair: -pair[0])]

    def _run(self) -> None:
        if self.list.currentRow() < 0:
            return
        action: Action = self.list.currentItem().data(_ACTION)
        if not action.can_run:
            return
        self.hide()
        self._recent = [action.id, *[held for held in self._recent if held != action.id]]
        self._actions.trigger(action.id)
