"""Track formats by name, and the functions that find the right one for a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from mien.driving.track import ExpressionTrack
from mien.errors import FileError, UnknownFormat
from mien.registry import Registry

HEAD_BYTES = 4096
"""How many bytes of a file's beginning the probes see."""


class TrackFormat(Protocol):
    """A track format that can be read."""

    name: str
    """What people call it."""

    extensions: tuple[str, ...]
    """Lower case, with the dot."""

    def probe(self, path: Path, head: bytes) -> bool:
        """Say cheaply whether a file is meant to be of this format, sound or not.

        Args:
            path: The file.
            head: Its first HEAD_BYTES bytes.
        """
        ...

    def read(self, path: Path) -> ExpressionTrack:
        """Read a file that the probe said yes to.

        Raises:
            FileError: It is broken, with the reason.
        """
        ...


@runtime_checkable
class TrackWriter(Protocol):
    """A track format that can be written too."""

    name: str
    extensions: tuple[str, ...]

    def write(self, path: Path, track: ExpressionTrack) -> None:
        """Write a track, atomically.

        Raises:
            FileError: The file cannot be written, or the format cannot hold this track.
        """
        ...


track_formats: Registry[TrackFormat] = Registry("track-formats", "mien.driving.files.formats")


def open_track(path: str | Path) -> ExpressionTrack:
    """Read an expression track in any of the formats.

    Raises:
        UnknownFormat: No format recognises it.
        FileError: It is missing or broken.
    """
    return _read(Path(path))[1]


def write_track(path: str | Path, track: ExpressionTrack) -> None:
    """Write a track in the format that the extension names, atomically.

    Raises:
        UnknownFormat: No format of that extension can be written.
        FileError: The file cannot be written, or the format cannot hold this track.
    """
    path = Path(path)
    writers = [entry for entry in track_formats if isinstance(entry, TrackWriter)]
    for writer in writers:
        if path.suffix.lower() in writer.extensions:
            writer.write(path, track)
            return
    known = ", ".join(extension for writer in writers for extension in writer.extensions)
    raise UnknownFormat(
        path,
        f"no track format {path.suffix or 'without extension'!r} to write",
        hint=f"Use {known}",
    )


def is_track_file(path: str | Path) -> bool:
    """Return whether some format takes a file for its own, sound or not."""
    path = Path(path)
    try:
        head = _head(path)
    except FileError:
        return False
    return any(entry.probe(path, head) for entry in track_formats)


def describe_track(path: str | Path) -> dict[str, Any]:
    """Read a file and return what is worth knowing of it, as plain JSON values.

    Raises:
        UnknownFormat: No format recognises it.
        FileError: It is missing or broken.
    """
    path = Path(path)
    entry, track = _read(path)
    return {
        "path": str(path),
        "format": entry.name,
        "num_bytes": path.stat().st_size,
        "num_frames": track.num_frames,
        "duration_secs": round(track.duration, 4),
        "frames_per_second": round(track.rate, 3),
        "num_expressions": len(track.names),
        "num_frames_without_face": int(np.count_nonzero(~track.seen)),
        "has_head_pose": track.head_pose is not None,
        "has_eye_rotations": track.eye_rotations is not None,
        "source": track.source,
    }


def readable_extensions() -> tuple[str, ...]:
    """Return the extensions of all formats, for file dialogs."""
    return tuple(sorted({extension for entry in track_formats for extension in entry.extensions}))


def writable_extensions() -> tuple[str, ...]:
    """Return the extensions of the formats that can be written."""
    writers = (entry for entry in track_formats if isinstance(entry, TrackWriter))
    return tuple(sorted({extension for entry in writers for extension in entry.extensions}))


def _read(path: Path) -> tuple[TrackFormat, ExpressionTrack]:
    head = _head(path)
    entry = next((entry for entry in track_formats if entry.probe(path, head)), None)
    if entry is None:
        raise UnknownFormat(
            path, "no track file Mien knows", hint=f"It reads {', '.join(readable_extensions())}"
        )
    try:
        return entry, entry.read(path)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except (MemoryError, RecursionError) as error:
        raise FileError(path, "needs more memory than there is, or is nested too deep") from error


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FileError(path, f"cannot be opened ({error.strerror})") from error
    if not head:
        raise FileError(path, "is empty")
    return head
