"""Expression tracks from and to files: one file per format in `formats`."""

from mien.driving.files.registry import describe_track, open_track, write_track

__all__ = ["describe_track", "open_track", "write_track"]
