"""Write binary glTF 2.0 files (GLB): arrays become accessors over one buffer.

Source: the glTF 2.0 specification, sections 3.6 and 4.4.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COMPONENTS: Mapping[str, int] = {"|u1": 5121, "<u2": 5123, "<u4": 5125, "<f4": 5126}
_TYPES: Mapping[int, str] = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_JSON_CHUNK, _BINARY_CHUNK = b"JSON", b"BIN\0"
_VERTICES, _INDICES = 34962, 34963


class GlbBuilder:
    """Collects arrays; `document` refers to them by the numbers that adding them gives."""

    def __init__(self) -> None:
        self._binary = bytearray()
        self._views: list[dict[str, int]] = []
        self._accessors: list[dict[str, Any]] = []

    def add(self, values: NDArray[Any], *, target: int | None = None) -> int:
        """Add values [count] or [count, width] and return the accessor's number.

        Args:
            values: Bytes, 16- or 32-bit unsigned integers or 32-bit floats.
            target: What a graphics card will read them as; see `vertices` and `indices`.
        """
        accessor = self._described(values)
        accessor["bufferView"] = self._view(values, target)
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def vertices(self, values: NDArray[Any]) -> int:
        """Add an attribute of vertices; its bounds are told, as positions must."""
        number = self.add(values, target=_VERTICES)
        self._accessors[number] |= _bounds(values)
        return number

    def indices(self, values: NDArray[Any]) -> int:
        """Add the corners of triangles."""
        return self.add(values, target=_INDICES)

    def sparse(self, count: int, places: NDArray[np.uint32], values: NDArray[np.float32]) -> int:
        """Add values [count, 3] that are zero but for some: those of places [M], values [M, 3]."""
        accessor: dict[str, Any] = {
            "componentType": _COMPONENTS["<f4"],
            "count": count,
            "type": _TYPES[values.shape[1]],
        }
        everything = np.vstack([values, np.zeros((1, values.shape[1]), np.float32)])
        accessor |= _bounds(everything if len(places) < count else values)
        if len(places):
            accessor["sparse"] = {
                "count": len(places),
                "indices": {
                    "bufferView": self._view(places, None),
                    "componentType": _COMPONENTS["<u4"],
                },
                "values": {"bufferView": self._view(values, None)},
            }
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def built(self, document: Mapping[str, Any]) -> bytes:
        """Return the file: a document with what was added."""
        whole = {
            "asset": {"version": "2.0", "generator": "Mien"},
            **document,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._binary)}],
        }
        text = json.dumps(whole, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        length = 12 + 8 + len(text) + 8 + len(self._binary)
        header = struct.pack("<4sII", b"glTF", 2, length)
        chunks = struct.pack("<I4s", len(text), _JSON_CHUNK) + text
        return (
            header
            + chunks
            + struct.pack("<I4s", len(self._binary), _BINARY_CHUNK)
            + bytes(self._binary)
        )

    def _described(self, values: NDArray[Any]) -> dict[str, Any]:
        width = 1 if values.ndim == 1 else values.shape[1]
        return {
            "componentType": _COMPONENTS[values.dtype.str],
            "count": len(values),
            "type": _TYPES[width],
        }

    def _view(self, values: NDArray[Any], target: int | None) -> int:
        data = np.ascontiguousarray(values).tobytes()
        view = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(data)}
        self._views.append(view if target is None else {**view, "target": target})
        # Whatever comes next begins at a multiple of four, as all components must at theirs.
        self._binary += data + bytes(-len(data) % 4)
        return len(self._views) - 1


def _bounds(values: NDArray[Any]) -> dict[str, list[float]]:
    rows = values.reshape(len(values), -1)
    return {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
