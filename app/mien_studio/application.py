"""The application around the window: how it starts, what it does with errors, what it measures."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtWidgets import QApplication

from mien.resources import user_folder
from mien_studio.bridge.garbage import UiGarbageCollector
from mien_studio.bridge.studio import Studio
from mien_studio.main_window import MainWindow
from mien_studio.measuring import OrbitMeasurement, ScrubMeasurement, StartMeasurement
from mien_studio.measuring_shape import ShapeMeasurement
from mien_studio.theme.style import apply_theme

_THUMBNAILS_MS, _NETWORK_MS = 3000, 20_000
_MAX_LOG_BYTES = 1 << 20


@dataclass(frozen=True)
class Launch:
    """How to start.

    Args:
        files: What to open; with none, the demo.
        renderer: Name of the renderer, empty for the best.
        demo: Whether to open the demo where there are no files.
        size: Of the viewport in device pixels, or None for the usual window.
        screenshot: Where to save a picture of the window before quitting, or None.
        after_secs: How long to wait for that after the first picture.
        measure_start: Say when the first picture was there, then quit.
        measure_orbit_secs: Orbit for so long, say how fast it went, then quit.
        measure_scrub_secs: Scrub for so long, say how fast it went, then quit.
        measure_shape_secs: Drag a latent slider for so long, say how fast it went, then quit.
        json: Say measurements as JSON.
        started: `time.perf_counter` at the very beginning.
    """

    files: tuple[Path, ...] = ()
    renderer: str = ""
    demo: bool = True
    size: tuple[int, int] | None = None
    screenshot: Path | None = None
    after_secs: float = 2.0
    measure_start: bool = False
    measure_orbit_secs: float = 0.0
    measure_scrub_secs: float = 0.0
    measure_shape_secs: float = 0.0
    json: bool = False
    started: float = 0.0

    @property
    def unattended(self) -> bool:
        """Whether nobody is there to answer questions."""
        secs = (self.measure_orbit_secs, self.measure_scrub_secs, self.measure_shape_secs)
        return bool(self.screenshot or self.measure_start or any(secs))


def make_application() -> QApplication:
    """Make the application object, set up as the viewport needs it and dressed."""
    held = QApplication.instance()
    if isinstance(held, QApplication):
        return held
    # Docking and floating a window must not lose what lies on the graphics card.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    surface = QSurfaceFormat()
    surface.setVersion(3, 3)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setDepthBufferSize(0)
    surface.setStencilBufferSize(0)
    QSurfaceFormat.setDefaultFormat(surface)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Mien")
    application.setDesktopFileName("mien-studio")
    apply_theme(application)
    return application


def start(launch: Launch) -> int:
    """Open the studio and run until it is closed; return the exit code."""
    # The render thread holds the interpreter only for moments; the user interface should not wait
    # five milliseconds for each of them.
    sys.setswitchinterval(0.0005)
    application = make_application()
    garbage = UiGarbageCollector(application)
    studio = Studio(renderer=launch.renderer)
    studio.frames.warm_up()
    studio.thumbnails.hold()
    errors = ErrorReports(studio)
    errors.install()
    window = MainWindow(studio)
    # Qt keeps them, but not their Python side.
    jobs: list[QObject] = []
    if launch.measure_start:
        jobs.append(StartMeasurement(window, launch.started, as_json=launch.json))
    if launch.measure_orbit_secs:
        secs = launch.measure_orbit_secs
        jobs.append(OrbitMeasurement(window, secs, as_json=launch.json))
    if launch.measure_scrub_secs:
        secs = launch.measure_scrub_secs
        jobs.append(ScrubMeasurement(window, secs, as_json=launch.json))
    if launch.measure_shape_secs:
        secs = launch.measure_shape_secs
        jobs.append(ShapeMeasurement(window, secs, as_json=launch.json))
    open_first(window, launch)
    window.show()
    if launch.size is not None:
        window.set_viewport_size(launch.size)
    if launch.screenshot is not None:
        jobs.append(Screenshot(window, launch.screenshot, launch.after_secs))
    if not launch.unattended:
        QTimer.singleShot(0, window, window.offer_recovery)

    def on_first_picture(_picture: object) -> None:
        studio.thumbnails.release()
        studio.session.library.release()
        garbage.settle()

    studio.picture_shown.connect(on_first_picture, Qt.ConnectionType.SingleShotConnection)
    # Where there is nobody to look at, no picture will release them.
    QTimer.singleShot(_THUMBNAILS_MS, studio, studio.thumbnails.release)
    QTimer.singleShot(_NETWORK_MS, studio, studio.session.library.release)
    code = application.exec()
    errors.remove()
    garbage.stop()
    return code


def open_first(window: MainWindow, launch: Launch) -> None:
    """Open what was asked for, or the demo."""
    if launch.files:
        window.files.open(launch.files)
    elif launch.demo:
        # Its network takes seconds, its first picture need not.
        window.studio.session.library.hold()
        window.files.open_demo(silently=True)


class ErrorReports:
    """The one path of errors nobody caught: a notice and the log, and the studio goes on.

    Args:
        studio: Shows the notice.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.log = user_folder("data") / "studio.log"

    def install(self) -> None:
        """Catch what is raised in slots and in threads."""
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error

    def remove(self) -> None:
        """Leave errors to Python again."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _on_error(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            QApplication.quit()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        print(text, file=sys.stderr, end="")  # noqa: T201 - for whoever started it in a terminal
        self._write(text)
        self._studio.report(error)

    def _on_thread_error(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._on_error(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _write(self, text: str) -> None:
        try:
            if self.log.exists() and self.log.stat().st_size > _MAX_LOG_BYTES:
                self.log.unlink()
            with self.log.open("a", encoding="utf-8") as log:
                log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}\n")
        except OSError as error:
            print(f"{self.log}: {error}", file=sys.stderr)  # noqa: T201 - nowhere else is left


class Screenshot(QObject):
    """Save a picture of the window some time after the first picture, then quit.

    Args:
        window: What is pictured.
        path: Where it is saved.
        after_secs: How long to wait.
    """

    def __init__(self, window: MainWindow, path: Path, after_secs: float) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._timer = QTimer(window, singleShot=True, interval=round(after_secs * 1000))
        self._timer.timeout.connect(self._save)
        self._begun = False
        window.studio.picture_shown.connect(self._on_picture)
        # With nothing to show there never is a picture.
        QTimer.singleShot(round((after_secs + 20) * 1000), window, self._save)

    def _on_picture(self, _picture: object) -> None:
        if not self._begun:
            self._begun = True
            self._timer.start()

    def _save(self) -> None:
        picture = self._window.grab_all()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        saved = picture.save(str(self._path))
        where = f"saved {self._path}" if saved else f"{self._path}: cannot be written"
        print(where, file=sys.stdout if saved else sys.stderr)
        self._window.shut_down()
        QApplication.exit(0 if saved else 2)
