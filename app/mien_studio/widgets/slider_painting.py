"""How a slider row looks: where its parts lie and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import label_font, number_font

LABEL_WIDTH = 132
NUMBER_WIDTH = 52
HANDLE_RADIUS = 5.0


@dataclass(frozen=True)
class SliderLook:
    """Everything a drawn row depends on.

    Args:
        name: At the left.
        text: The number, at the right; empty while it is being typed.
        fraction: Where the handle is.
        zero: Where the coloured part begins.
        centred: Whether the default is marked, because values grow to both sides of it.
        ghost: Where the tick of another source is, or None.
        changed: Whether the number differs from the default.
        enabled: Whether it can be moved.
        active: Whether the pointer is on the row.
        held: Whether the handle is pointed at or held.
        focused: Whether the keyboard acts on it.
        label_width: Room for the name.
    """

    name: str
    text: str
    fraction: float
    zero: float
    centred: bool
    ghost: float | None
    changed: bool
    enabled: bool
    active: bool
    held: bool
    focused: bool
    label_width: int


def track_rect(size: QSize, label_width: int) -> QRectF:
    """Return where the track lies in a row of a size."""
    left = label_width + HANDLE_RADIUS
    right = size.width() - NUMBER_WIDTH - HANDLE_RADIUS - 2
    return QRectF(left, size.height() / 2 - 2, max(right - left, 1.0), 4)


def paint_slider(painter: QPainter, size: QSize, look: SliderLook) -> None:
    """Draw a row."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_words(painter, size, look)
    track = track_rect(size, look.label_width)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.TRACK))
    painter.drawRoundedRect(track, 2, 2)
    if look.enabled:
        _paint_value(painter, track, look)


def _paint_words(painter: QPainter, size: QSize, look: SliderLook) -> None:
    middle = Qt.AlignmentFlag.AlignVCenter
    font, room = label_font(), look.label_width - tokens.SPACE_S
    name = QFontMetrics(font).elidedText(look.name, Qt.TextElideMode.ElideRight, room)
    loud = tokens.TEXT if look.active or look.focused else tokens.TEXT_SECONDARY
    painter.setFont(font)
    painter.setPen(QColor(loud if look.enabled else tokens.TEXT_DISABLED))
    painter.drawText(QRectF(0, 0, room, size.height()), middle | Qt.AlignmentFlag.AlignLeft, name)
    color = tokens.TEXT if look.changed else tokens.TEXT_MUTED
    painter.setFont(number_font())
    painter.setPen(QColor(color if look.enabled else tokens.TEXT_DISABLED))
    place = QRectF(size.width() - NUMBER_WIDTH, 0, NUMBER_WIDTH, size.height())
    number = look.text if look.enabled else "–"
    painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, number)


def _paint_value(painter: QPainter, track: QRectF, look: SliderLook) -> None:
    middle = track.center().y()
    zero = track.left() + look.zero * track.width()
    here = track.left() + look.fraction * track.width()
    if look.centred:
        painter.setBrush(QColor(tokens.TEXT_DISABLED))
        painter.drawRect(QRectF(zero - 0.5, middle - 4, 1, 8))
    painter.setBrush(QColor(tokens.ACCENT))
    left, right = sorted((zero, here))
    painter.drawRoundedRect(QRectF(left, track.top(), right - left, 4), 2, 2)
    if look.ghost is not None:
        at = track.left() + look.ghost * track.width()
        painter.setBrush(QColor(tokens.GREEN))
        painter.drawRoundedRect(QRectF(at - 1, middle - 6, 2, 12), 1, 1)
    radius = HANDLE_RADIUS + (0.75 if look.held else 0.0)
    if look.focused:
        painter.setBrush(QColor(tokens.ACCENT))
        painter.drawEllipse(QPointF(here, middle), radius + 2, radius + 2)
    painter.setBrush(QColor(tokens.TEXT))
    painter.drawEllipse(QPointF(here, middle), radius, radius)
