"""Autosave and recovery: work that was not saved survives a crash."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mien.atomic import replacing
from mien.editing.document import Document
from mien.resources import user_folder
from mien.session.store import save_session
from mien.session.view_state import ViewState


@dataclass(frozen=True)
class Recoverable:
    """Work left behind by a Mien that did not end properly.

    Args:
        autosave: The session file with the work.
        original: The file the session was opened from, or None.
        saved_at: When it was written, seconds since 1970.
    """

    autosave: Path
    original: Path | None
    saved_at: float


class Autosave:
    """Keep a copy of one session's unsaved work, and find those others left behind.

    Each running Mien writes a file of its own, named for its process, so that two never meet.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else user_folder("data") / "autosave"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / f"{os.getpid()}-{time.time_ns():x}.mien"

    def write(self, document: Document, view: ViewState, original: Path | None) -> None:
        """Keep a document; the one kept before is replaced at once or not at all.

        Raises:
            FileError: The folder cannot be written.
        """
        about = {"original": str(original) if original else None, "pid": os.getpid()}
        with replacing(self._about(self.path)) as temporary:
            temporary.write_text(json.dumps(about), encoding="utf-8")
        save_session(self.path, document, view)

    def discard(self) -> None:
        """Forget the copy, because the work was saved or given up."""
        forget(Recoverable(self.path, None, 0.0))

    def left_behind(self) -> list[Recoverable]:
        """Return what Miens that are gone did not save, the newest first."""
        found: list[Recoverable] = []
        for path in self.folder.glob("*.mien"):
            try:
                about = json.loads(self._about(path).read_text(encoding="utf-8"))
                pid, original = int(about["pid"]), about["original"]
            except (OSError, ValueError, KeyError, TypeError):
                pid, original = 0, None
            if path == self.path or _running(pid):
                continue
            found.append(
                Recoverable(path, Path(original) if original else None, path.stat().st_mtime)
            )
        return sorted(found, key=lambda item: -item.saved_at)

    @staticmethod
    def _about(path: Path) -> Path:
        return path.with_suffix(".about.json")


def forget(item: Recoverable) -> None:
    """Delete recovered or unwanted work."""
    for path in (item.autosave, item.autosave.with_suffix(".about.json")):
        with suppress(OSError):
            path.unlink()


def _running(pid: int) -> bool:
    if pid <= 0 or pid == os.getpid():
        # A former process may have had the number this one has now.
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
