"""Open zip archives from strangers without being led out of them or blown up by them."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mien.errors import FileError

_MIB = 1 << 20


@dataclass(frozen=True)
class ArchiveLimits:
    """How much an archive may hold.

    Args:
        total_bytes: Of all entries together, unpacked.
        num_entries: Files and folders.
        ratio: Unpacked bytes for each byte of the archive on disk; 1032 is deflate's own limit,
            honest models stay under 10.
        free_bytes: Unpacked size up to which the ratio does not matter.
    """

    total_bytes: int = 2048 * _MIB
    num_entries: int = 4096
    ratio: float = 100.0
    free_bytes: int = 4 * _MIB


class Archive:
    """A checked zip archive, open for reading. Made by `open_archive`."""

    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self.path = path
        self._zip = opened
        self._files = {info.filename: info for info in opened.infolist() if not info.is_dir()}

    @property
    def names(self) -> tuple[str, ...]:
        """The paths of the files inside, with forward slashes, without macOS's resource forks."""
        return tuple(name for name in self._files if not _is_resource_fork(name))

    def find(self, file_name: str) -> str | None:
        """Return the path inside of the shallowest file of a name, or None."""
        found = [name for name in self.names if PurePosixPath(name).name == file_name]
        return min(found, key=lambda name: (name.count("/"), name), default=None)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file inside.

        Raises:
            FileError: There is no such file, or it is damaged.
        """
        if name not in self._files:
            raise FileError(self.path, f"the archive has no {name}")
        try:
            return self._zip.read(self._files[name])
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise FileError(self.path, f"{name} inside the archive is damaged ({error})") from error


@contextmanager
def open_archive(path: str | Path, limits: ArchiveLimits | None = None) -> Generator[Archive]:
    """Open a zip archive after checking what its directory claims.

    Nothing is unpacked to disk. An entry never gives more bytes than its directory claims, so the
    limits on the claims hold for the data too.

    Raises:
        FileError: Not a zip, damaged, encrypted, over the limits, or with paths that lead out.
    """
    path = Path(path)
    try:
        opened = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise FileError(path, "not a zip archive, or cut off before its end") from error
    except (OSError, ValueError, NotImplementedError) as error:
        raise FileError(path, f"cannot be opened ({_reason(error)})") from error
    with opened:
        _check(path, opened.infolist(), limits or ArchiveLimits())
        yield Archive(path, opened)


def is_archive(head: bytes) -> bool:
    """Return whether a file that begins with these bytes says it is a zip archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _check(path: Path, entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(entries) > limits.num_entries:
        raise FileError(path, f"the archive has {len(entries)} entries, too many to be a model")
    seen: set[str] = set()
    for entry in entries:
        fault = _fault(entry) or ("appears twice" if entry.filename in seen else "")
        if fault:
            raise FileError(path, f"refused: its entry {entry.filename!r} {fault}")
        seen.add(entry.filename)
    total = sum(entry.file_size for entry in entries)
    # Against the size on disk: entries of a bomb may share their compressed bytes.
    ratio = total / max(path.stat().st_size, 1)
    if total > limits.total_bytes or (total > limits.free_bytes and ratio > limits.ratio):
        raise FileError(
            path,
            f"refused: it would unpack to {total / _MIB:,.0f} MiB, {ratio:,.0f} times its size",
        )


def _fault(entry: zipfile.ZipInfo) -> str:
    # `filename` ends at a NUL byte and has the system's separator replaced; the original does not.
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    if not name or "\0" in name or "\\" in name or name.startswith("/") or ":" in name:
        return "is not a plain relative path"
    if ".." in parts:
        return "leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in an unusual way"
    return ""


def _is_resource_fork(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
