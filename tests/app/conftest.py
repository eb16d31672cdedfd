"""What tests of the studio share: an application set up as the real one, a studio, a window."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from mien.editing.document import Document
from mien.session.demo import demo_document
from mien_studio.application import make_application
from mien_studio.bridge.garbage import UiGarbageCollector
from mien_studio.bridge.studio import Studio
from mien_studio.main_window import MainWindow
from studio_hands import Hands


@pytest.fixture(scope="session")
def qapp() -> Iterator[QApplication]:
    """The application as `mien-studio` makes it, in place of pytest-qt's plain one."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        pytest.skip("there is no display: run under xvfb-run")
    application = make_application()
    garbage = UiGarbageCollector(application)
    yield application
    garbage.stop()


@pytest.fixture
def studio(qapp: QApplication) -> Iterator[Studio]:
    """A studio that draws with the CPU, without a window."""
    made = Studio(renderer="cpu")
    yield made
    made.close()


@pytest.fixture(params=["raster", "gl"])
def window(qapp: QApplication, qtbot, tmp_path, request, monkeypatch) -> Iterator[MainWindow]:
    """The studio's window on an empty session, on the screen, once with each kind of surface."""
    monkeypatch.setenv("MIEN_SURFACE", request.param)
    made = MainWindow(Studio(renderer="cpu"), autosave_folder=tmp_path / "autosave")
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture(scope="session")
def people() -> Document:
    """The demo people; the first one shown, nothing driving."""
    document = demo_document()
    if document is None:
        pytest.skip("the demo people are not built")
    return document.replace(drive=type(document.drive)())


@pytest.fixture
def wait_for(qapp: QApplication) -> Callable[..., None]:
    """Return a function that lets events run until something is the case."""

    def wait(condition: Callable[[], object], secs: float = 60.0) -> None:
        deadline = time.monotonic() + secs
        while not condition():
            qapp.processEvents()
            time.sleep(0.001)
            assert time.monotonic() < deadline, "it did not happen in time"

    return wait


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
        window.deleteLater()
