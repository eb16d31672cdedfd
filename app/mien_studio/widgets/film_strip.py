"""FilmStrip: frames of a video side by side along the time axis."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.time_axis import TimeAxis
from mien_studio.widgets.video_frames import VideoFrames

HEIGHT = 44


class FilmStrip(QWidget):
    """Show a video's frames where they belong; a click or drag scrubs.

    `scrubbed` gives the instant under the pointer.
    """

    scrubbed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: VideoFrames | None = None
        self._times = np.zeros(0)
        self._span = (0.0, 0.0)
        self._time = 0.0
        self._aspect = 16 / 9
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Film strip")

    def sizeHint(self) -> QSize:
        """Return the height of the pictures."""
        return QSize(320, HEIGHT)

    def set_video(self, frames: VideoFrames | None, times: np.ndarray) -> None:
        """Show another video, whose frames begin at these instants of the timeline, or none."""
        if self._frames is not None and self._frames is not frames:
            self._frames.arrived.disconnect(self._on_arrived)
        if frames is not None and frames is not self._frames:
            frames.arrived.connect(self._on_arrived)
        self._frames, self._times = frames, times
        self._want()

    def set_span(self, start: float, end: float) -> None:
        """Lay another stretch of time along the strip."""
        if (start, end) != self._span:
            self._span = (start, end)
            self._want()

    def set_time(self, time: float) -> None:
        """Put the playhead somewhere else."""
        before, self._time = self._time, time
        axis = self.axis
        for instant in (before, time):
            self.update(int(axis.x(instant)) - 3, 0, 7, HEIGHT)

    @property
    def axis(self) -> TimeAxis:
        """The time axis along the strip."""
        return TimeAxis(*self._span, 0.0, float(self.width()))

    def cells(self) -> list[tuple[QRectF, int]]:
        """Return where each picture goes and which frame it shows: that of its middle."""
        if self._frames is None or not len(self._times) or not self.width():
            return []
        axis = self.axis
        count = max(round(self.width() / (HEIGHT * self._aspect)), 1)
        width = self.width() / count
        found: list[tuple[QRectF, int]] = []
        for place in range(count):
            time = axis.time((place + 0.5) * width)
            index = int(np.searchsorted(self._times, time + 1e-6, "right")) - 1
            index = min(max(index, 0), len(self._times) - 1)
            found.append((QRectF(place * width, 0, width, HEIGHT), index))
        return found

    def _want(self) -> None:
        if self._frames is not None:
            self._frames.want([index for _rect, index in self.cells()])
        self.update()

    def _on_arrived(self, index: int) -> None:
        image = self._frames.thumbnail(index) if self._frames is not None else None
        if image is not None and image.height():
            aspect = image.width() / image.height()
            if abs(aspect - self._aspect) > 0.01:
                self._aspect = aspect
                self._want()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for other frames at another width."""
        super().resizeEvent(event)
        self._want()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the instant that was pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.scrubbed.emit(self.axis.time(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.scrubbed.emit(self.axis.time(event.position().x()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frames and the playhead."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), tokens.RADIUS, tokens.RADIUS)
        painter.setClipPath(path)
        painter.fillRect(self.rect(), QColor(tokens.VIEWPORT))
        for place, (rect, index) in enumerate(self.cells()):
            image = self._frames.thumbnail(index) if self._frames is not None else None
            if image is not None:
                # Cut to the cell rather than squeezed into it.
                part = min(rect.width() / rect.height() * image.height(), image.width())
                source = QRectF((image.width() - part) / 2, 0, part, image.height())
                painter.drawImage(rect, image, source)
            if place:
                painter.fillRect(QRectF(rect.left() - 0.5, 0, 1, HEIGHT), QColor(tokens.WINDOW))
        painter.fillRect(QRectF(self.axis.x(self._time) - 0.5, 0, 1, HEIGHT), QColor(tokens.TEXT))
