"""NumPy's .npy and .npz from strangers: no pickles, nothing allocated for what is not there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mien.archives import ArchiveLimits, open_archive
from mien.errors import FileError

_MAX_BYTES = 1 << 30
# Arrays of zeros, such as the poses of a still head, are packed a thousandfold.
_LIMITS = ArchiveLimits(total_bytes=_MAX_BYTES, ratio=1100.0)


def read_npy(path: Path) -> NDArray[Any]:
    """Read an array of numbers.

    Raises:
        FileError: It is missing, cut off, too large, or holds something else than numbers.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FileError(path, "is too large for what it should hold")
        return _array(path.read_bytes(), path, path.name)
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Read all arrays of numbers of an archive.

    Raises:
        FileError: It is missing, damaged, too large, or holds something else than numbers.
    """
    if not path.exists():
        raise FileError(path, "no such file")
    with open_archive(path, _LIMITS) as archive:
        names = [name for name in archive.names if name.endswith(".npy")]
        return {name[:-4]: _array(archive.read(name), path, name) for name in names}


def _array(content: bytes, path: Path, name: str) -> NDArray[Any]:
    stream = io.BytesIO(content)
    try:
        version = npy.read_magic(stream)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(stream)
    except (ValueError, EOFError, SyntaxError, TypeError) as error:
        raise FileError(path, f"{name} is no array, or cut off") from error
    if dtype.kind not in "fiub" or dtype.hasobject:
        raise FileError(path, f"{name} holds no plain numbers")
    # Python's integers: a claimed shape may overflow any other.
    count = 1
    for length in shape:
        count *= int(length)
    held = len(content) - stream.tell()
    if any(length < 0 for length in shape) or count * dtype.itemsize > held:
        raise FileError(path, f"{name} is cut off: it claims {shape} numbers")
    values = np.frombuffer(content, dtype, count, stream.tell())
    return values.reshape(shape, order="F" if fortran else "C")
