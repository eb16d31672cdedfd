"""The window as a whole: what is dropped, held, floated, closed and asked."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from mien.editing.commands import SetLook, SetState
from mien.editing.document import Look
from mien.resources import resource
from mien_studio.bridge.studio import Studio
from mien_studio.main_window import MainWindow
from mien_studio.viewport.gpu import GpuResources
from mien_studio.window.status import resident_bytes


def drop(window: MainWindow, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    flags = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(400, 300), *flags, none))
    assert window.viewport.chrome.drop_overlay.isVisible()
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), *flags, none))
    assert not window.viewport.chrome.drop_overlay.isVisible()


@pytest.fixture
def peopled(window, people, wait_for) -> MainWindow:
    """The window with two people: Ada as A, the next one as B."""
    studio = window.studio
    studio.session.show(people)
    studio.push(SetLook("B", Look.of(people.assets[1].id)))
    ids = [asset.id for asset in people.assets[:2]]
    wait_for(lambda: all(studio.session.library.avatar(asset) for asset in ids))
    wait_for(lambda: window.viewport.drawn is not None and studio.frames.settled)
    return window


def test_an_empty_session_says_what_to_do(window):
    assert window.viewport.chrome.empty_state.isVisible()
    assert not window.viewport.chrome.compare_bar.isVisible()


def test_a_dropped_avatar_is_shown_and_remembered(window, wait_for):
    path = resource("demo/kofi.avatar")
    drop(window, path)
    wait_for(lambda: window.viewport.drawn is not None)
    assert not window.viewport.chrome.empty_state.isVisible()
    assert window.windowTitle().startswith("Untitled •")
    assert window.studio.settings.recent_files == [str(path)]
    wait_for(lambda: window.studio.frames.stats.num_shown > 0)


def test_each_bad_file_gives_its_one_line(window, bad_files, wait_for):
    toasts = window.viewport.chrome.toasts
    tasks = window.studio.session.tasks
    shown = []
    window.studio.noticed.connect(shown.append)
    for label, path in bad_files:
        before = len(shown)
        drop(window, path)
        wait_for(lambda: not tasks.active)
        wait_for(lambda before=before: len(shown) > before, secs=20)
        QApplication.processEvents()
        assert len(shown) == before + 1, (label, shown[before:])
        assert shown[-1].level == "error", label
        assert "\n" not in shown[-1].text, label
        assert "Traceback" not in shown[-1].text, label
    assert 0 < len(toasts.notices) <= 5
    window.studio.session.history.mark_saved()


def test_b_is_seen_while_its_key_is_held(peopled, wait_for):
    viewport = peopled.viewport
    viewport.setFocus()
    QTest.keyPress(viewport, Qt.Key.Key_B)
    assert viewport.peeking
    wait_for(lambda: viewport.drawn.slots == ("B",))
    assert viewport.chrome.name_b.isVisible()
    assert not viewport.chrome.name_a.isVisible()
    QTest.keyRelease(viewport, Qt.Key.Key_B)
    assert not viewport.peeking
    wait_for(lambda: viewport.drawn.slots == ("A",))
    peopled.studio.session.history.mark_saved()


def test_the_wipe_is_dragged_by_its_edge_and_the_rest_orbits(peopled, wait_for):
    studio, viewport = peopled.studio, peopled.viewport
    studio.actions.trigger("compare.wipe")
    wait_for(lambda: viewport.drawn.slots == ("A", "B"))
    orbit = studio.session.view.state.orbit
    middle = viewport.rect().center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(viewport, middle + QPoint(100, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle + QPoint(100, 0))
    view = studio.session.view.state
    assert view.wipe == pytest.approx(0.5 + 100 / viewport.width(), abs=0.01)
    assert view.orbit == orbit
    aside = middle - QPoint(200, 0)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=aside)
    QTest.mouseMove(viewport, aside + QPoint(50, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=aside + QPoint(50, 0))
    assert studio.session.view.state.orbit.yaw < orbit.yaw
    studio.session.history.mark_saved()


def test_undo_says_what_it_would_undo(peopled):
    studio = peopled.studio
    studio.push(SetState(studio.session.document.state.of({"jawOpen": 1.0}), label="Expression"))
    assert studio.actions.get("edit.undo").text == "Undo Expression"
    studio.actions.trigger("edit.undo")
    assert studio.actions.get("edit.redo").text == "Redo Expression"
    assert studio.session.document.state.weight("jawOpen") == 0.0
    studio.session.history.mark_saved()


def test_every_menu_entry_comes_from_an_action_and_runs_by_its_keys(window):
    titles = {action.text for action in window.studio.actions if action.menu}
    found = {entry.text() for entry in window.actions()}
    assert titles <= found
    keys = [window.studio.actions.shortcut(action.id) for action in window.studio.actions]
    given = [key for key in keys if key]
    assert len(given) == len(set(given)), "no keys twice"
    for wanted in ("?", "Ctrl+Shift+P", "F", "Shift+F", "Space", "J", "K", "L", "Home", "End"):
        assert wanted in given


def test_closing_with_unsaved_work_asks(window, people, tmp_path):
    window.studio.session.show(people)
    window.studio.push(SetLook("A", None))
    asked = []

    def answer(button: QMessageBox.StandardButton) -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(button).click()

    QTimer.singleShot(0, window, lambda: answer(QMessageBox.StandardButton.Cancel))
    assert not window.close()
    assert window.isVisible()
    assert asked
    window.studio.session.save(tmp_path / "work.mien")
    assert window.close()


def test_the_layout_is_found_again(qtbot, people, tmp_path):
    def open_window() -> MainWindow:
        made = MainWindow(Studio(renderer="cpu"), autosave_folder=tmp_path / "autosave")
        made.show()
        qtbot.waitExposed(made)
        return made

    first = open_window()
    first.resize(1111, 777)
    hidden = first.docks[0]
    hidden.hide()
    assert first.close()
    second = open_window()
    assert (second.width(), second.height()) == (1111, 777)
    assert second.docks[0].isHidden()
    second.reset_layout()
    assert not second.docks[0].isHidden()
    second.close()


def test_a_lost_context_loses_nothing(peopled, wait_for):
    viewport = peopled.viewport
    if not viewport.num_gl_objects:
        pytest.skip("this surface needs no OpenGL")
    held = viewport.num_gl_objects
    # Another top-level window means another context.
    viewport.setParent(None)
    viewport.show()
    QTest.qWaitForWindowExposed(viewport)
    peopled.setCentralWidget(viewport)
    viewport.show()
    QTest.qWait(50)
    frames = peopled.studio.frames
    wait_for(lambda: frames.settled and viewport.drawn.wanted.size == viewport.device_size)
    wait_for(lambda: viewport.num_gl_objects == held)
    assert GpuResources.num_live == 1
    shown = viewport.pixels().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), -1)
    pixels = rows[:, : 3 * shown.width()].reshape(shown.height(), shown.width(), 3)
    assert (pixels == viewport.drawn.images[0]).all()
    peopled.studio.session.history.mark_saved()


def _settle(window: MainWindow) -> None:
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_200_rounds_of_floating_docking_closing_resizing_and_minimising(peopled, wait_for):
    window, viewport = peopled, peopled.viewport
    random_ = random.Random(7)
    areas = [Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea,
             Qt.DockWidgetArea.BottomDockWidgetArea]  # fmt: skip
    window.studio.update_view(compare="wipe")
    held = {"objects": 0, "memory": 0}
    for number in range(200):
        dock = window.docks[number % len(window.docks)]
        step = number // len(window.docks) % 4
        if step == 0:
            dock.setFloating(True)
        elif step == 1:
            dock.setFloating(False)
            window.addDockWidget(random_.choice(areas), dock)
        elif step == 2:
            dock.close()
        else:
            dock.show()
        window.resize(random_.randint(500, 1500), random_.randint(400, 950))
        if number % 25 == 10:
            window.showMinimized()
            _settle(window)
            window.showNormal()
        orbit = window.studio.session.view.state.orbit
        window.studio.update_view(orbit=orbit.orbited(0.05, 0.0))
        _settle(window)
        if number == 60:
            # By then every allocator has what it keeps.
            wait_for(lambda: window.studio.frames.settled)
            gc.collect()
            held = {"objects": viewport.num_gl_objects, "memory": resident_bytes()}
    window.reset_layout()
    window.resize(1280, 800)
    _settle(window)
    wait_for(lambda: window.studio.frames.settled and viewport.drawn.slots == ("A", "B"))
    gc.collect()
    assert viewport.num_gl_objects == held["objects"]
    assert GpuResources.num_live == (1 if held["objects"] else 0)
    grown = resident_bytes() - held["memory"]
    assert grown < 60 << 20, f"memory grew by {grown >> 20} MB"
    assert all(not dock.isFloating() and not dock.isHidden() for dock in window.docks)
    window.studio.session.history.mark_saved()


_ENDS_WITHOUT_CLOSING = """
import sys
from pathlib import Path
from mien_studio.application import make_application
from mien_studio.bridge.studio import Studio
from mien_studio.main_window import MainWindow

application = make_application()
window = MainWindow(Studio(renderer="cpu"), autosave_folder=Path(sys.argv[1]))
window.show()
application.processEvents()
window.shut_down()
"""


def test_a_process_ends_well_whose_window_was_shut_down_but_not_closed(tmp_path):
    command = [sys.executable, "-c", _ENDS_WITHOUT_CLOSING, str(tmp_path)]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=paths
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_windows_that_closed_leave_no_threads_and_no_gl_objects(qtbot, tmp_path):
    import threading

    gc.collect()
    before = {thread.name for thread in threading.enumerate()}
    for _ in range(3):
        made = MainWindow(Studio(renderer="cpu"), autosave_folder=tmp_path / "autosave")
        made.show()
        qtbot.waitExposed(made)
        assert made.close()
        made.deleteLater()
        _settle(made)
    left = {thread.name for thread in threading.enumerate()} - before
    assert not left
    assert GpuResources.num_live == 0
    assert os.environ["MIEN_HOME"]
