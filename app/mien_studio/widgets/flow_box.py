"""FlowBox: widgets in rows, as many to a row as fit, like words.

A widget and no QLayout: PySide 6 loses a reference to None each time a layout written in Python
says that it has no more items, until the interpreter dies of it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mien_studio.theme import tokens


class FlowBox(QWidget):
    """Lay chips out in rows.

    Args:
        spacing: Between items in both directions.
        align_right: Whether the rows end at the right edge instead of beginning at the left.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        spacing: int = tokens.SPACE_XS,
        align_right: bool = False,
    ) -> None:
        super().__init__(parent)
        self._align_right = align_right
        self._items: list[QWidget] = []
        self._spacing = spacing
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add_item(self, widget: QWidget) -> None:
        """Append a widget."""
        widget.setParent(self)
        self._items.append(widget)
        widget.show()
        self._changed()

    def remove_item(self, widget: QWidget) -> None:
        """Take a widget out and delete it."""
        self._items.remove(widget)
        widget.setParent(None)
        widget.deleteLater()
        self._changed()

    def hasHeightForWidth(self) -> bool:
        """Return that narrower means higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows at a width."""
        return self._arrange(width, place=False)

    def sizeHint(self) -> QSize:
        """Return the size at the width there is."""
        width = max(self.width(), self.minimumSizeHint().width())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the size of the largest item."""
        sizes = [item.sizeHint() for item in self._items if not item.isHidden()]
        widest = max((size.width() for size in sizes), default=0)
        return QSize(widest, max((size.height() for size in sizes), default=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the items."""
        super().resizeEvent(event)
        self._changed()

    def event(self, event: QEvent) -> bool:
        """Place the items anew when one of them wants another size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._changed()
        return super().event(event)

    def _changed(self) -> None:
        self._arrange(self.width(), place=True)
        self.updateGeometry()

    def _arrange(self, width: int, *, place: bool) -> int:
        y = 0
        for row in self._rows(width):
            wide = sum(item.sizeHint().width() for item in row) + self._spacing * (len(row) - 1)
            x = max(width - wide, 0) if self._align_right else 0
            for item in row:
                size = item.sizeHint()
                if place:
                    item.setGeometry(QRect(QPoint(x, y), size))
                x += size.width() + self._spacing
            y += max(item.sizeHint().height() for item in row) + self._spacing
        return max(y - self._spacing, 0)

    def _rows(self, width: int) -> list[list[QWidget]]:
        rows: list[list[QWidget]] = []
        x = 0
        for item in self._items:
            if item.isHidden():
                continue
            wide = item.sizeHint().width()
            if not rows or x + wide > width:
                rows.append([])
                x = 0
            rows[-1].append(item)
            x += wide + self._spacing
        return rows
