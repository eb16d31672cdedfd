"""Autosave and recovery: work that was not saved survives a crash."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.atomic import replacing
from mien.editing.document import Document
from mien.resources import user_folder
from mien.session.store import save_session
from mien.session.view_state import ViewState

# Of the Windows API: OpenProcess, GetLastError and WaitForSingleObject.
_SYNCHRONIZE, _ACCESS_DENIED, _WAIT_TIMEOUT = 0x00100000, 5, 0x102


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
            # A hidden one is half written: what a crash left of `replacing`, or what is being
            # written at this moment.
            if path == self.path or path.name.startswith("."):
                continue
            pid, original = self._writer_of(path)
            if _running(pid):
                continue
            # Another Mien may delete it meanwhile.
            with suppress(FileNotFoundError):
                found.append(Recoverable(path, original, path.stat().st_mtime))
        return sorted(found, key=lambda item: -item.saved_at)

    def _writer_of(self, path: Path) -> tuple[int, Path | None]:
        """Return the process that wrote a copy, 0 where unknown, and what it is a copy of."""
        try:
            about = json.loads(self._about(path).read_text(encoding="utf-8"))
            pid, original = int(about["pid"]), about["original"]
            return pid, Path(original) if original else None
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return 0, None

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
    if sys.platform == "win32":
        return _running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _running_on_windows(pid: int) -> bool:
    # `os.kill` would not ask there but end the process.
    kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.OpenProcess.argtypes = (ctypes.c_uint32, ctypes.c_int, ctypes.c_uint32)
    handle = kernel.OpenProcess(_SYNCHRONIZE, 0, pid & 0xFFFFFFFF)
    if not handle:
        return ctypes.get_last_error() == _ACCESS_DENIED  # type: ignore[attr-defined]
    kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
    try:
        # A handle also opens on a process that has ended and that somebody still holds.
        return kernel.WaitForSingleObject(handle, 0) == _WAIT_TIMEOUT
    finally:
        kernel.CloseHandle(handle)
