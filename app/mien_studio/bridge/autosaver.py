"""Autosaver: unsaved work goes to disk every half minute, beside everything else."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mien.editing.document import Document
from mien.errors import MienError
from mien.session.recovery import Autosave, Recoverable
from mien.session.view_state import ViewState
from mien.workers import LatestWorker, Outcome
from mien_studio.bridge.studio import Studio

INTERVAL_SECS = 30.0

_Work = tuple[Document, ViewState, Path | None]


class Autosaver(QObject):
    """Write the session to the autosave folder while it is modified.

    A thread of its own writes, because a slow disk must not stop the pictures.

    Args:
        studio: Whose session is kept.
        folder: Where; by default in the user's data folder.
        interval_secs: How often.
    """

    saved = Signal(object)
    """When it was written, as of `time.time`, or None when there is no copy any more."""

    _written = Signal(object)

    def __init__(
        self,
        studio: Studio,
        *,
        folder: Path | None = None,
        interval_secs: float = INTERVAL_SECS,
    ) -> None:
        super().__init__(studio)
        self._studio = studio
        self._autosave = Autosave(folder)
        self._kept: Document | None = None
        self._failed = False
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        self._worker: LatestWorker[_Work | None, bool] = LatestWorker(
            "autosave", lambda: self._write, self._written.emit
        )
        self._timer = QTimer(self, interval=round(interval_secs * 1000))
        self._timer.timeout.connect(self.save_now)
        self._timer.start()

    @property
    def path(self) -> Path:
        """Where this session is kept."""
        return self._autosave.path

    def left_behind(self) -> list[Recoverable]:
        """Return what studios that ended badly did not save."""
        return self._autosave.left_behind()

    def save_now(self) -> None:
        """Keep the work, if there is any that is not kept yet."""
        session = self._studio.session
        document = session.document
        if not session.history.modified:
            self.discard()
        elif document is not self._kept:
            self._kept = document
            self._worker.request((document, session.view.state, session.path))

    def discard(self) -> None:
        """Forget the copy, because the work was saved or given up."""
        if self._kept is not None:
            self._kept = None
            self._worker.request(None)

    def close(self, *, keep: bool = False) -> None:
        """Stop; the copy goes, unless it is to be kept for the next start."""
        self._timer.stop()
        self._worker.close()
        if not keep:
            self._autosave.discard()

    def _write(self, work: _Work | None) -> bool:
        if work is None:
            self._autosave.discard()
            return False
        self._autosave.write(*work)
        return True

    def _on_written(self, outcome: Outcome[_Work | None, bool]) -> None:
        if outcome.error is not None:
            self._kept = None
            if not self._failed:
                self._failed = True
                hint = outcome.error.hint if isinstance(outcome.error, MienError) else ""
                self._studio.notice("warning", f"Autosave failed: {outcome.error}", hint)
            return
        self._failed = False
        self.saved.emit(time.time() if outcome.value else None)
