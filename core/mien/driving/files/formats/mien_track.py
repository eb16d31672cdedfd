"""Mien's own track: HDF5 with `times`, `names`, `weights` and, where known, poses and eyes.

Text is UTF-8 of fixed length: text of variable length lives in HDF5's global heap, where the
library can search for minutes when a file is damaged.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.driving.files.assembly import assemble
from mien.driving.files.registry import track_formats
from mien.driving.track import ExpressionTrack
from mien.errors import FileError

if TYPE_CHECKING:
    import h5py

_MAGIC = b"\x89HDF\r\n\x1a\n"
_KIND = "mien-track"
_VERSION = 1
_MAX_NAMES = 4096


@track_formats.register("mien-track")
class MienTrack:
    """Reads and writes tracks in HDF5, losslessly."""

    name = "Mien track"
    extensions = (".h5", ".hdf5")

    def probe(self, path: Path, head: bytes) -> bool:
        """Claim HDF5 files and what is named like one."""
        return head.startswith(_MAGIC) or path.suffix.lower() in self.extensions

    def read(self, path: Path) -> ExpressionTrack:
        """Read a file."""
        import h5py

        try:
            with h5py.File(path, "r") as file:
                return _track(file, path)
        except (
            OSError,
            RuntimeError,
            KeyError,
            TypeError,
            ValueError,
            UnicodeDecodeError,
        ) as error:
            reason = str(error).partition("\n")[0][:100]
            raise FileError(path, f"cannot be read as HDF5 ({reason})") from error

    def write(self, path: Path, track: ExpressionTrack) -> None:
        """Write a file."""
        import h5py

        with replacing(path) as temporary, h5py.File(temporary, "w") as file:
            file.attrs["kind"] = np.bytes_(_KIND)
            file.attrs["version"] = _VERSION
            file.attrs["source"] = np.bytes_(track.source.encode(errors="surrogateescape"))
            file["times"] = track.times
            file["names"] = np.array([name.encode() for name in track.names], np.bytes_)
            file["weights"] = track.weights
            if track.head_pose is not None:
                file["head_pose"] = track.head_pose
            if track.eye_rotations is not None:
                file["eye_rotations"] = track.eye_rotations


def _track(file: h5py.File, path: Path) -> ExpressionTrack:
    if _text(file, "kind") != _KIND:
        raise FileError(path, "an HDF5 file, but no track of Mien's")
    version = int(file.attrs.get("version", 0))
    if not 1 <= version <= _VERSION:
        raise FileError(path, f"is a track of version {version}; this Mien knows 1 to {_VERSION}")
    names = _dataset(file, "names", path)
    if names.ndim != 1 or names.dtype.kind != "S" or len(names) > _MAX_NAMES:
        raise FileError(path, "its names are no list of text")
    arrays: dict[str, NDArray[Any] | None] = {
        name: _dataset(file, name, path)[()] if required or name in file else None
        for name, required in (
            ("times", True),
            ("weights", True),
            ("head_pose", False),
            ("eye_rotations", False),
        )
    }
    for name, values in arrays.items():
        if values is not None and (values.ndim == 0 or values.dtype.kind != "f"):
            raise FileError(path, f"its {name} are no numbers")
    times, weights = arrays["times"], arrays["weights"]
    assert times is not None
    assert weights is not None
    return assemble(
        path,
        times=times,
        names=[bytes(name).decode() for name in names[()]],
        weights=weights,
        head_pose=arrays["head_pose"],
        eye_rotations=arrays["eye_rotations"],
        source=_text(file, "source"),
    )


def _text(file: h5py.File, name: str) -> str:
    if name not in file.attrs or file.attrs.get_id(name).dtype.kind != "S":
        return ""
    value: object = file.attrs[name]
    # A source is often a path, which on Linux may be bytes that are no UTF-8.
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else ""


def _dataset(file: h5py.File, name: str, path: Path) -> h5py.Dataset:
    import h5py

    # Links and external storage would lead out of the file.
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise FileError(path, f"its track has no {name}")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
        raise FileError(path, f"its {name} are not in the file")
    # A claimed shape takes no room in the file until something is written to it.
    if dataset.nbytes > 64 * path.stat().st_size:
        raise FileError(path, f"its {name} claim {dataset.nbytes:,} bytes, more than it can hold")
    return dataset
