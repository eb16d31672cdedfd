"""The track formats, and the functions that find the right one for a file."""

from __future__ import annotations

from pathlib import Path

from mien.driving.track import ExpressionTrack
from mien.file_formats import FileFormats

track_formats: FileFormats[ExpressionTrack] = FileFormats(
    "track-formats", "mien.driving.files.formats", what="track"
)


def open_track(path: str | Path) -> ExpressionTrack:
    """Read an expression track in any of the formats.

    Raises:
        UnknownFormat: No format recognises it.
        FileError: It is missing or broken.
    """
    return track_formats.read(path)


def write_track(path: str | Path, track: ExpressionTrack) -> None:
    """Write a track in the format that the extension names, atomically.

    Raises:
        UnknownFormat: No format of that extension can be written.
        FileError: The file cannot be written, or the format cannot hold this track.
    """
    track_formats.write(path, track)
