"""A slider row with a lock at its end."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.theme.icons import icon
from mien_studio.widgets.buttons import icon_button
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.slider_row import SliderRow

_LABEL_WIDTH = 104


class LockableSlider(QWidget):
    """Edit one number, or keep it from what changes many.

    Args:
        name: What the slider says.
        kind: Range, default and spelling of the number.
        tip: What the lock does.
    """

    def __init__(self, name: str, kind: NumberKind, tip: str) -> None:
        super().__init__()
        self.slider = SliderRow(name, kind)
        self.slider.set_label_width(_LABEL_WIDTH)
        self.lock = icon_button("unlock", tip, checkable=True)
        self.lock.toggled.connect(lambda on: self.lock.setIcon(icon("lock" if on else "unlock")))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_XS)
        row.addWidget(self.slider, 1)
        row.addWidget(self.lock)

    @property
    def locked(self) -> bool:
        """Whether the lock is closed."""
        return self.lock.isChecked()
