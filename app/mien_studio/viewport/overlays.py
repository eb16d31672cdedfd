"""What floats on the picture: the compare bar, the names of A and B, readout, banner, hints."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mien.session.view_state import CompareMode
from mien_studio.theme import tokens

COMPARE_MODES: tuple[tuple[CompareMode, str, str], ...] = (
    ("single", "Single", "A alone"),
    ("side", "Side by side", "A on the left, B on the right"),
    ("wipe", "Wipe", "A left of an edge you drag, B right of it"),
    ("blink", "Blink", "A and B in turns, at one place"),
    ("difference", "Difference", "How far A and B are apart, brightened"),
    ("relative", "Relative", "The difference as a share of B, as a heat map"),
    (
        "flip",
        "FLIP",
        "How different A and B look to a person who sees them in turns: "
        "black equal, yellow far apart",
    ),
)


class Overlay(QFrame):
    """A translucent card on the picture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "overlay")


class CompareBar(Overlay):
    """How A and B share the viewport, as one row of segments."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        self._segments: dict[str, QToolButton] = {}
        for mode, title, hint in COMPARE_MODES:
            segment = QToolButton(self)
            segment.setText(title)
            segment.setToolTip(hint)
            segment.setCheckable(True)
            segment.setProperty("role", "segment")
            segment.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            segment.clicked.connect(partial(self._choose, mode))
            self._group.addButton(segment)
            self._segments[mode] = segment
            row.addWidget(segment)

    def _choose(self, mode: str, _checked: bool = False) -> None:
        self.chosen.emit(mode)

    def show_mode(self, mode: str, *, has_b: bool) -> None:
        """Mark the mode in force; without B there is nothing to compare with."""
        self._segments[mode].setChecked(True)
        for name, segment in self._segments.items():
            segment.setEnabled(has_b or name == "single")
            hint = next(hint for held, _, hint in COMPARE_MODES if held == name)
            segment.setToolTip(hint if has_b or name == "single" else f"{hint}. Set B first")


class SlotName(Overlay):
    """The letter of a slot and what it shows."""

    def __init__(self, letter: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 10, 5)
        row.setSpacing(tokens.SPACE_S)
        title = QLabel(letter)
        title.setStyleSheet("font-weight: 600;")
        self._name = QLabel()
        self._name.setProperty("role", "secondary")
        row.addWidget(title)
        row.addWidget(self._name)

    def set_name(self, name: str, *, max_width: int) -> None:
        """Show a name, shortened in the middle where it would not fit."""
        room = max(max_width - 48, 40)
        metrics = self._name.fontMetrics()
        self._name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room))
        self.setToolTip(name)
        self.adjustSize()


class TextOverlay(Overlay):
    """A line of quiet text that is there while there is something to say."""

    margins: ClassVar[tuple[int, int]] = (10, 5)
    """Left and right, top and bottom."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        across, down = self.margins
        row = QHBoxLayout(self)
        row.setContentsMargins(across, down, across, down)
        self._text = QLabel()
        self._text.setProperty("role", "secondary")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(self._text)
        self.hide()

    def show_text(self, text: str) -> None:
        """Show some text; none hides it."""
        self._text.setText(text)
        self.adjustSize()
        self.setVisible(bool(text))


class PixelReadout(TextOverlay):
    """The numbers under the cursor."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class Banner(Overlay):
    """Says why the picture is not a new one; stays until there is one again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setStyleSheet(
            f"QFrame {{ border-left: 3px solid {tokens.RED}; }} QLabel {{ border: none; }}"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        self._text = QLabel(wordWrap=True)
        self._hint = QLabel(wordWrap=True)
        self._hint.setProperty("role", "muted")
        column.addWidget(self._text)
        column.addWidget(self._hint)
        self.hide()

    def show_failure(self, text: str, hint: str, *, max_width: int) -> None:
        """Show a reason and what to do about it."""
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setFixedWidth(min(max_width, 520))
        self.adjustSize()
        self.show()
        self.raise_()


class EmptyState(QWidget):
    """What to do when there is nobody to look at."""

    def __init__(self, parent: QWidget, hints: list[tuple[str, Callable[[], object]]]) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(tokens.SPACE_S)
        title = QLabel("Nobody here yet", alignment=Qt.AlignmentFlag.AlignCenter)
        title.setProperty("role", "title")
        text = QLabel(
            "Drop an avatar here: .zip, .ply, .spz, .splat\n"
            "then a video or an ARKit track to make it move.",
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        text.setProperty("role", "muted")
        column.addWidget(title)
        column.addWidget(text)
        column.addSpacing(tokens.SPACE_M)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_S)
        row.addStretch(1)
        for number, (label, run) in enumerate(hints):
            button = QPushButton(label)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            if number == 0:
                button.setProperty("role", "primary")
            button.clicked.connect(partial(_run, run))
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.adjustSize()


class Waiting(TextOverlay):
    """Says that something is being opened while there is no picture yet."""

    margins = (16, 10)


class DropOverlay(QWidget):
    """Covers the viewport while files are dragged over the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = "Drop to open"
        self.hide()

    def set_text(self, text: str) -> None:
        """Say what dropping would do."""
        self._text = text
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim the picture and frame the place to drop."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.VIEWPORT)
        veil.setAlpha(190)
        painter.fillRect(self.rect(), veil)
        inner = self.rect().adjusted(16, 16, -16, -16)
        wash = QColor(tokens.ACCENT)
        wash.setAlpha(18)
        painter.setBrush(wash)
        painter.setPen(QPen(QColor(tokens.ACCENT), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(inner, tokens.RADIUS_L, tokens.RADIUS_L)
        font = painter.font()
        font.setPixelSize(tokens.FONT_SIZE_TITLE)
        painter.setFont(font)
        painter.setPen(QColor(tokens.TEXT))
        painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()


def _run(run: Callable[[], object], _checked: bool = False) -> None:
    run()
