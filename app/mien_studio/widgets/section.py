"""Section: a quiet title with what can be done at its right, over content that folds away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.theme.icons import icon_pixmap
from mien_studio.widgets.lettering import caption_font


class Section(QWidget):
    """Group what belongs together without drawing a box around it.

    Args:
        title: In sentence case; shown as small capitals.
        collapsible: Whether a click on the title folds the content away.
    """

    def __init__(
        self, title: str, *, collapsible: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._title = QLabel(title)
        self._title.setFont(caption_font())
        self._title.setProperty("role", "section")
        self._arrow = QLabel()
        self._arrow.setFixedSize(12, 12)
        self._arrow.setVisible(collapsible)
        self._head = QWidget()
        self._head.setFixedHeight(tokens.ROW)
        self._actions = QHBoxLayout()
        self._actions.setContentsMargins(0, 0, 0, 0)
        self._actions.setSpacing(tokens.SPACE_S)
        row = QHBoxLayout(self._head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_XS)
        row.addWidget(self._arrow)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addLayout(self._actions)
        self.body = QWidget()
        self.content = QVBoxLayout(self.body)
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.body)
        self._collapsible = collapsible
        self._head.setAccessibleName(title)
        if collapsible:
            self._head.setCursor(Qt.CursorShape.PointingHandCursor)
        self._draw_arrow()

    @property
    def title(self) -> str:
        """What the title says."""
        return self._title.text()

    def set_title(self, title: str) -> None:
        """Say something else."""
        self._title.setText(title)
        self._head.setAccessibleName(title)

    def add(self, widget: QWidget) -> None:
        """Append a widget to the content."""
        self.content.addWidget(widget)

    def add_action(self, widget: QWidget) -> None:
        """Put a button at the right of the title."""
        self._actions.addWidget(widget)

    @property
    def collapsed(self) -> bool:
        """Whether the content is folded away."""
        return self.body.isHidden()

    def set_collapsed(self, collapsed: bool) -> None:
        """Fold the content away or show it."""
        self.body.setHidden(collapsed)
        self._draw_arrow()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Fold or unfold on a click on the title."""
        on_head = self._head.geometry().contains(event.position().toPoint())
        if self._collapsible and on_head and event.button() == Qt.MouseButton.LeftButton:
            self.set_collapsed(not self.collapsed)
        else:
            super().mousePressEvent(event)

    def _draw_arrow(self) -> None:
        name = "chevron-right" if self.collapsed else "chevron-down"
        self._arrow.setPixmap(icon_pixmap(name, tokens.TEXT_MUTED, 12, self.devicePixelRatioF()))
