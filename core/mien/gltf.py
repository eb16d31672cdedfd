"""Read binary glTF 2.0 files (GLB): meshes, morph targets and skins as plain arrays.

Only what is stored is trusted, never what is claimed: every accessor is checked against the bytes
there are before anything is made of it. Source: the glTF 2.0 specification, sections 3.6 and 4.4.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError

_COMPONENTS: dict[int, np.dtype[Any]] = {
    5120: np.dtype("i1"),
    5121: np.dtype("u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_MOST_ELEMENTS = 50_000_000
"""An accessor without a buffer view costs no bytes of the file, so its claim needs a bound."""

_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942

Json = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class GltfFile:
    """The parsed contents of a GLB file.

    Args:
        path: What to call it in messages.
        document: The JSON part.
        binary: The bytes of its one buffer.
    """

    path: Path
    document: Json
    binary: bytes

    @staticmethod
    def parse(data: bytes, path: str | Path) -> GltfFile:
        """Split the bytes of a GLB file into its two chunks.

        Raises:
            FileError: Not a GLB file of version 2, cut off, or its JSON is damaged.
        """
        place = Path(path)
        if len(data) < 20 or data[:4] != b"glTF":
            raise FileError(place, "not a binary glTF file")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2:
            raise FileError(place, f"glTF version {version} is not supported, only 2")
        if length > len(data):
            raise FileError(place, f"cut off: {len(data)} of {length} bytes are there")
        chunks = dict(_chunks(data[:length], place))
        try:
            document = json.loads(chunks.get(_JSON_CHUNK, b""))
        except (ValueError, RecursionError) as error:
            raise FileError(place, f"its glTF description is damaged ({error})") from error
        if not isinstance(document, dict):
            raise FileError(place, "its glTF description is not an object")
        return GltfFile(place, cast("Json", document), chunks.get(_BINARY_CHUNK, b""))

    def entry(self, kind: str, index: Any) -> Json:
        """Return one entry of a top-level list such as `nodes`.

        Raises:
            FileError: There is none of that index.
        """
        entries: Any = self.document.get(kind)
        if (
            not isinstance(entries, list)
            or not isinstance(index, int)
            or isinstance(index, bool)
            or not 0 <= index < len(entries)
            or not isinstance(entries[index], dict)
        ):
            raise FileError(self.path, f"glTF refers to {kind}[{index}], which is not there")
        return entries[index]

    def accessor(self, index: Any, *, width: str, count: int | None = None) -> NDArray[Any]:
        """Return an accessor's values [count, width], or [count] for scalars, writable.

        Normalised integers become floats. Sparse accessors are filled in.

        Args:
            index: Which one.
            width: The type it must have, such as `VEC3`.
            count: How many elements it must have, or None for any number.

        Raises:
            FileError: It is not as it must be, or points outside the file.
        """
        entry = self.entry("accessors", index)
        found, dtype = self._natural(entry, "count", index), _component(entry)
        if entry.get("type") != width or dtype is None:
            raise FileError(self.path, f"glTF accessor {index} should hold {width} numbers")
        if count is not None and found != count:
            raise FileError(self.path, f"glTF accessor {index} has {found} values, not {count}")
        columns = _WIDTHS[width]
        if "bufferView" in entry:
            values = self._view(entry, found, dtype, columns, index).copy()
        elif found * columns <= _MOST_ELEMENTS:
            values = np.zeros((found, columns), dtype)
        else:
            raise FileError(self.path, f"glTF accessor {index} claims {found} values without data")
        if "sparse" in entry:
            self._fill_sparse(values, entry["sparse"], index)
        if entry.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values.astype(np.float32) / np.iinfo(dtype).max, -1)
        return values[:, 0] if columns == 1 else values

    def view_bytes(self, index: Any) -> bytes:
        """Return the bytes of a buffer view, such as an embedded picture.

        Raises:
            FileError: There is none of that index, or it points outside the file.
        """
        view = self.entry("bufferViews", index)
        start = self._natural(view, "byteOffset", index, missing=0)
        end = start + self._natural(view, "byteLength", index)
        if view.get("buffer", 0) != 0 or end > len(self.binary):
            raise FileError(self.path, f"glTF buffer view {index} points past the end of the file")
        return self.binary[start:end]

    def _fill_sparse(self, values: NDArray[Any], sparse: Any, index: Any) -> None:
        indices = sparse.get("indices") if isinstance(sparse, dict) else None
        stored = sparse.get("values") if isinstance(sparse, dict) else None
        if not isinstance(indices, dict) or not isinstance(stored, dict):
            raise FileError(self.path, f"the sparse glTF accessor {index} is damaged")
        count = self._natural(sparse, "count", index)
        dtype = _component(indices)
        if dtype is None or dtype.kind != "u":
            raise FileError(self.path, f"the sparse glTF accessor {index} has no proper indices")
        where = self._view(indices, count, dtype, 1, index)[:, 0]
        if count and int(where.max()) >= len(values):
            raise FileError(self.path, f"the sparse glTF accessor {index} points past its end")
        values[where] = self._view(stored, count, values.dtype, values.shape[1], index)

    def _view(
        self, source: Json, count: int, dtype: np.dtype[Any], columns: int, index: Any
    ) -> NDArray[Any]:
        view = self.entry("bufferViews", source.get("bufferView"))
        if view.get("buffer", 0) != 0:
            raise FileError(self.path, "its data lies in another file; only whole GLBs are read")
        row = dtype.itemsize * columns
        offset = self._natural(source, "byteOffset", index, missing=0)
        start = self._natural(view, "byteOffset", index, missing=0)
        length = self._natural(view, "byteLength", index)
        stride = self._natural(view, "byteStride", index, missing=row)
        end = offset + (count - 1) * stride + row if count else offset
        if stride < row or end > length or start + length > len(self.binary):
            raise FileError(self.path, f"glTF accessor {index} points past the end of the file")
        return np.ndarray(
            (count, columns), dtype, self.binary, start + offset, (stride, dtype.itemsize)
        )

    def _natural(self, entry: Json, key: str, index: Any, *, missing: int | None = None) -> int:
        value = entry.get(key, missing)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
            raise FileError(self.path, f"glTF accessor {index} has {key} {value!r}")
        return value


def _component(entry: Json) -> np.dtype[Any] | None:
    kind = entry.get("componentType")
    return _COMPONENTS.get(kind) if isinstance(kind, int) else None


def _chunks(data: bytes, path: Path) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    position = 12
    while position + 8 <= len(data):
        length, kind = struct.unpack_from("<II", data, position)
        position += 8
        if position + length > len(data):
            raise FileError(path, "cut off: a glTF chunk is longer than the file")
        found.append((kind, data[position : position + length]))
        position += length
    # The first chunk of a kind counts; later ones are an extension's.
    return found[::-1]
