"""The raster surface: pictures are put together in memory, for machines without a graphics card."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mien.session.view_state import ViewState
from mien_studio.bridge.drawing import Drawn
from mien_studio.viewport.placement import device_size
from mien_studio.viewport.raster_compositor import RasterCompositor


class RasterSurface(QWidget):
    """Draws the last pictures with a QPainter; it never renders and never waits.

    Args:
        parent: The viewport.
        shown: Called when a picture that is new has reached the screen.
    """

    def __init__(self, parent: QWidget, shown: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._compositor = RasterCompositor()
        self._view = ViewState()
        self._only_b = False
        self._fresh = False
        # Windows are flushed to the screen right after they were painted.
        self._flushed = QTimer(self, singleShot=True, interval=0)
        self._flushed.timeout.connect(shown)

    @property
    def num_gl_objects(self) -> int:
        """None: it needs no OpenGL."""
        return 0

    def show_drawn(self, drawn: Drawn) -> None:
        """Show other pictures from now on."""
        self._compositor.upload(drawn)
        self._fresh = True
        self.update()

    def show_view(self, view: ViewState, *, only_b: bool) -> None:
        """Show the pictures in another way, B alone if `only_b`."""
        if only_b != self._only_b or _looks(view) != _looks(self._view):
            self.update()
        self._view, self._only_b = view, only_b

    def clear(self) -> None:
        """Show nothing but the background."""
        self._compositor.clear()
        self._fresh = False
        self.update()

    def pixels(self) -> QImage:
        """Return what it shows, in device pixels."""
        image = QImage(*device_size(self), QImage.Format.Format_RGB32)
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    def shut_down(self) -> None:
        """Forget the pictures."""
        self._flushed.stop()
        self._compositor.clear()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pictures."""
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        if ratio != 1.0:
            painter.scale(1 / ratio, 1 / ratio)
        self._paint(painter)
        painter.end()
        if self._fresh:
            self._fresh = False
            self._flushed.start()

    def _paint(self, painter: QPainter) -> None:
        size, ratio = device_size(self), self.devicePixelRatioF()
        self._compositor.paint(painter, self._view, size, only_b=self._only_b, ratio=ratio)


def _looks(view: ViewState) -> tuple[object, ...]:
    # What a picture that is there already looks like; the camera makes another picture.
    return (view.compare, view.wipe, view.exposure, view.difference_gain, view.magnification,
            view.magnified_at, view.background)  # fmt: skip
