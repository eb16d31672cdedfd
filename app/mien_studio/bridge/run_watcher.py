"""RunWatcher: a training's folder that reads itself again while it changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mien.errors import MienError
from mien.session.training_run import TrainingRun, read_run
from mien.workers import LatestWorker, Outcome

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio

EVERY_SECS = 2.0
"""How often it looks: folders on other machines tell nobody that they changed."""
_FOLDER = "training/folder"


class RunWatcher(QObject):
    """Read a folder beside the user interface, again and again while somebody looks.

    Args:
        studio: Who is told of what is wrong, and whose settings remember the folder.
    """

    changed = Signal()
    """There is another run, or more of it."""

    _read = Signal(object)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._run: TrainingRun | None = None
        self._folder: Path | None = None
        self._error: MienError | None = None
        self._worker: LatestWorker[Path, TrainingRun] | None = None
        self._timer = QTimer(self, interval=round(1000 * EVERY_SECS))
        self._timer.timeout.connect(self.look)
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    @property
    def run(self) -> TrainingRun | None:
        """What was read last."""
        return self._run

    @property
    def folder(self) -> Path | None:
        """What is watched."""
        return self._folder

    @property
    def error(self) -> MienError | None:
        """Why it cannot be read now, or None."""
        return self._error

    @property
    def recent(self) -> Path | None:
        """The folder that was watched last, in an earlier session perhaps, where it still is."""
        held = self._studio.settings.text(_FOLDER)
        return Path(held) if held and Path(held).is_dir() else None

    def watch(self, folder: Path | None) -> None:
        """Watch another folder, or none."""
        self._folder, self._run, self._error = folder, None, None
        if folder is not None:
            self._studio.settings.set(_FOLDER, str(folder))
        self.changed.emit()
        self.look()

    def set_looking(self, looking: bool) -> None:
        """Go on reading while somebody looks; rest while nobody does."""
        if looking and not self._timer.isActive():
            self._timer.start()
            self.look()
        elif not looking:
            self._timer.stop()

    def look(self) -> None:
        """Read it now."""
        if self._folder is None:
            return
        if self._worker is None:
            self._worker = LatestWorker("watching", lambda: read_run, self._read.emit)
        self._worker.request(self._folder)

    def close(self) -> None:
        """Stop."""
        self._timer.stop()
        if self._worker is not None:
            self._worker.close()

    def _on_read(self, outcome: Outcome[Path, TrainingRun]) -> None:
        if outcome.request != self._folder:
            return
        before = self._run
        if outcome.error is not None:
            error = outcome.error
            told = error if isinstance(error, MienError) else MienError(str(error))
            new = self._error is None or str(self._error) != str(told)
            self._error = told
            if new and before is None:
                self._studio.report(told)
        else:
            new = self._error is not None or _differs(before, outcome.value)
            self._run, self._error = outcome.value, None
        if new:
            self.changed.emit()


def _differs(before: TrainingRun | None, after: TrainingRun | None) -> bool:
    if before is None or after is None:
        return before is not after
    return before.changed != after.changed or len(before.previews) != len(after.previews)
