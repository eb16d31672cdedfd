"""SliderRow: a name, a thin slider and its number in one quiet line."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.number_editor import NumberEditor
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.slider_painting import (
    HANDLE_RADIUS,
    LABEL_WIDTH,
    NUMBER_WIDTH,
    SliderLook,
    paint_slider,
    track_rect,
)

FINE = 0.1
"""Shift moves a tenth as far."""
STEPS = 1000
"""Of the whole-number value that screen readers are told."""
WHEEL_PAUSE_MS = 400
"""Wheel notches nearer together than this are one gesture."""

_DECREASE = {Qt.Key.Key_Left, Qt.Key.Key_Down}
_INCREASE = {Qt.Key.Key_Right, Qt.Key.Key_Up}
_RESET = {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_LEAP = {Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
_KEYS = _DECREASE | _INCREASE | _RESET | _ENTER | _LEAP
_DIGITS = "0123456789.,-"


class _Part(Enum):
    LABEL = auto()
    TRACK = auto()
    NUMBER = auto()


class SliderRow(QSlider):
    """Edit one number by dragging, typing, wheel or keys.

    `started` and `finished` enclose every gesture (a drag, a held key, a turn of the wheel, a typed
    number), with `changed` in between, so that one gesture can be one step of undo. Setting the
    number from outside emits nothing.

    Args:
        name: What it says at the left, and to screen readers.
        kind: Range, default and spelling of the number; 0 to 1 by default.
    """

    started = Signal()
    changed = Signal(float)
    finished = Signal()

    def __init__(
        self, name: str, kind: NumberKind | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._name = name
        self._kind = kind or NumberKind()
        self._number = self._kind.default
        self._ghost: float | None = None
        self._label_width = LABEL_WIDTH
        self._grip: tuple[float, float] | None = None
        self._in_gesture = False
        self._hovered: _Part | None = None
        self._editor: NumberEditor | None = None
        self._wheel_pause = QTimer(self)
        self._wheel_pause.setSingleShot(True)
        self._wheel_pause.setInterval(WHEEL_PAUSE_MS)
        self._wheel_pause.timeout.connect(self._finish)
        self.setRange(0, STEPS)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._refresh()

    # The number

    @property
    def name(self) -> str:
        """What it says at the left."""
        return self._name

    @property
    def number(self) -> float:
        """The number as it stands."""
        return self._number

    @property
    def text(self) -> str:
        """The number as it is shown."""
        return self._kind.text(self._number)

    @property
    def ghost(self) -> float | None:
        """Where the tick of another source is, or None."""
        return self._ghost

    def set_number(self, number: float) -> None:
        """Show another number, without a signal."""
        number = self._kind.clamp(number)
        if number != self._number:
            self._number = number
            self._refresh()

    def set_kind(self, kind: NumberKind) -> None:
        """Edit another kind of number, without a signal."""
        if kind != self._kind:
            self._kind = kind
            self._number = kind.clamp(self._number)
            self._refresh()

    def set_ghost(self, ghost: float | None) -> None:
        """Show a tick where something else has the value now, such as a driving video."""
        if ghost != self._ghost:
            self._ghost = ghost
            self.update()

    def set_name(self, name: str) -> None:
        """Say something else at the left."""
        self._name = name
        self.setAccessibleName(name)
        self.update()

    def set_label_width(self, width: int) -> None:
        """Give the name another width, so that rows of one column line up."""
        self._label_width = width
        self.updateGeometry()
        self.update()

    def reset(self) -> None:
        """Go back to the default, as a gesture."""
        self._gesture_to(self._kind.default)

    def edit(self, text: str | None = None) -> None:
        """Let the user type the number, beginning with a text where given."""
        if self._editor is None:
            self._editor = NumberEditor(self._name, self)
            self._editor.entered.connect(self._take_text)
            self._editor.closed.connect(self.update)
        self._place_editor()
        bare = self._kind.text(self._number, bare=True)
        self._editor.begin(bare if text is None else text, select=text is None)
        self.update()

    # Geometry

    def sizeHint(self) -> QSize:
        """Return the size of a row."""
        return QSize(self._label_width + NUMBER_WIDTH + 96, tokens.ROW)

    def minimumSizeHint(self) -> QSize:
        """Return the size at which the track can just be dragged."""
        return QSize(self._label_width + NUMBER_WIDTH + 48, tokens.ROW)

    def _track(self) -> QRectF:
        return track_rect(self.size(), self._label_width)

    def _handle_x(self) -> float:
        track = self._track()
        return track.left() + self._kind.fraction(self._number) * track.width()

    def _part_at(self, x: float) -> _Part:
        if x < self._label_width:
            return _Part.LABEL
        return _Part.NUMBER if x > self.width() - NUMBER_WIDTH else _Part.TRACK

    def _place_editor(self) -> None:
        if self._editor is not None:
            width = NUMBER_WIDTH + tokens.SPACE_S
            self._editor.setGeometry(self.width() - width, 1, width, self.height() - 2)

    # Gestures

    def _start(self) -> None:
        if not self._in_gesture:
            self._in_gesture = True
            self.started.emit()

    def _finish(self) -> None:
        self._wheel_pause.stop()
        self._grip = None
        if self._in_gesture:
            self._in_gesture = False
            self.finished.emit()
            self.update()

    def _move_to(self, number: float) -> None:
        number = self._kind.clamp(number)
        if number != self._number:
            self._number = number
            self._refresh()
            self.changed.emit(number)

    def _gesture_to(self, number: float) -> None:
        number = self._kind.clamp(number)
        if number == self._number:
            return
        own = not self._in_gesture
        self._start()
        self._move_to(number)
        if own:
            self._finish()

    def _take_text(self, text: str) -> None:
        number = self._kind.parse(text)
        if number is not None:
            self._gesture_to(number)

    def _refresh(self) -> None:
        # The whole-number value of QSlider is what assistive technology reads.
        blocked = self.blockSignals(True)
        self.setValue(round(self._kind.fraction(self._number) * STEPS))
        self.blockSignals(blocked)
        self.setAccessibleDescription(self.text)
        self.update()

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the handle, or jump to where the track was pressed."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        x = event.position().x()
        if self._part_at(x) is not _Part.TRACK:
            return
        self._start()
        if abs(x - self._handle_x()) > HANDLE_RADIUS + 3:
            track = self._track()
            self._move_to(self._kind.at((x - track.left()) / track.width()))
        self._grip = (x, self._number)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag relative to where it was taken, a tenth as fast with Shift."""
        x = event.position().x()
        self._hover(self._part_at(x))
        if self._grip is None:
            return
        at, number = self._grip
        per_pixel = self._kind.span / self._track().width()
        moved = number + (x - at) * per_pixel * _pace(event)
        # Unclamped, so that the handle meets the pointer again where it left the track.
        self._grip = (x, moved)
        self._move_to(moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._finish()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Type the number, or go back to the default."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._part_at(event.position().x()) is _Part.NUMBER:
            self.edit()
        else:
            self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step when focused; otherwise the panel scrolls."""
        notches = event.angleDelta().y() / 120
        if not self.hasFocus() or not notches:
            event.ignore()
            return
        event.accept()
        self._start()
        self._wheel_pause.start()
        self._move_to(self._number + notches * self._kind.stride * _pace(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step by arrows, leap by pages, type digits, reset by Delete."""
        if event.key() in _ENTER:
            self.edit()
        elif event.text() and event.text() in _DIGITS:
            self.edit(event.text())
        elif event.key() in _RESET:
            self.reset()
        elif (target := self._target(event)) is not None:
            self._start()
            self._move_to(target)
        else:
            event.ignore()

    def _target(self, event: QKeyEvent) -> float | None:
        stride = self._kind.stride * _pace(event)
        targets = {
            **dict.fromkeys(_DECREASE, self._number - stride),
            **dict.fromkeys(_INCREASE, self._number + stride),
            Qt.Key.Key_PageUp: self._number + 10 * stride,
            Qt.Key.Key_PageDown: self._number - 10 * stride,
            Qt.Key.Key_Home: self._kind.lower,
            Qt.Key.Key_End: self._kind.upper,
        }
        return next((number for key, number in targets.items() if key == event.key()), None)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End the gesture of a held key."""
        if not event.isAutoRepeat() and self._grip is None:
            self._finish()

    def event(self, event: QEvent) -> bool:
        """Keep the keys it uses from being taken as shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            digit = bool(event.text()) and event.text() in _DIGITS
            if not event.modifiers() & control and (event.key() in _KEYS or digit):
                event.accept()
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a gesture of the keyboard or the wheel."""
        if self._grip is None:
            self._finish()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the editor over the number."""
        super().resizeEvent(event)
        self._place_editor()

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self._hover(None)
        super().leaveEvent(event)

    def _hover(self, part: _Part | None) -> None:
        if part is self._hovered:
            return
        self._hovered = part
        if part is _Part.NUMBER:
            self.setCursor(Qt.CursorShape.IBeamCursor)
        else:
            self.unsetCursor()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row."""
        del event
        kind, editing = self._kind, self._editor is not None and not self._editor.isHidden()
        held = self._grip is not None
        look = SliderLook(
            name=self._name,
            text="" if editing else self.text,
            fraction=kind.fraction(self._number),
            zero=kind.fraction(kind.default),
            centred=kind.centred,
            ghost=None if self._ghost is None else kind.fraction(self._ghost),
            changed=not kind.is_default(self._number),
            enabled=self.isEnabled(),
            active=self._hovered is not None or held,
            held=held or self._hovered is _Part.TRACK,
            focused=self.hasFocus() or held,
            label_width=self._label_width,
        )
        paint_slider(QPainter(self), self.size(), look)


def _pace(event: QMouseEvent | QWheelEvent | QKeyEvent) -> float:
    return FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
