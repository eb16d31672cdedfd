"""Thumbnails: small live renders, drawn one after another beside everything else."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPixmap

from mien.session.request import Blend
from mien.workers import lower_priority

MAX_HELD = 256
BACKGROUND = (0x22 / 255, 0x26 / 255, 0x2B / 255)

Deliver = Callable[[QPixmap], Any]
_Key = tuple[Hashable, int]


@dataclass(frozen=True)
class _Job:
    key: _Key
    blend: Blend
    pixels: int


class Thumbnails(QObject):
    """Draw heads small, the last asked for first, and remember them.

    A thread of its own with a CPU renderer of its own does it, at low priority, so that the picture
    on the screen is never late because of them.
    """

    _drawn = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pixmaps: OrderedDict[_Key, tuple[Blend, QPixmap]] = OrderedDict()
        self._waiting: dict[_Key, list[Deliver]] = {}
        self._jobs: OrderedDict[_Key, _Job] = OrderedDict()
        self._wake = threading.Condition()
        self._closing = False
        self._held = False
        self._thread: threading.Thread | None = None
        self._drawn.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def request(self, key: Hashable, blend: Blend, size: int, deliver: Deliver) -> None:
        """Deliver a square picture of a blend, neutral and framed: at once if it is held.

        Args:
            key: What the picture is of; the same key with another blend is drawn anew.
            blend: Who.
            size: Side in logical pixels; it is drawn at the screen's scale factor.
            deliver: Called with the pixmap on the UI thread; forgotten if its widget is gone.
        """
        held = self._pixmaps.get((key, size))
        if held is not None and held[0] == blend:
            self._pixmaps.move_to_end((key, size))
            deliver(held[1])
            return
        self._waiting.setdefault((key, size), []).append(deliver)
        job = _Job((key, size), blend, max(round(size * _scale_factor()), 1))
        with self._wake:
            self._jobs[job.key] = job
            self._jobs.move_to_end(job.key)
            self._wake.notify()
        self._start()

    def hold(self) -> None:
        """Draw nothing until `release`: at the start, the first picture comes first."""
        self._held = True

    def release(self) -> None:
        """Draw what has been asked for."""
        self._held = False
        if self._jobs:
            self._start()

    def _start(self) -> None:
        if self._thread is None and not self._held:
            self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Finish the picture under way and stop."""
        with self._wake:
            self._closing = True
            self._jobs.clear()
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(10.0)

    def _run(self) -> None:
        lower_priority()
        from mien.avatar.framing import default_orbit
        from mien.avatar.state import NEUTRAL
        from mien.rendering.protocol import RenderOptions
        from mien.rendering.selection import make_renderer
        from mien.session.painter import Painter
        from mien.session.request import RenderRequest, Shot

        renderer = make_renderer("cpu")
        painter = Painter(renderer)
        options = RenderOptions(background=BACKGROUND, depth=False, eight_bit=True)
        while (job := self._next()) is not None:
            # A head that cannot be drawn has no thumbnail; the viewport says why.
            with suppress(Exception):
                camera = default_orbit(job.blend.avatars[0]).camera((job.pixels, job.pixels))
                request = RenderRequest((Shot(job.blend, NEUTRAL, camera),), options)
                self._drawn.emit(job, painter.paint(request).frames[0].rgb8)
        renderer.close()

    def _next(self) -> _Job | None:
        with self._wake:
            while not self._jobs and not self._closing:
                self._wake.wait()
            return None if self._closing else self._jobs.popitem()[1]

    def _deliver(self, job: _Job, rgb: Any) -> None:
        height, width = rgb.shape[:2]
        image = QImage(rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(width / job.key[1])
        self._pixmaps[job.key] = (job.blend, pixmap)
        while len(self._pixmaps) > MAX_HELD:
            self._pixmaps.popitem(last=False)
        with self._wake:
            again = job.key in self._jobs
        # Asked for again meanwhile with another blend: this one is shown, the next one follows.
        waiting = list(self._waiting.get(job.key, ())) if again else self._waiting.pop(job.key, [])
        for deliver in waiting:
            owner = getattr(deliver, "__self__", None)
            if not isinstance(owner, QObject) or shiboken6.isValid(owner):
                deliver(pixmap)


def _scale_factor() -> float:
    screens = QGuiApplication.screens()
    return max((screen.devicePixelRatio() for screen in screens), default=1.0)
