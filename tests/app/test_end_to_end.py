"""The whole studio in a real window: what a person does in the first ten minutes.

Drops real avatars and a real video on the window, drives, blends, compares, undoes, saves, is
killed while saving, reopens and exports. Leaves screenshots in `out/e2e`, to be looked at.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mien.editing.commands import SetLook
from mien.editing.document import Look
from mien.session.store import load_session
from mien_studio.bridge.studio import Studio
from mien_studio.main_window import MainWindow
from mien_studio.widgets.slider_row import SliderRow

pytestmark = pytest.mark.e2e

SHOTS = Path(__file__).resolve().parents[2] / "out" / "e2e"
NAMES = ("p2-1", "james", "status")


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


@pytest.fixture
def open_window(qtbot, tmp_path):
    """Return a function that opens a window on a new session."""
    windows: list[MainWindow] = []

    def make() -> Hands:
        window = MainWindow(Studio(renderer="cpu"), autosave_folder=tmp_path / "autosave")
        windows.append(window)
        window.resize(1440, 900)
        window.show()
        qtbot.waitExposed(window)
        return Hands(window)

    yield make
    for window in windows:
        window.shut_down()


def test_the_first_ten_minutes(open_window, shared_data, tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    zips = {name: shared_data / "lam" / f"{name}.zip" for name in NAMES}
    hands = open_window()
    studio, window = hands.studio, hands.window
    hands.shot("01-empty")

    # Drop the three avatars.
    hands.drop(*zips.values())
    ids = {asset.name: asset.id for asset in studio.session.document.assets}
    hands.wait(lambda: all(studio.session.library.avatar(key) for key in ids.values()))
    faces = {}
    for name in NAMES:
        studio.push(SetLook("A", Look.of(ids[name])))
        hands.trigger("view.reset")
        faces[name] = hands.picture()
        hands.shot(f"02-{name}")
    assert apart(faces["james"], faces["status"]) > 3

    # Orbit with the mouse, look from the side, come back.
    view = window.viewport
    middle = view.rect().center()
    before = studio.session.view.state.orbit
    hands.drag(view, middle, middle + QPoint(160, 20))
    assert studio.session.view.state.orbit.yaw != before.yaw
    hands.shot("03-orbited")
    hands.trigger("view.reset")

    # Drive james with the video: the same instant in both, and it moves.
    studio.push(SetLook("A", Look.of(ids["james"])))
    hands.drop(shared_data / "video" / "head-pose-male.mp4")
    hands.wait(lambda: studio.session.track is not None)
    moments = []
    for number, moment in enumerate((0.4, 2.4, 4.0)):
        studio.update_view(time=moment)
        moments.append(hands.picture())
        hands.shot(f"04-driven-{number}")
    assert apart(moments[0], moments[2]) > 0.2
    studio.player.toggle()
    hands.wait(lambda: studio.session.view.state.time > 4.3)
    studio.player.pause()

    # Blend by sliders; then eyes of one and mouth of another; undo and redo bit for bit.
    hands.show_panel("identity")
    start = studio.session.document
    pictures = []
    for weight in ("0.25", "0.5", "0.75"):
        hands.type_into(hands.slider("status"), weight)
        assert studio.session.document.look("A").weights[ids["status"]] == pytest.approx(
            float(weight)
        )
        pictures.append(hands.picture())
    hands.shot("05-blended")
    mixed = Look({ids["james"]: 1.0}, {"eyes": ids["p2-1"], "mouth": ids["status"]})
    studio.push(SetLook("A", mixed, label="Regions"))
    hands.shot("06-regions")
    latest, steps = studio.session.document, 0
    while studio.session.document is not start:
        hands.trigger("edit.undo")
        steps += 1
        if steps == 2:
            np.testing.assert_array_equal(hands.picture(), pictures[1])
    assert steps == 4
    for _ in range(steps):
        hands.trigger("edit.redo")
    assert studio.session.document is latest

    # Compare two blends.
    studio.push(SetLook("B", Look({ids["james"]: 0.5, ids["status"]: 0.5})))
    shown = {}
    for mode in ("side", "wipe", "difference", "single"):
        hands.trigger(f"compare.{mode}")
        shown[mode] = hands.picture()
        hands.shot(f"07-{mode}")
    view.set_peeking(True)
    peeked = hands.picture()
    view.set_peeking(False)
    assert apart(peeked, shown["single"]) > 1
    hands.trigger("compare.wipe")
    hands.trigger("view.magnify")
    magnified = hands.picture()
    hands.shot("08-wipe-magnified")
    edge = round(window.viewport.placement().wipe_x)
    # Left of the wipe is A and right of it is B, magnified or not.
    studio.update_view(wipe=1.0)
    only_a = hands.picture()
    studio.update_view(wipe=0.0)
    only_b = hands.picture()
    np.testing.assert_array_equal(magnified[:, : edge - 40], only_a[:, : edge - 40])
    np.testing.assert_array_equal(magnified[:, edge + 40 :], only_b[:, edge + 40 :])
    hands.trigger("view.actual")
    studio.update_view(wipe=0.5)

    # Save, reopen: nothing lost.
    path = tmp_path / "work.mien"
    document = studio.session.document
    studio.session.save(path)
    before = hands.picture()
    again = open_window()
    again.window.resize(window.size())
    assert again.window.files.open_session(path)
    again.wait(lambda: all(again.studio.session.library.avatar(key) for key in ids.values()))
    assert again.studio.session.document == document
    again.wait(lambda: again.studio.session.track is not None)
    assert apart(again.picture(), before) < 1e-6
    again.shot("09-reopened")


SAVER = """
import sys
from mien.session.store import load_session, save_session
document, view = load_session(sys.argv[1])
print("ready", flush=True)
while True:
    save_session(sys.argv[1], document, view)
"""


def test_killed_while_saving(open_window, shared_data, tmp_path):
    hands = open_window()
    hands.drop(shared_data / "lam" / "james.zip")
    path = tmp_path / "work.mien"
    hands.studio.session.save(path)
    document = hands.studio.session.document
    for delay in (0.01, 0.017, 0.023):
        with subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as saver:
            assert saver.stdout is not None
            assert saver.stdout.readline() == b"ready\n"
            time.sleep(delay)
            saver.send_signal(signal.SIGKILL)
            saver.wait()
        assert load_session(path)[0] == document


def test_exported_video_shows_source_and_avatar(shared_data, tmp_path, monkeypatch):
    from mien.cli.main import main

    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    out = tmp_path / "drive.mp4"
    arguments = ["drive", shared_data / "lam" / "james.zip"]
    arguments += [shared_data / "video" / "head-pose-male.mp4", "--out", out, "--size", "270x270"]
    assert main([str(part) for part in arguments]) == 0
    frames = iio.imread(out, plugin="pyav").astype(float)
    source = iio.imread(shared_data / "video" / "head-pose-male.mp4", plugin="pyav").astype(float)
    assert len(frames) == len(source)
    for index in (0, 30, 61):
        assert apart(frames[index][:270, :480], source[index]) < 6
    assert np.abs(frames[5][:, 490:] - frames[40][:, 490:]).mean() > 0.3


def test_each_bad_file_says_its_line_once(open_window, bad_files):
    hands = open_window()
    heard = []
    hands.studio.noticed.connect(heard.append)
    for label, path in bad_files:
        heard.clear()
        hands.drop(path)
        hands.wait(lambda: heard, 30)
        QTest.qWait(20)
        assert len(heard) == 1, label
        assert path.name in heard[0].text, label
        assert "\n" not in heard[0].text, label
        hands.trigger("edit.undo")
    hands.shot("10-bad-file")
