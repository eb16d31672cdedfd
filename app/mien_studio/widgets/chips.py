"""Chips: small round-ended buttons for what is on, off or chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.flow_box import FlowBox
from mien_studio.widgets.lettering import label_font

HEIGHT = 24


class Chip(QAbstractButton):
    """A word in a pill; outlined in the accent while it is on.

    Args:
        text: The word.
        detail: A quieter word behind it, such as who a region is taken from.
        color: A dot of that colour before the word, such as a curve's.
        checkable: Whether a click turns it on and off.
    """

    def __init__(
        self,
        text: str,
        *,
        detail: str = "",
        color: str = "",
        checkable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._detail, self._color = detail, color
        self.setText(text)
        self.setCheckable(checkable)
        self.setAccessibleName(f"{text} {detail}".strip())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def detail(self) -> str:
        """The quieter word."""
        return self._detail

    def set_detail(self, detail: str) -> None:
        """Change the quieter word."""
        if detail != self._detail:
            self._detail = detail
            self.setAccessibleName(f"{self.text()} {detail}".strip())
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the words and their margins."""
        metrics = QFontMetrics(label_font())
        width = metrics.horizontalAdvance(self.text()) + 2 * tokens.SPACE_M
        if self._detail:
            width += metrics.horizontalAdvance(f" · {self._detail}")
        width += tokens.SPACE_M if self._color else 0
        return QSize(width + width % 2, HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light up."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill and the words."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on, lit = self.isChecked(), self.underMouse() and self.isEnabled()
        outline = tokens.ACCENT if on or self.hasFocus() else tokens.OUTLINE
        fill = tokens.SELECTION if on else tokens.HOVER if lit else tokens.RAISED
        pen = QPen(QColor(outline if self.isEnabled() else tokens.HAIRLINE), 1)
        painter.setPen(pen)
        painter.setBrush(QColor(fill))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        left = float(tokens.SPACE_M)
        if self._color:
            painter.setPen(QPen(QColor(tokens.OUTLINE), 1))
            painter.setBrush(QColor(self._color))
            painter.drawEllipse(QRectF(left - 2.5, self.height() / 2 - 3.5, 7, 7))
            left += tokens.SPACE_M - 2
        painter.setFont(label_font())
        loud = tokens.TEXT if on else tokens.TEXT_SECONDARY
        painter.setPen(QColor(loud if self.isEnabled() else tokens.TEXT_DISABLED))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, self.width() - left, self.height()), middle, self.text())
        if self._detail:
            left += QFontMetrics(label_font()).horizontalAdvance(self.text())
            painter.setPen(QColor(tokens.TEXT_SECONDARY if on else tokens.TEXT_MUTED))
            place = QRectF(left, 0, self.width() - left, self.height())
            painter.drawText(place, middle, f" · {self._detail}")


class ChipRow(FlowBox):
    """Chips that wrap to as many rows as they need; each on or off by itself.

    `toggled` gives the key of the chip the user turned and whether it is on now.
    """

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None, *, align_right: bool = False) -> None:
        super().__init__(parent, align_right=align_right)
        self._chips: dict[str, Chip] = {}

    def add(self, key: str, chip: Chip) -> Chip:
        """Append a chip."""
        self._chips[key] = chip
        self.add_item(chip)
        # `clicked` and not `toggled`: what the program sets is no wish of the user's.
        chip.clicked.connect(lambda on, key=key: self.toggled.emit(key, on))
        return chip

    def chip(self, key: str) -> Chip:
        """Return a chip."""
        return self._chips[key]

    @property
    def on(self) -> tuple[str, ...]:
        """The keys of the chips that are on, in order."""
        return tuple(key for key, chip in self._chips.items() if chip.isChecked())

    def set_on(self, keys: Sequence[str]) -> None:
        """Turn these on and the others off, without a signal."""
        for key, chip in self._chips.items():
            chip.setChecked(key in keys)

    def clear(self) -> None:
        """Remove all chips."""
        for chip in self._chips.values():
            self.remove_item(chip)
        self._chips.clear()
