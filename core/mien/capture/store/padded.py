"""An HDF5 file that was cut off, made to look as long as it was."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"\x89HDF\r\n\x1a\n"


class PaddedFile(io.RawIOBase):
    """A file that reads as long as its HDF5 says it is, with zeros where it was cut off.

    The library refuses a file that is shorter than it was, even where only pictures are lost.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file: BinaryIO = path.open("rb")
        self.real_size = os.fstat(self._file.fileno()).st_size
        self._size = max(self.real_size, _stored_size(self._file))

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._file.tell(), os.SEEK_END: self._size}[whence]
        return self._file.seek(base + offset)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def readinto(self, buffer: Any, /) -> int:
        """Read what is there, and zeros after it."""
        view = memoryview(buffer)
        wanted = min(len(view), max(0, self._size - self._file.tell()))
        place = self._file.tell()
        data = self._file.read(wanted)
        view[: len(data)] = data
        view[len(data) : wanted] = bytes(wanted - len(data))
        self._file.seek(place + wanted)
        return wanted

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def _stored_size(file: BinaryIO) -> int:
    """Return how long a file was when it was written, by its superblock (versions 2 and 3)."""
    file.seek(0)
    head = file.read(36)
    if len(head) < 36 or not head.startswith(MAGIC) or head[8] not in (2, 3) or head[9] != 8:
        return 0
    (size,) = struct.unpack_from("<Q", head, 28)
    return min(size, 1 << 62)
