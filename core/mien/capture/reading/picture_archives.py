"""Zip archives of a rig, one a camera: pictures by number through a few open files."""

from __future__ import annotations

import re
import threading
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from mien.capture.protocol import ViewMissing
from mien.capture.reading.shelf import Shelf
from mien.errors import FileError

_OPEN_ARCHIVES = 8
_MAX_ENTRY = 1 << 28
_NUMBERED = re.compile(r"(?:.*/)?0*(\d{1,12})\.\w+")


class NumberedArchive:
    """The files of a zip archive by the numbers that are their names.

    Raises:
        FileError: It is missing, no archive, or cut off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise ViewMissing(path, "no such archive") from error
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise FileError(path, "not a zip archive, or cut off before its end") from error
        self._entries = {
            int(match.group(1)): info
            for info in self._zip.infolist()
            if (match := _NUMBERED.fullmatch(info.filename))
        }

    @property
    def numbers(self) -> frozenset[int]:
        """What it holds."""
        return frozenset(self._entries)

    def read(self, number: int) -> bytes:
        """Return the bytes of one.

        Raises:
            ViewMissing: It is not there.
            FileError: It is damaged.
        """
        info = self._entries.get(number)
        if info is None:
            raise ViewMissing(self._path, f"holds no number {number:06d}")
        if info.file_size > _MAX_ENTRY or info.flag_bits & 0x1:
            raise FileError(self._path, f"{info.filename} is encrypted, or absurdly large")
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise FileError(self._path, f"{info.filename} is damaged ({error})") from error

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


class RigArchives:
    """The archives of a rig.

    Args:
        paths: The archive of each camera; one that is missing holds nothing.
    """

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = dict(paths)
        self._shelf: Shelf[Path, NumberedArchive] = Shelf(NumberedArchive, capacity=_OPEN_ARCHIVES)
        # An archive's directory takes a tenth of a second to read, so what it said is kept.
        self._numbers: dict[str, frozenset[int]] = {}
        self._lock = threading.Lock()

    def path(self, camera: str) -> Path:
        """Return the archive of a camera."""
        return self._paths[camera]

    def present(self, camera: str, number: int) -> bool:
        """Say whether a camera's archive holds a number; a damaged one holds none."""
        with self._lock:
            held = self._numbers.get(camera)
        if held is None:
            held = self._numbers_of(camera)
            with self._lock:
                self._numbers[camera] = held
        return number in held

    def read(self, camera: str, number: int) -> bytes:
        """Return the bytes of one.

        Raises:
            ViewMissing: It is not there.
            FileError: The archive is damaged.
        """
        path = self._paths.get(camera)
        if path is None:
            raise ViewMissing(Path(camera), "there is no archive of this camera")
        with self._shelf.borrow(path) as archive:
            return archive.read(number)

    def close(self) -> None:
        """Close all files."""
        self._shelf.close()

    def _numbers_of(self, camera: str) -> frozenset[int]:
        path = self._paths.get(camera)
        if path is None:
            return frozenset()
        try:
            with self._shelf.borrow(path) as archive:
                return archive.numbers
        except FileError:
            return frozenset()
