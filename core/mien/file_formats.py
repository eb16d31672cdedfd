"""File formats of one kind of value: which one a file is of, reading and writing it.

A probe answers "not mine" by False; "mine but broken" is an error of `read`, with path and reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import Generic, Protocol, TypeVar, runtime_checkable

from mien.errors import FileError, UnknownFormat
from mien.registry import Registry

HEAD_BYTES = 4096
"""How many bytes of a file's beginning the probes see."""

T = TypeVar("T")
Read = TypeVar("Read", covariant=True)
Written = TypeVar("Written", contravariant=True)


class FileFormat(Protocol[Read]):
    """A format that can be read."""

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

    def read(self, path: Path) -> Read:
        """Read a file that the probe said yes to.

        Raises:
            FileError: It is broken, with the reason.
        """
        ...


@runtime_checkable
class FileWriter(Protocol[Written]):
    """A format that can be written too."""

    name: str
    extensions: tuple[str, ...]

    def write(self, path: Path, value: Written, /) -> None:
        """Write a value, atomically.

        Raises:
            FileError: The file cannot be written, or the format cannot hold this value.
        """
        ...


class FileFormats(Registry[FileFormat[T]], Generic[T]):
    """The formats of one kind of value, and the way from a path to the right one.

    Args:
        name: As in the entry point group `mien.<name>`.
        package: The package whose modules hold the built-in formats.
        what: What the files hold, for messages: `splat`, `track`.
    """

    def __init__(self, name: str, package: str, *, what: str) -> None:
        super().__init__(name, package)
        self._what = what

    def find(self, path: str | Path) -> FileFormat[T]:
        """Return the format that takes a file for its own, sound or not.

        Raises:
            UnknownFormat: No format recognises it.
            FileError: It is missing, empty or cannot be opened.
        """
        path = Path(path)
        head = _head(path)
        entry = next((entry for entry in self if entry.probe(path, head)), None)
        if entry is None:
            known = ", ".join(self.readable_extensions())
            raise UnknownFormat(path, f"no {self._what} file Mien knows", hint=f"It reads {known}")
        return entry

    def read(self, path: str | Path) -> T:
        """Read a file of any of the formats.

        Raises:
            UnknownFormat: No format recognises it.
            FileError: It is missing or broken.
        """
        path = Path(path)
        entry = self.find(path)
        try:
            return entry.read(path)
        except OSError as error:
            raise FileError(path, f"cannot be read ({error.strerror or error})") from error
        except (MemoryError, RecursionError) as error:
            reason = "needs more memory than there is, or is nested too deep"
            raise FileError(path, reason) from error

    def write(self, path: str | Path, value: T) -> None:
        """Write a value in the format that the extension names, atomically.

        Raises:
            UnknownFormat: No format of that extension can be written.
            FileError: The file cannot be written, or the format cannot hold this value.
        """
        path = Path(path)
        for writer in self._writers():
            if path.suffix.lower() in writer.extensions:
                writer.write(path, value)
                return
        suffix = repr(path.suffix) if path.suffix else "without extension"
        raise UnknownFormat(
            path,
            f"no {self._what} format {suffix} to write",
            hint=f"Use {', '.join(self.writable_extensions())}",
        )

    def readable_extensions(self) -> tuple[str, ...]:
        """Return the extensions of all formats, for file dialogs."""
        return tuple(sorted({extension for entry in self for extension in entry.extensions}))

    def writable_extensions(self) -> tuple[str, ...]:
        """Return the extensions of the formats that can be written."""
        writers = self._writers()
        return tuple(sorted({extension for entry in writers for extension in entry.extensions}))

    def _writers(self) -> list[FileWriter[T]]:
        return [entry for entry in self if isinstance(entry, FileWriter)]


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FileError(path, f"cannot be opened ({error.strerror})") from error
    if not head:
        raise FileError(path, "is empty")
    return head
