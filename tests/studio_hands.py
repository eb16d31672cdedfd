"""What a person's hands and eyes do with the studio's window, for tests from end to end."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mien_studio.bridge.studio import Studio
from mien_studio.main_window import MainWindow
from mien_studio.widgets.slider_row import SliderRow

SHOTS = Path(__file__).resolve().parents[1] / "out" / "e2e"


class Hands:
    """What a person's hands and eyes do with the window."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.studio: Studio = window.studio

    def wait(self, condition, secs: float = 90.0) -> None:
        deadline = time.monotonic() + secs
        while not condition():
            QApplication.processEvents()
            time.sleep(0.002)
            assert time.monotonic() < deadline, "it did not happen in time"

    def settle(self) -> None:
        """Wait until what is wanted is what is on the screen."""
        QTest.qWait(30)
        view = self.window.viewport
        empty = not self.studio.session.document.looks
        self.wait(lambda: self.studio.frames.settled and (empty or view.drawn is not None))
        QTest.qWait(30)

    def drop(self, *paths: Path) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place = QPointF(self.window.width() / 2, self.window.height() / 2)
        flags = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
        none = Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(place.toPoint(), *flags, none)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(place, *flags, none))

    def drag(self, widget, start: QPoint, end: QPoint, button=Qt.MouseButton.LeftButton) -> None:
        QTest.mousePress(widget, button, pos=start)
        for step in range(1, 9):
            at = start + (end - start) * (step / 8)
            QTest.mouseMove(widget, at)
            QApplication.processEvents()
        QTest.mouseRelease(widget, button, pos=end)

    def slider(self, name: str) -> SliderRow:
        found = [row for row in self.window.findChildren(SliderRow) if row.name == name]
        shown = [row for row in found if row.isVisible()] or found
        assert shown, f"no slider {name}"
        return shown[0]

    def type_into(self, row: SliderRow, text: str) -> None:
        row.setFocus()
        QTest.keyClick(row, Qt.Key.Key_Return)
        QTest.keyClicks(row.findChild(object, "sliderNumber"), text)
        QTest.keyClick(row.findChild(object, "sliderNumber"), Qt.Key.Key_Return)

    def trigger(self, action: str) -> None:
        self.studio.actions.trigger(action)

    def show_panel(self, name: str) -> None:
        (dock,) = [d for d in self.window.docks if d.objectName() == f"dock.{name}"]
        dock.show()
        dock.raise_()
        QApplication.processEvents()

    def picture(self) -> np.ndarray:
        """Return what is on the viewport [H, W, 3]."""
        self.settle()
        shown = self.window.viewport.pixels()
        image = shown.convertToFormat(shown.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(float)

    def shot(self, name: str) -> None:
        self.settle()
        SHOTS.mkdir(parents=True, exist_ok=True)
        assert self.window.grab_all().save(str(SHOTS / f"{name}.png"))


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())
