"""Studio: the one object panels get; it brings what happens in the session to the UI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from mien.editing.commands import Command
from mien.errors import Cancelled, MienError
from mien.session.session import Session
from mien.workers import Task
from mien_studio.bridge.actions import Actions
from mien_studio.bridge.fitter import Fitter
from mien_studio.bridge.frames import FrameBridge
from mien_studio.bridge.glimpses import Glimpses
from mien_studio.bridge.notebook import Notebook
from mien_studio.bridge.player import Player
from mien_studio.bridge.reconstructor import Reconstructor
from mien_studio.bridge.reviewer import Reviewer
from mien_studio.bridge.run_watcher import RunWatcher
from mien_studio.bridge.study_watcher import StudyWatcher
from mien_studio.bridge.thumbnails import Thumbnails
from mien_studio.settings import Settings

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Notice:
    """Something to tell the user once."""

    level: Level
    text: str
    hint: str = ""


class Studio(QObject):
    """The session as the user interface sees it: commands in, signals out, all on the UI thread.

    Core events may come from any thread; each goes through a private signal, which Qt queues
    where it has to, and only then becomes a public one.

    Args:
        session: The open piece of work.
        settings: Preferences; by default the user's.
        renderer: Name of the renderer to draw with; empty for the best of this machine.
    """

    document_changed = Signal(object)
    """An `editing.history.Change`, after the document moved."""
    view_changed = Signal(object)
    """The ViewState in force."""
    asset_changed = Signal(str)
    """Id of an asset that was loaded, failed, or whose loading went on."""
    task_changed = Signal(object)
    """A `workers.Task` that began, went on or ended."""
    picture_shown = Signal(object)
    """A `session.request.Picture` that reached the screen."""
    picked = Signal(object)
    """What was clicked on in the viewport: a `bridge.drawing.Picked`, or None beside the head."""
    noticed = Signal(object)
    """A Notice to show once."""

    _view_arrived = Signal(object)
    _asset_arrived = Signal(str)
    _task_arrived = Signal(object)

    def __init__(
        self,
        session: Session | None = None,
        *,
        settings: Settings | None = None,
        renderer: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session if session is not None else Session()
        self.settings = settings if settings is not None else Settings()
        self.actions = Actions(self.settings, self)
        self.thumbnails = Thumbnails(self)
        self.player = Player(self)
        self.frames = FrameBridge(self, renderer=renderer)
        self.reviewer = Reviewer(self)
        self.fitter = Fitter(self)
        self.reconstructor = Reconstructor(self)
        self.run_watcher = RunWatcher(self)
        self.study_watcher = StudyWatcher(self)
        self.notebook = Notebook(self)
        self.glimpses = Glimpses(self)
        self._endings: dict[Task, tuple[Callable[[Any], object] | None, Any]] = {}
        self._announced: set[Task] = set()
        self._lock = threading.Lock()
        self._view_arrived.connect(self._on_view)
        self._asset_arrived.connect(self._on_asset)
        self._task_arrived.connect(self._on_task)
        self._disconnect = (
            self.session.history.changed.connect(self.document_changed.emit),
            self.session.view.changed.connect(self._view_arrived.emit),
            self.session.library.loaded.connect(self._asset_arrived.emit),
            self.session.tasks.started.connect(self._follow),
        )

    # Changing things

    def push(self, command: Command) -> bool:
        """Do a command; return whether it applied. What it cannot do becomes a notice."""
        try:
            self.session.push(command)
        except (MienError, KeyError) as error:
            self.report(error)
            return False
        return True

    def begin_gesture(self, label: str) -> None:
        """Begin merging commands into one step, such as when a slider is pressed."""
        self.session.history.begin_gesture(label)

    def end_gesture(self) -> None:
        """Close the step."""
        self.session.history.end_gesture()

    def undo(self) -> None:
        """Go one step back."""
        self.session.history.undo()

    def redo(self) -> None:
        """Go one step forward again."""
        self.session.history.redo()

    def update_view(self, **changes: Any) -> None:
        """Change fields of the view state."""
        self.session.view.update(**changes)

    # Long work

    def run(
        self,
        title: str,
        job: Callable[[Task], Any],
        *,
        done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> Task:
        """Run a long job beside the user interface; `done` or `failed` follow on the UI thread.

        Without `failed` an error becomes a notice. A cancelled job ends in silence.
        """

        def on_queued(task: Task) -> None:
            self._endings[task] = (done, failed if failed is not None else self.report)

        return self.session.tasks.start(title, job, on_queued=on_queued)

    # Telling

    def notice(self, level: Level, text: str, hint: str = "") -> None:
        """Tell the user something once. May be called from any thread."""
        self.noticed.emit(Notice(level, text, hint))

    def report(self, error: BaseException) -> None:
        """Tell the user of an error, in its own words where it was raised on purpose."""
        if isinstance(error, Cancelled):
            return
        if isinstance(error, MienError):
            self.notice("error", error.message, error.hint)
        else:
            self.notice("error", f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Stop all work; the studio is of no use afterwards."""
        for disconnect in self._disconnect:
            disconnect()
        self.frames.close()
        self.thumbnails.close()
        self.reviewer.close()
        self.fitter.close()
        self.reconstructor.close()
        self.run_watcher.close()
        self.study_watcher.close()
        self.glimpses.close()
        self.session.close()
        self.settings.sync()

    # From other threads

    def _follow(self, task: Task) -> None:
        task.changed.connect(self._announce)
        self._announce(task)

    def _announce(self, task: Task) -> None:
        # A job that reports a thousand times a second must not fill the event queue.
        with self._lock:
            if task in self._announced:
                return
            self._announced.add(task)
        self._task_arrived.emit(task)

    def _on_task(self, task: Task) -> None:
        with self._lock:
            self._announced.discard(task)
        self.task_changed.emit(task)
        for asset in self.session.document.assets:
            if self.session.library.task(asset.id) is task:
                self.asset_changed.emit(asset.id)
        if not task.finished or task not in self._endings:
            return
        done, failed = self._endings.pop(task)
        if task.error is None:
            if done is not None:
                done(task.result)
        elif not isinstance(task.error, Cancelled):
            failed(task.error)

    def _on_asset(self, asset_id: str) -> None:
        self.asset_changed.emit(asset_id)
        error = self.session.library.error(asset_id)
        if error is not None:
            self.report(error)

    def _on_view(self, _state: object) -> None:
        # What arrives late from another thread must not undo what was set since.
        self.view_changed.emit(self.session.view.state)
