"""The splat formats, and the functions that find the right one for a file."""

from __future__ import annotations

from pathlib import Path

from mien.file_formats import FileFormats
from mien.gaussians.cloud import GaussianCloud

cloud_formats: FileFormats[GaussianCloud] = FileFormats(
    "cloud-formats", "mien.gaussians.files.formats", what="splat"
)


def read_cloud(path: str | Path) -> GaussianCloud:
    """Read the Gaussians of a file in any of the formats, as they are in it.

    Coordinates are those of the file: Mien's world (Y up, face toward +Z) where the writer meant
    it; `gaussians.transform` turns and scales the others.

    Raises:
        UnknownFormat: No format recognises it.
        FileError: It is missing or broken.
    """
    return cloud_formats.read(path)


def write_cloud(path: str | Path, cloud: GaussianCloud) -> None:
    """Write a cloud in the format that the extension names, atomically.

    Raises:
        UnknownFormat: No format of that extension can be written.
        FileError: The file cannot be written, or the format cannot hold this cloud.
    """
    cloud_formats.write(path, cloud)
