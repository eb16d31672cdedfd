"""Small pictures of measured frames: what was drawn left of what was photographed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from mien.capture.protocol import camera_named
from mien.errors import MienError
from mien.evaluation.measuring import Measured, in_world_of
from mien.evaluation.pairs import photograph, rendered
from mien.image import Image8, to_uint8
from mien.rendering.protocol import Renderer
from mien.rendering.selection import make_renderer
from mien.session.review import Measurement
from mien.workers import LatestWorker, Outcome, lower_priority

_SIDE = 288
"""Of the square that is cut out, twice what is shown at most."""


@dataclass(frozen=True, eq=False)
class _Wish:
    measurement: Measurement
    items: tuple[Measured, ...]


class ComparingPictures(QObject):
    """Draw them one after another on a thread of low priority with a CPU renderer.

    `arrived` gives the Measured and its pixmap.
    """

    arrived = Signal(object, QPixmap)

    _made = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._renderer: Renderer | None = None
        self._worker: LatestWorker[_Wish, tuple[Image8 | None, ...]] | None = None
        self._made.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def want(self, measurement: Measurement, items: Sequence[Measured]) -> None:
        """Draw these, in place of what was asked for before."""
        if self._worker is None:
            self._worker = LatestWorker(
                "comparing", self._begin, self._publish, close_handler=self._end
            )
        self._worker.request(_Wish(measurement, tuple(items)))

    def close(self) -> None:
        """Finish what is under way and stop."""
        if self._worker is not None:
            self._worker.close()

    # On the worker's thread

    def _begin(self) -> Callable[[_Wish], tuple[Image8 | None, ...]]:
        lower_priority()
        renderer = self._renderer = make_renderer("cpu")
        return lambda wish: tuple(_picture(wish.measurement, item, renderer) for item in wish.items)

    def _end(self) -> None:
        if self._renderer is not None:
            self._renderer.close()

    def _publish(self, outcome: Outcome[_Wish, tuple[Image8 | None, ...]]) -> None:
        if outcome.value is not None:
            self._made.emit(outcome.request, outcome.value)

    # On the UI thread

    def _deliver(self, wish: _Wish, pictures: tuple[Image8 | None, ...]) -> None:
        for item, picture in zip(wish.items, pictures, strict=True):
            if picture is None:
                continue
            height, width = picture.shape[:2]
            image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            self.arrived.emit(item, QPixmap.fromImage(image))


def _picture(taken: Measurement, item: Measured, renderer: Renderer) -> Image8 | None:
    """Return a square around the person, the render in its left half; None where it cannot be."""
    placed = in_world_of(taken.subject, taken.capture)
    try:
        lens = camera_named(placed, item.camera).camera
        scale = min(2 * _SIDE / min(lens.size), 1.0)
        recipe = taken.recipe.replace(scale=max(scale, 0.01))
        photo = photograph(placed, item.camera, item.frame, lens=lens, recipe=recipe)
        image = rendered(renderer, taken.subject.pose(taken.states[item.frame]), photo)
    except (MienError, KeyError):
        return None
    height, width = photo.image.shape[:2]
    mixed = np.concatenate([image[:, : width // 2], photo.image[:, width // 2 :]], axis=1)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(to_uint8(mixed)[top : top + side, left : left + side])
