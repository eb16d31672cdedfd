"""The compositor without OpenGL: the same pictures as viewport.frag, by QPainter and numpy."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from mien.editing.document import Slot
from mien.image import Image8
from mien.session.view_state import ViewState
from mien_studio.bridge.drawing import Drawn
from mien_studio.viewport.placement import Placement, Rect

_EDGE = QColor(237, 237, 237)
_BORDER = QColor(42, 45, 51)
_FLIP = "flip"
_MIN_RELATIVE_TO = 5
"""A relative error is relative to at least this much of 255, or black would be all error."""


class RasterCompositor:
    """Hold the last pictures and draw them as the view asks."""

    def __init__(self) -> None:
        self._pictures: dict[Slot, Image8] = {}
        self._map: Image8 | None = None
        self._scale = 1.0
        self._drawn_for = (1, 1)
        self._made: dict[tuple[object, ...], QImage] = {}

    def upload(self, drawn: Drawn) -> None:
        """Take over new pictures."""
        self._pictures = dict(zip(drawn.slots, drawn.images, strict=True))
        self._map = drawn.perceived.image if drawn.perceived is not None else None
        self._scale = drawn.wanted.scale
        self._drawn_for = drawn.wanted.size
        self._made.clear()

    def clear(self) -> None:
        """Forget the pictures."""
        self._pictures.clear()
        self._map = None
        self._made.clear()

    def paint(
        self,
        painter: QPainter,
        view: ViewState,
        viewport: tuple[int, int],
        *,
        only_b: bool = False,
        ratio: float = 1.0,
    ) -> None:
        """Draw with a painter whose unit is a device pixel.

        Args:
            painter: Where to.
            view: Compare mode, wipe, exposure, magnification, background.
            viewport: Width and height in device pixels.
            only_b: Show B alone, while its key is held or the blink is at it.
            ratio: Device pixels per logical one, for the width of lines.
        """
        placement = Placement.of(view, viewport, self._drawn_for)
        exact = self._scale == 1.0 and placement.scale == 1.0
        smooth = not exact and placement.magnification == 1
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        background = QColor.fromRgbF(*view.background)
        whole = QRectF(0, 0, *viewport)
        if not self._pictures or not _covers(placement.rect("A"), viewport):
            painter.fillRect(whole, background)
        if len(self._pictures) < 2:
            for slot in self._pictures:
                _draw(painter, self._exposed(slot, view), placement.rect(slot))
        elif view.compare in ("side", "wipe") and not (only_b and view.compare == "wipe"):
            self._paint_both(painter, view, placement, ratio)
        elif only_b or view.compare in ("single", "blink"):
            slot: Slot = "B" if only_b else "A"
            _draw(painter, self._exposed(slot, view), placement.rect(slot))
        elif view.compare == "flip":
            _draw(painter, self._perceived(view), placement.rect("A"))
        else:
            _draw(painter, self._difference(view), placement.rect("A"))

    def _paint_both(
        self, painter: QPainter, view: ViewState, placement: Placement, ratio: float
    ) -> None:
        width, height = placement.viewport
        side = view.compare == "side"
        split = float(width // 2) if side else placement.wipe_x
        # A pixel is A's where its middle is left of the edge.
        column = int(np.ceil(split - 0.5))
        halves: tuple[tuple[Slot, QRectF], ...] = (
            ("A", QRectF(0, 0, column, height)),
            ("B", QRectF(column, 0, width - column, height)),
        )
        for slot, area in halves:
            painter.save()
            painter.setClipRect(area)
            painter.fillRect(area, QColor.fromRgbF(*view.background))
            _draw(painter, self._exposed(slot, view), placement.rect(slot))
            painter.restore()
        unit = float(max(round(ratio), 1))
        if side:
            painter.fillRect(QRectF(split - unit / 2, 0, unit, height), _BORDER)
        else:
            _draw_edge(painter, split, height, unit)

    def _exposed(self, slot: Slot, view: ViewState) -> QImage:
        key = (slot, view.exposure)
        if key not in self._made:
            self._made[key] = _image(_expose(self._pictures[slot], view.exposure))
        return self._made[key]

    def _perceived(self, view: ViewState) -> QImage:
        if self._map is None:
            # The map comes with the pictures: until it is there, A stands in for it.
            return self._exposed("A", view)
        if (_FLIP,) not in self._made:
            self._made[_FLIP,] = _image(self._map)
        return self._made[_FLIP,]

    def _difference(self, view: ViewState) -> QImage:
        key = (view.compare, view.exposure, view.difference_gain)
        if key not in self._made:
            a, b = (_expose(self._pictures[slot], view.exposure) for slot in ("A", "B"))
            apart = np.maximum(a, b) - np.minimum(a, b)
            levels = np.arange(256)
            if view.compare == "difference":
                gained = np.clip(levels * view.difference_gain + 0.5, 0, 255).astype(np.uint8)
                pixels = gained[apart]
            else:
                relative = apart / np.maximum(b, _MIN_RELATIVE_TO).astype(np.float32)
                value = relative.mean(axis=2) * (view.difference_gain * 0.25 * 255)
                pixels = _HEAT[np.clip(value + 0.5, 0, 255).astype(np.uint8)]
            self._made[key] = _image(pixels)
        return self._made[key]


def _image(pixels: Image8) -> QImage:
    height, width = pixels.shape[:2]
    kept = np.ascontiguousarray(pixels)
    # The bytes must live as long as the image that looks at them: QImage keeps the buffer.
    return QImage(kept.data, width, height, 3 * width, QImage.Format.Format_RGB888)


def _expose(pixels: Image8, stops: float) -> Image8:
    if stops == 0:
        return pixels
    srgb = np.arange(256) / 255
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4) * 2.0**stops
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.clip(curve * 255 + 0.5, 0, 255).astype(np.uint8)[pixels]


def _heat() -> Image8:
    value = np.arange(256) / 255
    red, green, blue = (
        np.clip(value * slope + start, 0, 1) for slope, start in ((3, -0.6), (3, -1.6), (3.4, 0))
    )
    cooling = np.clip(value * 3 - 1, 0, 1) * (1 - np.clip(value * 3 - 2, 0, 1))
    blue = np.clip(blue - 1.2 * cooling, 0, 1)
    return (np.stack([red, green, blue], axis=1) * 255 + 0.5).astype(np.uint8)


_HEAT = _heat()
"""Black where A and B agree, then blue, red, yellow, white; as in viewport.frag."""


def _covers(rect: Rect, viewport: tuple[int, int]) -> bool:
    left, top, width, height = rect
    return left <= 0 and top <= 0 and left + width >= viewport[0] and top + height >= viewport[1]


def _draw(painter: QPainter, image: QImage, rect: Rect) -> None:
    if rect[2:] == (image.width(), image.height()):
        painter.drawImage(QPointF(rect[0], rect[1]), image)
    else:
        painter.drawImage(QRectF(*rect), image)


def _draw_edge(painter: QPainter, split: float, height: float, unit: float) -> None:
    for reach, alpha in ((5, 14), (3, 24), (2, 40)):
        shadow = QRectF(split - reach * unit, 0, 2 * reach * unit, height)
        painter.fillRect(shadow, QColor(0, 0, 0, alpha))
    painter.fillRect(QRectF(split - unit / 2, 0, unit, height), _EDGE)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    handle = QRectF(split - 7 * unit, height / 2 - 16 * unit, 14 * unit, 32 * unit)
    painter.setPen(QPen(QColor(0, 0, 0, 60), 2 * unit))
    painter.setBrush(_EDGE)
    painter.drawRoundedRect(handle, 7 * unit, 7 * unit)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(handle, 7 * unit, 7 * unit)
    painter.restore()
