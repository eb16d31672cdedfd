"""Splat formats by name, and the functions that find the right one for a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from mien.errors import FileError, UnknownFormat
from mien.gaussians.bounds import bounds
from mien.gaussians.cloud import GaussianCloud
from mien.registry import Registry

HEAD_BYTES = 4096
"""How many bytes of a file's beginning the probes see."""


class CloudFormat(Protocol):
    """A splat format that can be read."""

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

    def read(self, path: Path) -> GaussianCloud:
        """Read a file that the probe said yes to.

        Raises:
            FileError: It is broken, with the reason.
        """
        ...


@runtime_checkable
class CloudWriter(Protocol):
    """A splat format that can be written too."""

    name: str
    extensions: tuple[str, ...]

    def write(self, path: Path, cloud: GaussianCloud) -> None:
        """Write a cloud, atomically.

        Raises:
            FileError: The file cannot be written, or the format cannot hold this cloud.
        """
        ...


cloud_formats: Registry[CloudFormat] = Registry("cloud-formats", "mien.gaussians.files.formats")


def read_cloud(path: str | Path) -> GaussianCloud:
    """Read the Gaussians of a file in any of the formats, as they are in it.

    Coordinates are those of the file: Mien's world (Y up, face toward +Z) where the writer meant
    it; `gaussians.transform` turns and scales the others.

    Raises:
        UnknownFormat: No format recognises it.
        FileError: It is missing or broken.
    """
    return _read(Path(path))[1]


def write_cloud(path: str | Path, cloud: GaussianCloud) -> None:
    """Write a cloud in the format that the extension names, atomically.

    Raises:
        UnknownFormat: No format of that extension can be written.
        FileError: The file cannot be written, or the format cannot hold this cloud.
    """
    path = Path(path)
    writers = [entry for entry in cloud_formats if isinstance(entry, CloudWriter)]
    for writer in writers:
        if path.suffix.lower() in writer.extensions:
            writer.write(path, cloud)
            return
    known = ", ".join(extension for writer in writers for extension in writer.extensions)
    raise UnknownFormat(
        path,
        f"no splat format {path.suffix or 'without extension'!r} to write",
        hint=f"Use {known}",
    )


def is_cloud_file(path: str | Path) -> bool:
    """Return whether some format takes a file for its own, sound or not."""
    path = Path(path)
    try:
        head = _head(path)
    except FileError:
        return False
    return any(entry.probe(path, head) for entry in cloud_formats)


def describe_cloud(path: str | Path) -> dict[str, Any]:
    """Read a file and return what is worth knowing of it, as plain JSON values.

    Raises:
        UnknownFormat: No format recognises it.
        FileError: It is missing or broken.
    """
    path = Path(path)
    entry, cloud = _read(path)
    box = bounds(cloud)
    scales = np.exp(np.quantile(cloud.log_scales.astype(np.float64), [0.05, 0.5, 0.95]))
    return {
        "path": str(path),
        "format": entry.name,
        "num_bytes": path.stat().st_size,
        "num_gaussians": cloud.num_gaussians,
        "sh_degree": cloud.sh_degree,
        "bound_to_triangles": cloud.binding is not None,
        "extra_properties": list(cloud.extras),
        "lower": [round(float(value), 6) for value in box.lower],
        "upper": [round(float(value), 6) for value in box.upper],
        "scale_quantiles": {
            name: float(f"{value:.4g}")
            for name, value in zip(("5%", "50%", "95%"), scales, strict=True)
        },
        "mean_opacity": round(float(cloud.opacities.mean()), 4),
    }


def readable_extensions() -> tuple[str, ...]:
    """Return the extensions of all formats, for file dialogs."""
    return tuple(sorted({extension for entry in cloud_formats for extension in entry.extensions}))


def writable_extensions() -> tuple[str, ...]:
    """Return the extensions of the formats that can be written."""
    writers = (entry for entry in cloud_formats if isinstance(entry, CloudWriter))
    return tuple(sorted({extension for entry in writers for extension in entry.extensions}))


def _read(path: Path) -> tuple[CloudFormat, GaussianCloud]:
    head = _head(path)
    entry = next((entry for entry in cloud_formats if entry.probe(path, head)), None)
    if entry is None:
        raise UnknownFormat(
            path, "no splat file Mien knows", hint=f"It reads {', '.join(readable_extensions())}"
        )
    try:
        return entry, entry.read(path)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except MemoryError as error:
        raise FileError(path, "needs more memory than there is") from error


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FileError(path, f"cannot be opened ({error.strerror})") from error
    if not head:
        raise FileError(path, "is empty")
    return head
