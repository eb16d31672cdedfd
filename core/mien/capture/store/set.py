"""Many people: a folder of captures and an index of what each is; sets shard over machines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, overload

from mien.atomic import replacing
from mien.capture.protocol import Attribute
from mien.capture.store.reading import StoredCapture
from mien.capture.store.writing import SUFFIX
from mien.errors import FileError

INDEX = "index.json"
_KIND = "mien-captures"
_VERSION = 1


@dataclass(frozen=True)
class CaptureEntry:
    """A line of the index.

    Args:
        file: The file's name in the folder.
        name: What people call the capture; empty where it cannot be opened.
        num_cameras: C.
        num_frames: T.
        attributes: Of the person and the recording.
        problem: Why it cannot be opened; empty where it can.
        num_bytes: Of the file.
        modified_ns: When the file was last written.
    """

    file: str
    name: str
    num_cameras: int
    num_frames: int
    attributes: Mapping[str, Attribute]
    problem: str
    num_bytes: int
    modified_ns: int


class CaptureSet:
    """The captures of a folder, by name of their files.

    A slice of it is a set, so `people[rank::num_machines]` is one machine's share. What cannot be
    opened is left out and named in `damaged`.

    Args:
        folder: Where they lie.
        entries: Those of the set.
    """

    def __init__(self, folder: Path, entries: Iterable[CaptureEntry]) -> None:
        listed = tuple(entries)
        self.folder = folder
        self.entries = tuple(entry for entry in listed if not entry.problem)
        self.damaged = tuple(entry for entry in listed if entry.problem)

    @staticmethod
    def of(folder: str | Path) -> CaptureSet:
        """Open a folder, taking from its index what is still true and the rest from the files.

        The index is written anew where it was not; a folder that may not be written is no error.

        Raises:
            FileError: The folder cannot be read.
        """
        place = Path(folder)
        try:
            found = _found(place)
        except OSError as error:
            raise FileError(folder, f"cannot be read ({error.strerror})") from error
        known = {entry.file: entry for entry in _indexed(place)}
        entries = [
            known[name]
            if name in known and (known[name].num_bytes, known[name].modified_ns) == stamp
            else _entry(place / name, stamp)
            for name, stamp in found.items()
        ]
        if entries != list(known.values()):
            _write(place, entries)
        return CaptureSet(place, entries)

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, which: int, /) -> StoredCapture: ...
    @overload
    def __getitem__(self, which: slice, /) -> CaptureSet: ...
    def __getitem__(self, which: int | slice, /) -> StoredCapture | CaptureSet:
        """Open one of them, or return a set of several."""
        if isinstance(which, slice):
            return CaptureSet(self.folder, self.entries[which])
        return StoredCapture(self.folder / self.entries[which].file)

    def __iter__(self) -> Iterator[StoredCapture]:
        return (self[i] for i in range(len(self)))


def holds_captures(folder: Path) -> bool:
    """Say whether a folder holds a capture of Mien's."""
    with os.scandir(folder) as found:
        return any(_is_capture(entry.name) for entry in found)


def _is_capture(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.startswith(".")


def _found(folder: Path) -> dict[str, tuple[int, int]]:
    with os.scandir(folder) as found:
        files = [each for each in found if _is_capture(each.name) and each.is_file()]
        stamps = {each.name: each.stat() for each in files}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in sorted(stamps.items())}


def _entry(path: Path, stamp: tuple[int, int]) -> CaptureEntry:
    try:
        with StoredCapture(path) as capture:
            cameras, frames = capture.outline.shape
            attributes = dict(capture.attributes)
            return CaptureEntry(path.name, capture.name, cameras, frames, attributes, "", *stamp)
    except FileError as error:
        return CaptureEntry(path.name, "", 0, 0, {}, error.reason, *stamp)


def _indexed(folder: Path) -> list[CaptureEntry]:
    """Return what the index says; nothing where it is not one."""
    try:
        held: Any = json.loads((folder / INDEX).read_text())
        if held["kind"] != _KIND or held["version"] != _VERSION:
            return []
        return [CaptureEntry(**each) for each in held["captures"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _write(folder: Path, entries: list[CaptureEntry]) -> None:
    captures = [asdict(entry) for entry in entries]
    try:
        with replacing(folder / INDEX) as temporary:
            held = {"kind": _KIND, "version": _VERSION, "captures": captures}
            temporary.write_text(json.dumps(held, indent=1))
    except FileError:
        return
