"""One process at a time in a folder: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mien.errors import FileError


class FolderLock:
    """Hold a folder until `release`.

    Raises:
        FileError: Another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor: int | None = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o666)
        try:
            _take(self._descriptor)
        except OSError as error:
            self.release()
            raise FileError(
                folder, "another process is at work here", hint="Wait until it has ended"
            ) from error

    def release(self) -> None:
        """Let go. Safe twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":

    def _take(descriptor: int) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:

    def _take(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
