"""The viewport: a surface with the pictures, cards on it, and hands that move the camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCursor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from mien_studio.bridge.drawing import Drawn, Picked
from mien_studio.bridge.studio import Studio
from mien_studio.viewport import navigation
from mien_studio.viewport.chrome import Chrome
from mien_studio.viewport.ink import InkOverlay
from mien_studio.viewport.pilot import Grip, Pilot
from mien_studio.viewport.placement import Placement, device_size
from mien_studio.viewport.readout import readout
from mien_studio.viewport.rig import RigOverlay
from mien_studio.viewport.surface import Surface, SurfaceKind, best_surface_kind

_BLINK_MS = 500
_CLICK_REACH = 4.0


class Viewport(QWidget):
    """Shows the studio's pictures and takes what mouse and keys do to them.

    Args:
        studio: Whose pictures are shown.
        surface: What they are put on; by default the best of this machine.
    """

    resolution_changed = Signal(object)
    """Width and height in device pixels."""

    def __init__(
        self,
        studio: Studio,
        parent: QWidget | None = None,
        *,
        surface: SurfaceKind | None = None,
    ) -> None:
        super().__init__(parent)
        self._studio = studio
        self.surface = make_surface(surface or best_surface_kind(), self, self._on_shown)
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
        self.rig = RigOverlay(studio, self)
        self.ink = InkOverlay(studio, self)
        self.chrome = Chrome(studio, self)
        studio.frames.drawn.connect(self._on_drawn)
        studio.frames.emptied.connect(self._on_emptied)
        studio.view_changed.connect(self._on_view)
        self.surface.lower()
        self._refresh()

    # What is shown

    @property
    def device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        return device_size(self)

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
        if peeking == self._peeking or (peeking and not self._studio.session.document.shows("B")):
            return
        self._peeking = peeking
        alone = self._studio.session.view.state.compare == "single"
        self._studio.frames.set_slots(("B",) if peeking and alone else None)
        self.chrome.set_peeking(peeking)
        self._refresh()

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
        return self.surface.num_gl_objects

    def pixels(self) -> QImage:
        """Return what the surface shows, in device pixels, without the cards on it."""
        return self.surface.pixels()

    def shut_down(self) -> None:
        """Free what the surface holds; it shows nothing afterwards."""
        self._blink.stop()
        self.surface.shut_down()

    # From the studio

    def _on_drawn(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self._fresh = True
        self.surface.show_drawn(drawn)
        self._follow()
        self._update_readout()

    def _on_shown(self) -> None:
        if self._fresh and self._drawn is not None:
            self._fresh = False
            self._studio.frames.stats.showed()
            self._studio.picture_shown.emit(self._drawn.picture)

    def _on_emptied(self) -> None:
        self._drawn = None
        self._fresh = False
        self.surface.clear()
        self._follow()

    def _on_view(self, _view: object) -> None:
        blinking = self._studio.session.view.state.compare == "blink"
        if blinking != self._blink.isActive():
            self._blink_b = False
            if blinking:
                self._blink.start()
            else:
                self._blink.stop()
        self._refresh()

    def _on_blink(self) -> None:
        self._blink_b = not self._blink_b
        self._refresh()

    def _refresh(self) -> None:
        view = self._studio.session.view.state
        only_b = self._peeking or (view.compare == "blink" and self._blink_b)
        self.surface.show_view(view, only_b=only_b)
        self._follow()

    def _follow(self) -> None:
        placement = self.placement()
        self.rig.follow(self._drawn, placement)
        self.ink.follow(placement, self.rig.window_rect)

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
        self.surface.setGeometry(QRect(0, 0, self.width(), self.height()))
        for overlay in (self.rig, self.ink):
            overlay.setGeometry(QRect(0, 0, self.width(), self.height()))
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
            camera = "" if grip is Grip.WIPE else self.rig.camera_at(x, y)
            self.rig.hover(camera)
            self.setCursor(_cursor(grip, over_camera=bool(camera)))
        self._update_readout()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; what was only a click picks the point under the cursor."""
        self.pilot.release()
        pressed, self._pressed_at = self._pressed_at, None
        left = event.button() == Qt.MouseButton.LeftButton
        if left and pressed is not None:
            moved = (event.position() - pressed).manhattanLength()
            if moved < _CLICK_REACH:
                self._click(event.position())

    def _click(self, position: QPointF) -> None:
        """Take a camera in or out where those are chosen that go into a network; else pick."""
        camera = self.rig.camera_at(*self._device(position))
        if camera and self._studio.reconstructor.choosing:
            self._studio.reconstructor.toggle(camera)
        else:
            self._pick(position, self._studio.picked.emit)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Stand in the camera under the cursor, or turn around the point under it from now on."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        camera = self.rig.camera_at(*self._device(event.position()))
        if camera and self._studio.reconstructor.choosing:
            # The second of two quick clicks, which is one more.
            self._studio.reconstructor.toggle(camera)
        elif camera:
            self.pilot.stand_in(camera)
        else:
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
        self.rig.hover("")
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


def _cursor(grip: Grip, *, over_camera: bool) -> Qt.CursorShape:
    if grip is Grip.WIPE:
        return Qt.CursorShape.SizeHorCursor
    return Qt.CursorShape.PointingHandCursor if over_camera else Qt.CursorShape.ArrowCursor


def make_surface(kind: SurfaceKind, viewport: QWidget, shown: Callable[[], object]) -> Surface:
    """Make a surface in a viewport. What a kind needs is only imported for it."""
    if kind == "gl":
        from mien_studio.viewport.gl_surface import GlSurface

        return GlSurface(viewport, shown)
    from mien_studio.viewport.raster_surface import RasterSurface

    return RasterSurface(viewport, shown)
