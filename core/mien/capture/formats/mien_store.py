"""Mien's own store: one `.capture` file, or a folder of them."""

from __future__ import annotations

from pathlib import Path

from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import Capture
from mien.errors import FileError

_SUFFIX = ".capture"


@capture_formats.register("mien-store")
class MienStore:
    """Opens what `mien capture import` and `mien capture synthesize` write."""

    name = "Mien capture"
    rank = 100

    def probe(self, path: Path) -> bool:
        """Claim HDF5 files named `.capture`, and folders that hold such files."""
        if path.is_file():
            return path.suffix == _SUFFIX
        from mien.capture.store.set import holds_captures

        return path.is_dir() and holds_captures(path)

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the names of the files, without their ending."""
        if path.is_file():
            return (path.stem,)
        return tuple(sorted(entry.stem for entry in path.glob(f"[!.]*{_SUFFIX}")))

    def open(self, path: Path, choice: Choice) -> Capture:
        """Open one."""
        from mien.capture.store.reading import StoredCapture

        if path.name.endswith(".part"):
            raise FileError(path, "a capture that is not finished", hint="Go on with its import")
        # The one part of a file is the file; who names another asks for what is not there.
        file = path if path.is_file() and not choice.part else self._chosen(path, choice)
        return StoredCapture(file, choice.cameras)

    def _chosen(self, path: Path, choice: Choice) -> Path:
        part = chosen_part(path, self.parts(path), choice)
        return path if path.is_file() else path / f"{part}{_SUFFIX}"
