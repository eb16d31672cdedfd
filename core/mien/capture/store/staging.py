"""Where a store grows before it is one: pictures appended to one file, their places to another.

A process that is killed leaves at worst a torn last record. Whoever goes on reads the journal up to
there, compares every picture with its checksum, and does again what is not whole.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from mien.capture.store.lock import FolderLock
from mien.capture.store.pictures import LAYERS, EncodedView
from mien.closing import Closing
from mien.errors import FileError

VERSION = 1

# Camera, frame; offset, size and checksum of each layer; then the checksum of all that.
_FIELDS = struct.Struct("<II" + "QII" * len(LAYERS))
_SUM = struct.Struct("<I")
_LENGTH = _FIELDS.size + _SUM.size


@dataclass(frozen=True)
class Placed:
    """Where a picture file lies among the staged bytes; its size is 0 where there is none."""

    offset: int
    size: int
    crc32: int


PlacedView = tuple[Placed, ...]


class Staging(Closing):
    """The folder in which a store grows; one process at a time.

    Args:
        folder: Made if it is not there.
        fingerprint: Of what is being made.
        restart: Whether what was begun there of something else is thrown away.

    Raises:
        FileError: Another process works in it, or something else was begun there.
    """

    def __init__(self, folder: Path, fingerprint: str, *, restart: bool = False) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._lock = FolderLock(folder)
        try:
            self._settle(fingerprint, restart=restart)
            self._journal: BinaryIO = self._open("journal")
            self._bytes: BinaryIO = self._open("pictures")
            self.placed: dict[tuple[int, int], PlacedView] = self._recall()
        except BaseException:
            self._lock.release()
            raise

    def add(self, camera: int, frame: int, view: EncodedView) -> None:
        """Append a view; it is kept from here on, even if the process dies."""
        start = self._bytes.seek(0, os.SEEK_END)
        placed: list[Placed] = []
        for data in view.layers:
            placed.append(Placed(start, len(data), crc32(data)))
            start += len(data)
        self._bytes.write(b"".join(view.layers))
        # Before its record: a record must never point at bytes that are still to come.
        self._bytes.flush()
        numbers = [number for each in placed for number in (each.offset, each.size, each.crc32)]
        record = _FIELDS.pack(camera, frame, *numbers)
        self._journal.write(record + _SUM.pack(crc32(record)))
        self._journal.flush()
        self.placed[camera, frame] = tuple(placed)

    def read(self, place: Placed) -> bytes:
        """Return a staged picture file."""
        self._bytes.seek(place.offset)
        return self._bytes.read(place.size)

    def close(self) -> None:
        """Let go of the folder and leave everything for later. Safe twice."""
        self._journal.close()
        self._bytes.close()
        self._lock.release()

    def discard(self) -> None:
        """Close it and remove the folder."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _settle(self, fingerprint: str, *, restart: bool) -> None:
        """Write down what is being made, or compare it with what was begun."""
        plan = self.folder / "plan.json"
        wanted = {"version": VERSION, "fingerprint": fingerprint}
        try:
            begun = json.loads(plan.read_text()) if plan.exists() else None
        except ValueError:
            begun = None  # Torn when it was written, so nothing was begun.
        if begun is not None and begun != wanted:
            if not restart:
                raise FileError(
                    self.folder,
                    "something else was begun here and not finished",
                    hint="Go on with it as it was begun, or start anew with --overwrite",
                )
            begun = None
        if begun is None:
            for name in ("journal", "pictures"):
                (self.folder / name).unlink(missing_ok=True)
            plan.write_text(json.dumps(wanted))

    def _open(self, name: str) -> BinaryIO:
        path = self.folder / name
        path.touch()
        return path.open("r+b")

    def _recall(self) -> dict[tuple[int, int], PlacedView]:
        """Return what was kept and is whole, and cut off what follows the last sound record."""
        held: dict[tuple[int, int], PlacedView] = {}
        end = records = 0
        while len(data := self._journal.read(_LENGTH)) == _LENGTH:
            fields, (expected,) = data[: _FIELDS.size], _SUM.unpack(data[_FIELDS.size :])
            if crc32(fields) != expected:
                break
            camera, frame, *numbers = _FIELDS.unpack(fields)
            placed = tuple(Placed(*numbers[i : i + 3]) for i in range(0, len(numbers), 3))
            records += 1
            end = max(end, *(each.offset + each.size for each in placed))
            if all(crc32(self.read(each)) == each.crc32 for each in placed):
                held[camera, frame] = placed
        self._journal.truncate(records * _LENGTH)
        self._journal.seek(records * _LENGTH)
        self._bytes.truncate(min(end, self._bytes.seek(0, os.SEEK_END)))
        return held
