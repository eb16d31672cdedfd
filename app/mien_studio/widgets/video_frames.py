"""VideoFrames: small pictures of a video's frames, decoded beside the user interface."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from mien.driving.video import VideoReader
from mien.errors import MienError

MAX_HELD = 512
THUMBNAIL = 96
"""Height of the pictures kept for a film strip, pixels."""


class _Jobs:
    """What is to be decoded: the frame that is shown first, then thumbnails in their order."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._showing: int | None = None
        self._wanted: deque[int] = deque()
        self._closed = False

    def show(self, index: int) -> None:
        with self._wake:
            self._showing = index
            self._wake.notify()

    def want(self, indices: Iterable[int]) -> None:
        with self._wake:
            self._wanted = deque(indices)
            self._wake.notify()

    def close(self) -> None:
        with self._wake:
            self._closed = True
            self._wake.notify()

    def next(self) -> tuple[int, bool] | None:
        """Wait for a job: its frame and whether it is to be shown; None at the end."""
        with self._wake:
            while not self._closed and self._showing is None and not self._wanted:
                self._wake.wait()
            if self._closed:
                return None
            if self._showing is not None:
                index, self._showing = self._showing, None
                return index, True
            return self._wanted.popleft(), False


class VideoFrames(QObject):
    """Decode the frame that is shown now first, then those of the film strip.

    The reader is opened, used and closed on a thread of its own. `opened` gives the instants of
    the frames [T]; `shown` the newest frame that was asked for and its picture; `arrived` the
    number of a thumbnail that `thumbnail` returns from now on; `failed` why nothing comes.
    """

    opened = Signal(object)
    shown = Signal(int, QImage)
    arrived = Signal(int)
    failed = Signal(str)

    _decoded = Signal(int, QImage, bool)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self._thumbnails: OrderedDict[int, QImage] = OrderedDict()
        self._jobs = _Jobs()
        self._decoded.connect(self._keep, Qt.ConnectionType.QueuedConnection)
        # The thread must not wait for ever for an object that went with its window.
        self.destroyed.connect(self._jobs.close)
        self._thread = threading.Thread(target=self._run, name="video-frames", daemon=True)
        self._thread.start()

    def thumbnail(self, index: int) -> QImage | None:
        """Return the small picture of a frame if it has been decoded."""
        return self._thumbnails.get(index)

    def show(self, index: int) -> None:
        """Ask for the frame to show now; one asked for before and not begun is forgotten."""
        self._jobs.show(index)

    def want(self, indices: Iterable[int]) -> None:
        """Ask for thumbnails instead of those asked for before."""
        self._jobs.want([index for index in indices if index not in self._thumbnails])

    def close(self) -> None:
        """Stop decoding; returns once the frame under way is done."""
        self._jobs.close()
        self._thread.join(10.0)

    def _run(self) -> None:
        jobs = self._jobs
        try:
            with VideoReader(self.path) as reader:
                self.opened.emit(reader.times)
                while (job := jobs.next()) is not None:
                    index, is_shown = job
                    if 0 <= index < len(reader):
                        self._decoded.emit(index, _image(reader.frame(index)), is_shown)
        except MienError as error:
            self.failed.emit(str(error))
        except RuntimeError:
            # Qt's half of this object went while a frame was decoded: nobody waits for it.
            return

    def _keep(self, index: int, image: QImage, is_shown: bool) -> None:
        if is_shown:
            self.shown.emit(index, image)
        if index not in self._thumbnails:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._thumbnails[index] = image.scaledToHeight(THUMBNAIL, smooth)
            while len(self._thumbnails) > MAX_HELD:
                self._thumbnails.popitem(last=False)
            self.arrived.emit(index)


def _image(picture: np.ndarray) -> QImage:
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture)
    return QImage(data.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
