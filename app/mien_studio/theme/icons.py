"""Icons of one family: SVG files that say `currentColor`, drawn in the theme's colours."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from mien.resources import resource
from mien_studio.theme import tokens

_SIDES = (16, 20, 24, 32, 40, 48, 64)
"""Physical sizes: 16, 20 and 24 px at scale factors one to three, nothing blurred between."""


@cache
def icon(name: str) -> QIcon:
    """Return an icon in the theme's colours, crisp at any scale factor.

    Raises:
        FileNotFoundError: No icon of that name ships.
    """
    made = QIcon()
    looks = (
        (tokens.TEXT_SECONDARY, QIcon.Mode.Normal, QIcon.State.Off),
        (tokens.TEXT, QIcon.Mode.Active, QIcon.State.Off),
        (tokens.TEXT_DISABLED, QIcon.Mode.Disabled, QIcon.State.Off),
        (tokens.TEXT_ON_ACCENT, QIcon.Mode.Normal, QIcon.State.On),
    )
    for color, mode, state in looks:
        for side in _SIDES:
            made.addPixmap(QPixmap.fromImage(_drawn(name, color, side)), mode, state)
    return made


def icon_pixmap(name: str, color: str, side: int, scale_factor: float = 1.0) -> QPixmap:
    """Return one icon in one colour, `side` logical pixels wide.

    Raises:
        FileNotFoundError: No icon of that name ships.
    """
    pixmap = QPixmap.fromImage(_drawn(name, color, round(side * scale_factor)))
    pixmap.setDevicePixelRatio(scale_factor)
    return pixmap


def _drawn(name: str, color: str, side: int) -> QImage:
    source = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", color).encode()))
    image = QImage(QSize(side, side), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return image
