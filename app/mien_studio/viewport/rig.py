"""The rig on the picture: the capture's cameras, or the edge of the photograph one stands in."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from mien.capture.protocol import Split
from mien.session.request import Shot
from mien_studio.bridge.drawing import Drawn
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.viewport.frusta import Frustum, frusta_in, pointed_at
from mien_studio.viewport.placement import Placement, Rect

SPLIT_COLORS: dict[Split, str] = {
    "train": tokens.ACCENT,
    "validation": tokens.AMBER,
    "test": tokens.GREEN,
}
_VEIL = 150
_FILL_IN = 130
"""Of the image planes of cameras whose pictures go into a network."""
_FAR = 0.45
"""Opacity of the farthest pyramids; the nearest are drawn in full."""


class RigOverlay(QWidget):
    """Draws over the pictures with the picture's own camera, so that it cannot swim against it.

    Args:
        studio: Whose capture is drawn.
        viewport: What it lies on.
    """

    def __init__(self, studio: Studio, viewport: QWidget) -> None:
        super().__init__(viewport)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._studio = studio
        self._frusta: tuple[Frustum, ...] = ()
        self._placement: Placement | None = None
        self._window: Rect | None = None
        self._hovered = ""
        studio.reconstructor.changed.connect(self.update)

    @property
    def frusta(self) -> tuple[Frustum, ...]:
        """The cameras on the screen, the farthest first."""
        return self._frusta

    @property
    def window_rect(self) -> Rect | None:
        """Where the photograph one stands in lies in the picture, device pixels, or None."""
        return self._window

    def follow(self, drawn: Drawn | None, placement: Placement) -> None:
        """Draw for what is on the screen now."""
        before = (self._placement, self._window, bool(self._frusta))
        self._placement = placement
        self._frusta, self._window = (), None
        view, station = self._studio.session.view.state, self._studio.session.station
        if drawn is not None and station is not None:
            # Of the picture that is shown, not of the view that is to come.
            of_frame = drawn.wanted.view
            if of_frame.standing:
                held = station.camera.camera
                self._window = _window(held.size, placement.picture)
            elif view.show_cameras:
                cameras = [
                    frame.camera
                    for frame, shot in zip(
                        drawn.picture.frames, drawn.wanted.request.shots, strict=True
                    )
                    if isinstance(shot, Shot) and shot.slot == "A"
                ]
                if cameras:
                    self._frusta = frusta_in(cameras[0], station.capture.cameras)
        shown = bool(self._frusta) or self._window is not None
        self.setVisible(shown)
        # What lies below is painted with it: while time runs nothing but the picture may cost.
        still = not self._frusta and before == (placement, self._window, False)
        if shown and not still:
            self.update()

    def camera_at(self, x: float, y: float) -> str:
        """Return the name of the camera under a device pixel; empty for none."""
        if not self._frusta or self._placement is None or self._placement.slot_at(x) != "A":
            return ""
        _, _, width, height = self._placement.rect("A")
        at = self._placement.fractions("A", x, y)
        found = pointed_at(self._frusta, at, (width, height))
        return found.name if found is not None else ""

    def hover(self, name: str) -> None:
        """Point out a camera."""
        if name != self._hovered:
            self._hovered = name
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw pyramids, or the veil beside the photograph."""
        if self._placement is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(1 / self.devicePixelRatioF(), 1 / self.devicePixelRatioF())
        if self._window is not None:
            self._paint_veil(painter, self._placement, self._window)
        elif self._frusta:
            painter.setClipRect(QRectF(*self._placement.area("A")))
            self._paint_frusta(painter, self._placement)
        painter.end()

    def _paint_veil(self, painter: QPainter, placement: Placement, window: Rect) -> None:
        veil = QColor.fromRgbF(*self._studio.session.view.state.background)
        veil.setAlpha(_VEIL)
        for slot in ("A", "B") if placement.mode == "side" else ("A",):
            left, top, width, _ = placement.rect(slot)
            across = width / placement.picture[0]
            inner = QRectF(
                left + window[0] * across,
                top + window[1] * across,
                window[2] * across,
                window[3] * across,
            )
            area = QRectF(*placement.area(slot))
            outside, hole = QPainterPath(), QPainterPath()
            outside.addRect(area)
            hole.addRect(inner)
            painter.save()
            painter.setClipRect(area)
            painter.fillPath(outside.subtracted(hole), veil)
            painter.setPen(QPen(QColor(tokens.OUTLINE), 1))
            painter.drawRect(inner.adjusted(-0.5, -0.5, 0.5, 0.5))
            painter.restore()

    def _paint_frusta(self, painter: QPainter, placement: Placement) -> None:
        left, top, width, height = placement.rect("A")
        depths = [frustum.depth for frustum in self._frusta]
        near, far = min(depths), max(depths)
        chosen = self._studio.session.view.state.station_camera
        reconstructor = self._studio.reconstructor
        inputs, choosing = reconstructor.inputs, reconstructor.choosing
        for frustum in self._frusta:
            nearness = (far - frustum.depth) / max(far - near, 1e-6)
            goes_in = frustum.name in inputs
            marked = goes_in or frustum.name in (
                (self._hovered,) if choosing else (chosen, self._hovered)
            )
            colour = QColor(SPLIT_COLORS[frustum.split])
            if choosing and not marked:
                colour = QColor(tokens.TEXT_MUTED)
            colour.setAlphaF(1.0 if marked else _FAR + (1 - _FAR) * nearness)
            lines = [
                QLineF(
                    left + a[0] * width, top + a[1] * height,
                    left + b[0] * width, top + b[1] * height,
                )
                for a, b in frustum.edges
            ]  # fmt: skip
            if len(frustum.outline) and marked:
                fill = QColor(colour)
                fill.setAlpha(_FILL_IN if goes_in else 70 if frustum.name == self._hovered else 40)
                corners = [QPointF(left + x * width, top + y * height) for x, y in frustum.outline]
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(fill)
                painter.drawPolygon(QPolygonF(corners))
            painter.setPen(QPen(colour, 2.0 if marked else 1.2))
            painter.drawLines(lines)
            if frustum.name == self._hovered:
                self._paint_label(painter, frustum, placement.rect("A"), goes_in=goes_in)

    def _paint_label(
        self, painter: QPainter, frustum: Frustum, area: Rect, *, goes_in: bool
    ) -> None:
        left, top, width, height = area
        words = [frustum.name, frustum.split, *(["goes in"] if goes_in else [])]
        text = "  ·  ".join(words)
        font = painter.font()
        font.setPixelSize(round(tokens.FONT_SIZE_SMALL * self.devicePixelRatioF()))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        box = QRectF(0, 0, metrics.horizontalAdvance(text) + 14, metrics.height() + 6)
        apex = QPointF(left + frustum.apex[0] * width, top + frustum.apex[1] * height)
        box.moveCenter(apex - QPointF(0, box.height() + 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(24, 27, 31, 230))
        painter.drawRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
        painter.setPen(QColor(tokens.TEXT))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _window(photograph: tuple[int, int], picture: tuple[int, int]) -> Rect:
    """Return where a photograph fitted into a picture lies, pixels of the picture."""
    scale = min(picture[0] / photograph[0], picture[1] / photograph[1])
    width, height = photograph[0] * scale, photograph[1] * scale
    return (picture[0] - width) / 2, (picture[1] - height) / 2, width, height
