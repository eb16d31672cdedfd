"""Extension records of SPZ 4: the one that names the axes; the others are stepped over."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct("<II")
_AXES_RECORD: Final = 0xADBE0003

_SYSTEMS = (
    "", "LDB", "RDB", "LUB", "RUB", "LDF", "RDF", "LUF", "RUF",
    "LBD", "RBD", "LBU", "RBU", "LFD", "RFD", "LFU", "RFU",
)  # fmt: skip
"""Where x, y and z point, by the record's number: left or right, up or down, back or front."""

_DIRECTIONS = {
    "R": (1, 0, 0), "L": (-1, 0, 0), "U": (0, 1, 0),
    "D": (0, -1, 0), "B": (0, 0, 1), "F": (0, 0, -1),
}  # fmt: skip


def axes_of(records: memoryview) -> NDArray[np.float64] | None:
    """Return the matrix [3, 3] from a file's axes to right-up-back; None where they are those."""
    while len(records) >= _HEAD.size:
        kind, length = _HEAD.unpack_from(records)
        payload = records[_HEAD.size : _HEAD.size + length]
        records = records[_HEAD.size + length :]
        if kind == _AXES_RECORD and len(payload) >= 4:
            number = int.from_bytes(payload[:4], "little")
            if not 0 < number < len(_SYSTEMS) or _SYSTEMS[number] == "RUB":
                return None
            return np.array([_DIRECTIONS[letter] for letter in _SYSTEMS[number]], np.float64).T
    return None
