"""Expression tracks from and to files: one file per format in `formats`."""

from mien.driving.files.registry import open_track, write_track

__all__ = ["open_track", "write_track"]
