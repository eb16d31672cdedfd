"""BlendPad: the weights of a few people as one point between their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lettering import label_font
from mien_studio.widgets.pad_geometry import corner_positions, point_of, weights_at

FACE = 44
"""Diameter of a picture at a corner."""
HANDLE = 7.0
HEIGHT = 176
NUDGE, FINE_NUDGE = 0.05, 0.01


class BlendPad(QWidget):
    """Drag a point between faces; what is nearer weighs more.

    Two people span a segment, three a triangle, four a square, more a polygon. `changed` gives the
    weights by key; setting weights from outside emits nothing.
    """

    started = Signal()
    changed = Signal(dict)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: tuple[str, ...] = ()
        self._names: dict[str, str] = {}
        self._pixmaps: dict[str, QPixmap] = {}
        self._corners = corner_positions(0)
        self._weights = np.zeros(0)
        self._dragged = False
        self._in_gesture = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Blend pad")

    # Content

    def set_members(self, members: Sequence[tuple[str, str]]) -> None:
        """Set who stands at the corners: pairs of key and name."""
        keys = tuple(key for key, _name in members)
        self._names = dict(members)
        if keys != self._keys:
            held = dict(zip(self._keys, self._weights, strict=True))
            self._keys = keys
            self._corners = corner_positions(len(keys))
            self._weights = np.array([held.get(key, 0.0) for key in keys])
            self._pixmaps = {key: self._pixmaps[key] for key in keys if key in self._pixmaps}
        self.update()

    def set_pixmap(self, key: str, pixmap: QPixmap) -> None:
        """Set the picture of a member; one that left meanwhile is ignored."""
        if key in self._keys:
            self._pixmaps[key] = pixmap
            self.update()

    def has_pixmap(self, key: str) -> bool:
        """Return whether a member has its picture, or stands at no corner and needs none."""
        return key in self._pixmaps or key not in self._keys

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Show other weights, without a signal."""
        self._weights = np.array([weights.get(key, 0.0) for key in self._keys])
        self._tell()

    @property
    def weights(self) -> dict[str, float]:
        """The weights by key."""
        return {key: float(w) for key, w in zip(self._keys, self._weights, strict=True)}

    @property
    def point(self) -> tuple[float, float]:
        """Where the handle is, in the unit circle of the corners, y down."""
        if not self._keys:
            return 0.0, 0.0
        x, y = point_of(self._weights, self._corners)
        return float(x), float(y)

    def _tell(self) -> None:
        shares = (f"{self._names[key]} {w:.0%}" for key, w in self.weights.items())
        self.setAccessibleDescription(", ".join(shares))
        self.update()

    # Geometry

    def sizeHint(self) -> QSize:
        """Return a size at which three faces stand well apart."""
        return QSize(240, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which the faces would touch."""
        return QSize(160, HEIGHT)

    def _scale(self) -> tuple[float, float]:
        margin = FACE / 2 + tokens.SPACE_S
        tall = self.height() / 2 - margin
        # A triangle may be wider than high: the pad uses the room there is.
        return min(self.width() / 2 - margin, tall * 1.6), tall

    def _middle(self) -> tuple[float, float]:
        if not len(self._corners):
            return 0.0, 0.0
        low, high = self._corners.min(axis=0), self._corners.max(axis=0)
        return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2

    def _stretch(self) -> float:
        # The corners of a triangle reach from -1 to 0.5 only: use the whole height for them.
        if len(self._corners) < 3:
            return 1.0
        return 2 / float(np.ptp(self._corners[:, 1]))

    def to_widget(self, point: Sequence[float]) -> QPointF:
        """Return where a point of the unit circle lies on the widget."""
        (wide, tall), (mx, my), stretch = self._scale(), self._middle(), self._stretch()
        x = self.width() / 2 + (point[0] - mx) * wide
        return QPointF(x, self.height() / 2 + (point[1] - my) * tall * stretch)

    def to_pad(self, place: QPointF) -> tuple[float, float]:
        """Return the point of the unit circle under a place of the widget."""
        (wide, tall), (mx, my), stretch = self._scale(), self._middle(), self._stretch()
        x = (place.x() - self.width() / 2) / max(wide, 1) + mx
        return x, (place.y() - self.height() / 2) / max(tall * stretch, 1) + my

    # Gestures

    def _start(self) -> None:
        if not self._in_gesture:
            self._in_gesture = True
            self.started.emit()

    def _finish(self) -> None:
        self._dragged = False
        if self._in_gesture:
            self._in_gesture = False
            self.finished.emit()
            self.update()

    def _move_to(self, point: Sequence[float]) -> None:
        weights = weights_at(point, self._corners)
        # Snap what no slider would show, so that a corner is that person alone.
        weights[weights < 5e-4] = 0.0
        weights /= weights.sum()
        if not np.array_equal(weights, self._weights):
            self._weights = weights
            self._tell()
            self.changed.emit(self.weights)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle to where it was pressed; on a face, to that person alone."""
        if event.button() != Qt.MouseButton.LeftButton or len(self._keys) < 2:
            return
        self._start()
        self._dragged = True
        pressed = event.position()
        for corner in self._corners:
            place = self.to_widget(corner)
            if (place - pressed).manhattanLength() < FACE / 2:
                self._move_to(corner)
                return
        self._move_to(self.to_pad(pressed))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self._dragged:
            self._move_to(self.to_pad(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._finish()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Blend all in equal parts."""
        if event.button() == Qt.MouseButton.LeftButton and len(self._keys) > 1:
            self._start()
            self._move_to(self._corners.mean(axis=0))
            self._finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge by the arrow keys, finely with Shift; Home blends all in equal parts."""
        fine = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        by = FINE_NUDGE if fine else NUDGE
        moves = {
            Qt.Key.Key_Left: (-by, 0.0), Qt.Key.Key_Right: (by, 0.0),
            Qt.Key.Key_Up: (0.0, -by), Qt.Key.Key_Down: (0.0, by),
        }  # fmt: skip
        move = next((step for key, step in moves.items() if key == event.key()), None)
        if len(self._keys) < 2 or (move is None and event.key() != Qt.Key.Key_Home):
            event.ignore()
            return
        self._start()
        x, y = self.point
        centre = self._corners.mean(axis=0)
        self._move_to(centre if move is None else (x + move[0], y + move[1]))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End the gesture of a held key."""
        if not event.isAutoRepeat() and not self._dragged:
            self._finish()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a gesture of the keyboard."""
        if not self._dragged:
            self._finish()
        super().focusOutEvent(event)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the faces and the handle."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.VIEWPORT))
        painter.drawRoundedRect(QRectF(self.rect()), tokens.RADIUS_L, tokens.RADIUS_L)
        if not self._keys:
            return
        self._paint_ground(painter)
        for key, corner in zip(self._keys, self._corners, strict=True):
            self._paint_face(painter, key, self.to_widget(corner))
        if len(self._keys) > 1:
            self._paint_handle(painter)

    def _paint_ground(self, painter: QPainter) -> None:
        fill, edge = QColor(tokens.ACCENT), QColor(tokens.ACCENT)
        fill.setAlpha(20)
        edge.setAlpha(96)
        painter.setBrush(fill)
        painter.setPen(QPen(edge, 1))
        painter.drawPolygon(QPolygonF([self.to_widget(corner) for corner in self._corners]))
        handle = self.to_widget(self.point)
        for weight, corner in zip(self._weights, self._corners, strict=True):
            # A line to everybody who takes part, as strong as the share.
            edge.setAlpha(int(200 * weight))
            painter.setPen(QPen(edge, 1.5))
            painter.drawLine(handle, self.to_widget(corner))

    def _paint_face(self, painter: QPainter, key: str, centre: QPointF) -> None:
        weight = self.weights[key]
        circle = QRectF(centre.x() - FACE / 2, centre.y() - FACE / 2, FACE, FACE)
        path = QPainterPath()
        path.addEllipse(circle)
        painter.fillPath(path, QColor(tokens.RAISED))
        pixmap = self._pixmaps.get(key)
        if pixmap is not None:
            painter.save()
            painter.setClipPath(path)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(circle, pixmap, QRectF(pixmap.rect()))
            painter.restore()
        else:
            painter.setFont(label_font())
            painter.setPen(QColor(tokens.TEXT_MUTED))
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, self._names[key][:2])
        ring = QColor(tokens.ACCENT if weight > 0 else tokens.OUTLINE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ring, 1 + 1.5 * weight))
        painter.drawEllipse(circle)

    def _paint_handle(self, painter: QPainter) -> None:
        place = self.to_widget(self.point)
        held = self._dragged or self.hasFocus()
        painter.setPen(QPen(QColor(tokens.TEXT_ON_ACCENT), 2))
        painter.setBrush(QColor(tokens.ACCENT))
        radius = HANDLE + (1 if held else 0)
        painter.drawEllipse(place, radius, radius)
