"""FolderWatcher: a folder of results that reads itself again while it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mien.errors import MienError
from mien.workers import LatestWorker, Outcome

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio

EVERY_SECS = 2.0
"""How often it looks: folders on other machines tell nobody that they changed."""


class Dated(Protocol):
    """What was read from a folder."""

    @property
    def changed(self) -> float:
        """When what is shown of it changed last, seconds since the epoch."""
        ...


class FolderWatcher(QObject):
    """Read a folder beside the user interface, again and again while somebody looks.

    Args:
        studio: Who is told of what is wrong, and whose settings remember the folder.
        read: Reads it; runs on a thread of its own.
        setting: Under which name it is remembered.
    """

    changed = Signal()
    """There is another folder, or more in it."""

    _read = Signal(object)

    def __init__(self, studio: Studio, read: Callable[[Path], Dated], setting: str) -> None:
        super().__init__(studio)
        self._studio, self._reading, self._setting = studio, read, setting
        self._found: Any = None
        self._folder: Path | None = None
        self._error: MienError | None = None
        self._worker: LatestWorker[Path, Dated] | None = None
        self._timer = QTimer(self, interval=round(1000 * EVERY_SECS))
        self._timer.timeout.connect(self.look)
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

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
        held = self._studio.settings.text(self._setting)
        return Path(held) if held and Path(held).is_dir() else None

    def watch(self, folder: Path | None) -> None:
        """Watch another folder, or none."""
        self._folder, self._found, self._error = folder, None, None
        if folder is not None:
            self._studio.settings.set(self._setting, str(folder))
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
            self._worker = LatestWorker("watching", lambda: self._reading, self._read.emit)
        self._worker.request(self._folder)

    def close(self) -> None:
        """Stop."""
        self._timer.stop()
        if self._worker is not None:
            self._worker.close()

    def _differs(self, before: Any, after: Any) -> bool:
        """Return whether there is more than there was; both are what was read."""
        return before.changed != after.changed

    def _on_read(self, outcome: Outcome[Path, Dated]) -> None:
        if outcome.request != self._folder:
            return
        before = self._found
        if outcome.error is not None:
            error = outcome.error
            told = error if isinstance(error, MienError) else MienError(str(error))
            new = self._error is None or str(self._error) != str(told)
            self._error = told
            if new and before is None:
                self._studio.report(told)
        else:
            after = outcome.value
            new = self._error is not None or before is None or self._differs(before, after)
            self._found, self._error = after, None
        if new:
            self.changed.emit()
