"""The viewport's widget: a thin one, which puts pictures on the screen and hands events on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import moderngl
import shiboken6
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCursor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from mien_studio.bridge.drawing import Drawn, Picked
from mien_studio.bridge.studio import Studio
from mien_studio.viewport import navigation
from mien_studio.viewport.chrome import Chrome
from mien_studio.viewport.compositor import Compositor
from mien_studio.viewport.gpu import GpuResources
from mien_studio.viewport.pilot import Grip, Pilot
from mien_studio.viewport.placement import Placement
from mien_studio.viewport.readout import readout

_BLINK_MS = 500
_CLICK_REACH = 4.0


class Viewport(QOpenGLWidget):
    """Shows the studio's pictures. `paintGL` never renders and never waits.

    Args:
        studio: Whose pictures are shown.
    """

    resolution_changed = Signal(object)
    """Width and height in device pixels."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._gpu: GpuResources | None = None
        self._compositor: Compositor | None = None
        self._target: tuple[int, tuple[int, int], moderngl.Framebuffer] | None = None
        self._drawn: Drawn | None = None
        self._fresh = False
        self._peeking = False
        self._blink_b = False
        self._inspecting = False
        self._pressed_at: QPointF | None = None
        self.pilot = Pilot(studio, self.placement, self)
        self._blink = QTimer(self, interval=_BLINK_MS)
        self._blink.timeout.connect(self._on_blink)
        self.setMinimumSize(QSize(240, 180))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.chrome = Chrome(studio, self)
        studio.frames.drawn.connect(self._on_drawn)
        studio.frames.emptied.connect(self._on_emptied)
        studio.view_changed.connect(self._on_view)
        self.frameSwapped.connect(self._on_swapped)

    # What is shown

    @property
    def device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    @property
    def drawn(self) -> Drawn | None:
        """What is on the screen."""
        return self._drawn

    def placement(self) -> Placement:
        """Return where the pictures lie now."""
        size = self.device_size
        drawn_for = self._drawn.wanted.size if self._drawn is not None else size
        return Placement.of(self._studio.session.view.state, size, drawn_for)

    def set_peeking(self, peeking: bool) -> None:
        """Show B alone while its key is held."""
        if peeking == self._peeking or (
            peeking and self._studio.session.document.look("B") is None
        ):
            return
        self._peeking = peeking
        alone = self._studio.session.view.state.compare == "single"
        self._studio.frames.set_slots(("B",) if peeking and alone else None)
        self.chrome.set_peeking(peeking)
        self.update()

    @property
    def peeking(self) -> bool:
        """Whether B is shown alone."""
        return self._peeking

    def set_inspecting(self, inspecting: bool) -> None:
        """Show the numbers of the pixel under the cursor, or not."""
        self._inspecting = inspecting
        self._update_readout()

    @property
    def inspecting(self) -> bool:
        """Whether the pixel inspector is on."""
        return self._inspecting

    @property
    def num_gl_objects(self) -> int:
        """How many OpenGL objects the viewport holds."""
        return self._gpu.num_objects if self._gpu is not None else 0

    def shut_down(self) -> None:
        """Free what lies on the graphics card; the widget shows nothing afterwards."""
        self._blink.stop()
        self._release_gl()

    # OpenGL

    def initializeGL(self) -> None:
        """Fill a new context, the first one or that after a loss, from the last picture."""
        self._release_gl()
        context = moderngl.create_context(require=330)
        self._gpu = GpuResources(context)
        self._compositor = Compositor(self._gpu)
        self._fresh = self._drawn is not None
        self.context().aboutToBeDestroyed.connect(
            self._release_gl, Qt.ConnectionType.DirectConnection
        )

    def paintGL(self) -> None:
        """Upload a picture that is new and draw."""
        gpu, compositor = self._gpu, self._compositor
        if gpu is None or compositor is None:
            return
        size = self.device_size
        self._framebuffer(gpu, size).use()
        gpu.context.enable_only(moderngl.NOTHING)
        if self._fresh and self._drawn is not None:
            compositor.upload(self._drawn)
        view = self._studio.session.view.state
        only_b = self._peeking or (view.compare == "blink" and self._blink_b)
        compositor.paint(view, size, only_b=only_b, ratio=self.devicePixelRatioF())

    def _framebuffer(self, gpu: GpuResources, size: tuple[int, int]) -> moderngl.Framebuffer:
        # Qt draws into a framebuffer of its own, and makes another one on every resize.
        number = self.defaultFramebufferObject()
        held = self._target
        if held is None or held[:2] != (number, size):
            held = self._target = (number, size, gpu.context.detect_framebuffer(number))
        return held[2]

    def _release_gl(self) -> None:
        if self._gpu is None or not shiboken6.isValid(self):
            return
        self.makeCurrent()
        self._gpu.release()
        self._gpu = self._compositor = self._target = None
        self.doneCurrent()

    def _on_swapped(self) -> None:
        if self._fresh and self._drawn is not None:
            self._fresh = False
            self._studio.frames.stats.showed()
            self._studio.picture_shown.emit(self._drawn.picture)

    # From the studio

    def _on_drawn(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self._fresh = True
        self._update_readout()
        self.update()

    def _on_emptied(self) -> None:
        if self._drawn is None:
            return
        self._drawn = None
        self._fresh = False
        if self._gpu is not None and self._compositor is not None:
            self.makeCurrent()
            self._compositor.clear()
            self.doneCurrent()
        self.update()

    def _on_view(self, _view: object) -> None:
        blinking = self._studio.session.view.state.compare == "blink"
        if blinking != self._blink.isActive():
            self._blink_b = False
            if blinking:
                self._blink.start()
            else:
                self._blink.stop()
        self.update()

    def _on_blink(self) -> None:
        self._blink_b = not self._blink_b
        self.update()

    # From the user

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for pictures of the new size."""
        super().resizeEvent(event)
        self._on_size()

    def event(self, event: QEvent) -> bool:
        """Notice another screen with another scale factor."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._on_size()
        return super().event(event)

    def _on_size(self) -> None:
        self._studio.frames.set_size(self.device_size)
        self.chrome.lay_out()
        self.resolution_changed.emit(self.device_size)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the camera, the wipe or the magnified picture."""
        self._pressed_at = event.position()
        left = event.button() == Qt.MouseButton.LeftButton
        if left and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            left = False
        x, y = self._device(event.position())
        self.pilot.press(x, y, left=left, ratio=self.devicePixelRatioF())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held; show the numbers under the cursor."""
        x, y = self._device(event.position())
        if not self.pilot.move(x, y):
            grip = self.pilot.grip_at(x, y, self.devicePixelRatioF())
            over_wipe = grip is Grip.WIPE
            self.setCursor(
                Qt.CursorShape.SizeHorCursor if over_wipe else Qt.CursorShape.ArrowCursor
            )
        self._update_readout()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; what was only a click picks the point under the cursor."""
        self.pilot.release()
        pressed, self._pressed_at = self._pressed_at, None
        left = event.button() == Qt.MouseButton.LeftButton
        if left and pressed is not None:
            moved = (event.position() - pressed).manhattanLength()
            if moved < _CLICK_REACH:
                self._pick(event.position(), self._studio.picked.emit)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Turn around the point under the cursor from now on."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pick(event.position(), self._on_pivot)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Dolly toward the cursor; with Ctrl, magnify the picture."""
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        if not notches:
            return
        x, y = self._device(event.position())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pilot.magnify(1 if notches > 0 else -1, x, y)
        else:
            self.pilot.wheel(notches, x, y)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fly."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.isAutoRepeat() or not (
            plain and self.pilot.key_down(event.nativeScanCode(), event.text(), fast=fast)
        ):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Stop flying."""
        if event.isAutoRepeat() or not self.pilot.key_up(event.nativeScanCode(), event.text()):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of everything: the release of what is held will be somebody else's."""
        self.pilot.let_go()
        super().focusOutEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the numbers under the cursor."""
        self.chrome.show_readout("")
        super().leaveEvent(event)

    def _device(self, position: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _pick(self, position: QPointF, deliver: Callable[[Picked | None], Any]) -> None:
        x, y = self._device(position)
        placement = self.placement()
        slot = placement.slot_at(x)
        self._studio.frames.pick(slot, placement.fractions(slot, x, y), deliver)

    def _on_pivot(self, picked: Picked | None) -> None:
        if picked is not None:
            orbit = navigation.pivoted(self.pilot.orbit(picked.slot), picked.point)
            self.pilot.go_to(orbit, picked.slot)

    def _update_readout(self) -> None:
        text = ""
        if self._inspecting and self._drawn is not None and self.underMouse():
            x, y = self._device(QPointF(self.mapFromGlobal(QCursor.pos())))
            text = readout(self._drawn, self.placement(), x, y)
        self.chrome.show_readout(text)
