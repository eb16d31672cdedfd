"""Ink: the drawings of notes over the picture they belong to, and the pen that draws them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from mien.editing.document import Slot, Stroke
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.viewport.placement import Placement, Rect

WIDTH = 0.006
"""Of a line, as a share of the photograph's width."""

_STEP = 2.0
"""Pixels the mouse must move for another point of a line."""


class InkOverlay(QWidget):
    """Shows drawings while their camera and frame are on the screen; takes the mouse to draw.

    Lines are kept as shares of the photograph's sides, so that they stay on the same place of the
    face whatever the window, the magnification and the compare mode are.

    Args:
        studio: Whose notes.
        viewport: What it lies on.
    """

    def __init__(self, studio: Studio, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._studio = studio
        self._placement: Placement | None = None
        self._window: Rect | None = None
        self._line: list[tuple[float, float]] = []
        self._drawn: tuple[Stroke, ...] = ()
        self._slot: Slot = "A"
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        studio.notebook.changed.connect(self._refresh)
        self.hide()

    def follow(self, placement: Placement, window: Rect | None) -> None:
        """Draw for what is on the screen now.

        Args:
            placement: Where the pictures lie.
            window: Where the photograph lies in them, or None where one stands in no camera.
        """
        if (placement, window) != (self._placement, self._window):
            self._placement, self._window = placement, window
            self.update()
        self._refresh()

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """The lines on the screen."""
        return tuple(stroke for note in self._studio.notebook.visible for stroke in note.strokes)

    def share(self, x: float, y: float) -> tuple[float, float]:
        """Return the place in the photograph of a device pixel, as shares of its sides."""
        assert self._placement is not None
        left, top, width, height = self._photograph(self._slot)
        u, v = (x - left) / width, (y - top) / height
        return min(max(u, 0.0), 1.0), min(max(v, 0.0), 1.0)

    def _photograph(self, slot: Slot) -> Rect:
        assert self._placement is not None
        assert self._window is not None
        left, top, width, _ = self._placement.rect(slot)
        across = width / self._placement.picture[0]
        x, y, w, h = self._window
        return left + x * across, top + y * across, w * across, h * across

    def _refresh(self) -> None:
        drawing = self._studio.notebook.drawing and self._window is not None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not drawing)
        self.setCursor(Qt.CursorShape.CrossCursor if drawing else Qt.CursorShape.ArrowCursor)
        strokes = self.strokes
        self.setVisible(self._window is not None and (drawing or bool(strokes)))
        if strokes != self._drawn:
            self._drawn = strokes
            self.update()

    # The pen

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a line."""
        if event.button() != Qt.MouseButton.LeftButton or self._placement is None:
            event.ignore()
            return
        x, y = self._device(event.position())
        self._slot = self._placement.slot_at(x)
        self._line = [self.share(x, y)]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        if not self._line or self._window is None:
            return
        x, y = self._device(event.position())
        point = self.share(x, y)
        _, _, width, height = self._photograph(self._slot)
        last = self._line[-1]
        moved = abs(point[0] - last[0]) * width + abs(point[1] - last[1]) * height
        if moved >= _STEP:
            self._line.append(point)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep it with the note."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        line, self._line = tuple(self._line), []
        self._studio.notebook.draw(line)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Be no pivot for the camera."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave magnifying to the viewport."""
        event.ignore()

    def _device(self, position: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines on every picture that is shown."""
        del event
        placement = self._placement
        if placement is None or self._window is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(1 / self.devicePixelRatioF(), 1 / self.devicePixelRatioF())
        lines = [*self.strokes, *([tuple(self._line)] if self._line else [])]
        for slot in ("A", "B") if placement.mode == "side" else ("A",):
            painter.setClipRect(QRectF(*placement.area(slot)))
            _paint(painter, lines, self._photograph(slot))
        painter.end()


def _paint(painter: QPainter, lines: Sequence[Stroke], place: Rect) -> None:
    left, top, width, height = place
    dark = QColor(tokens.WINDOW)
    dark.setAlpha(150)
    thick = max(WIDTH * width, 2.0)
    # A dark edge, so that amber is seen on skin and on light backgrounds as well.
    for color, extra in ((dark, 2.0), (QColor(tokens.AMBER), 0.0)):
        round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        pen = QPen(color, thick + extra, Qt.PenStyle.SolidLine, round_cap, round_join)
        painter.setPen(pen)
        for line in lines:
            points = [QPointF(left + u * width, top + v * height) for u, v in line]
            painter.drawPolyline(QPolygonF(points))
