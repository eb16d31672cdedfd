"""Glimpses: the photograph of a capture at an instant, small, where nothing shows it large."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from mien.capture.protocol import Capture, camera_named
from mien.errors import MienError
from mien.image import Image8
from mien.session.photographs import window_of
from mien.session.request import PhotoShot
from mien.session.stations import Station
from mien.workers import LatestWorker, Outcome, lower_priority
from mien_studio.bridge.drawing import Drawn

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio

_SIZE = QSize(240, 240)


@dataclass(frozen=True, eq=False)
class _Wish:
    capture: Capture
    camera: str
    frame: int


class Glimpses(QObject):
    """Deliver the photograph that belongs to the time of the view.

    What the viewport shows is taken from there; otherwise it is decoded on a thread of low
    priority, the newest wish first.

    Args:
        studio: Whose view.
    """

    arrived = Signal(QImage)

    _read = Signal(object)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._worker: LatestWorker[_Wish, Image8 | None] | None = None
        self._last: tuple[int, str, int] | None = None
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    def show(self, station: Station, time: float, drawn: Drawn | None) -> None:
        """Deliver what a camera saw at a time from the capture's first frame."""
        frame = station.frame_at(time)
        key = (id(station.capture), station.camera.name, frame)
        if key == self._last:
            return
        image = None if drawn is None else _shown(drawn, station.capture, frame)
        if image is not None:
            self._last = key
            self.arrived.emit(image)
        elif drawn is None or not _shows(drawn, station.capture):
            self._last = key
            self._decode(_Wish(station.capture, station.camera.name, frame))

    def forget(self) -> None:
        """Deliver the next one even if it is the last one again."""
        self._last = None

    def close(self) -> None:
        """Finish what is under way and stop."""
        if self._worker is not None:
            self._worker.close()

    def _decode(self, wish: _Wish) -> None:
        if self._worker is None:
            self._worker = LatestWorker("glimpses", _begin, self._publish)
        self._worker.request(wish)

    def _publish(self, outcome: Outcome[_Wish, Image8 | None]) -> None:
        if outcome.value is not None:
            self._read.emit(outcome.value)

    def _on_read(self, pixels: Image8) -> None:
        self.arrived.emit(_small(pixels))


def _begin() -> Callable[[_Wish], Image8 | None]:
    lower_priority()
    return _view


def _view(wish: _Wish) -> Image8 | None:
    # What cannot be read is striped in the viewport, which also says why.
    with suppress(MienError):
        return wish.capture.view(wish.camera, wish.frame).image
    return None


def _shows(drawn: Drawn, capture: Capture) -> bool:
    shots = drawn.wanted.request.shots
    return any(isinstance(shot, PhotoShot) and shot.capture is capture for shot in shots)


def _shown(drawn: Drawn, capture: Capture, frame: int) -> QImage | None:
    """Return a photograph from the screen, without what is around it; None where it is not."""
    for shot, image in zip(drawn.wanted.request.shots, drawn.images, strict=True):
        if isinstance(shot, PhotoShot) and shot.capture is capture and shot.frame == frame:
            held = camera_named(shot.capture, shot.station).camera
            left, top, width, height = window_of(shot.camera, held.size, held.intrinsics)
            x, y = max(round(left), 0), max(round(top), 0)
            return _small(image[y : round(top + height), x : round(left + width)])
    return None


def _small(pixels: Image8) -> QImage:
    height, width = pixels.shape[:2]
    step = max(min(height // _SIZE.height(), width // _SIZE.width()), 1)
    taken = pixels[::step, ::step]
    height, width = taken.shape[:2]
    data = taken.tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
