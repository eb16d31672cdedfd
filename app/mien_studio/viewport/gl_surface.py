"""The OpenGL surface: pictures become textures, a shader puts them together."""

from __future__ import annotations

from collections.abc import Callable

import moderngl
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from mien.session.view_state import ViewState
from mien_studio.bridge.drawing import Drawn
from mien_studio.viewport.compositor import Compositor
from mien_studio.viewport.gpu import GpuResources
from mien_studio.viewport.placement import device_size


class GlSurface(QOpenGLWidget):
    """A thin widget: `paintGL` uploads what is new and draws; it never renders and never waits.

    Args:
        parent: The viewport.
        shown: Called when a picture that is new has reached the screen.
    """

    def __init__(self, parent: QWidget, shown: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._shown = shown
        self._gpu: GpuResources | None = None
        self._compositor: Compositor | None = None
        self._target: tuple[int, tuple[int, int], moderngl.Framebuffer] | None = None
        self._drawn: Drawn | None = None
        self._view = ViewState()
        self._only_b = False
        self._stale = False
        self._announced = True
        self.frameSwapped.connect(self._on_swapped)

    @property
    def num_gl_objects(self) -> int:
        """How many OpenGL objects it holds."""
        return self._gpu.num_objects if self._gpu is not None else 0

    def show_drawn(self, drawn: Drawn) -> None:
        """Show other pictures from now on."""
        self._drawn = drawn
        self._stale, self._announced = True, False
        self.update()

    def show_view(self, view: ViewState, *, only_b: bool) -> None:
        """Show the pictures in another way, B alone if `only_b`."""
        self._view, self._only_b = view, only_b
        self.update()

    def clear(self) -> None:
        """Show nothing but the background."""
        self._drawn = None
        self._stale, self._announced = True, True
        self.update()

    def pixels(self) -> QImage:
        """Return what it shows, in device pixels."""
        return self.grabFramebuffer()

    def shut_down(self) -> None:
        """Free what lies on the graphics card."""
        self._release_gl()

    def initializeGL(self) -> None:
        """Fill a new context, the first one or that after a loss, from the last picture."""
        self._release_gl()
        self._gpu = GpuResources(moderngl.create_context(require=330))
        self._compositor = Compositor(self._gpu)
        self._stale = True
        self.context().aboutToBeDestroyed.connect(
            self._release_gl, Qt.ConnectionType.DirectConnection
        )

    def paintGL(self) -> None:
        """Upload a picture that is new and draw."""
        gpu, compositor = self._gpu, self._compositor
        if gpu is None or compositor is None:
            return
        size = device_size(self)
        self._framebuffer(gpu, size).use()
        gpu.context.enable_only(moderngl.NOTHING)
        if self._stale:
            self._stale = False
            if self._drawn is not None:
                compositor.upload(self._drawn)
            else:
                compositor.clear()
        compositor.paint(self._view, size, only_b=self._only_b, ratio=self.devicePixelRatioF())

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
        if not self._announced and not self._stale:
            self._announced = True
            self._shown()
