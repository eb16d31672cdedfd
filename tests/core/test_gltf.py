from __future__ import annotations

import copy
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.errors import FileError
from mien.gltf import GltfFile

POINTS = np.arange(12, dtype="<f4").reshape(4, 3)
INDICES = np.array([1, 3], "<u2")
VALUES = np.array([[9, 9, 9], [7, 7, 7]], "<f4")


def document() -> dict[str, Any]:
    return {
        "asset": {"version": "2.0"},
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 4},
            {"buffer": 0, "byteOffset": 52, "byteLength": 24},
            {"buffer": 0, "byteOffset": 0, "byteLength": 48, "byteStride": 24},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {
                "componentType": 5126,
                "count": 5,
                "type": "VEC3",
                "sparse": {
                    "count": 2,
                    "indices": {"bufferView": 1, "componentType": 5123},
                    "values": {"bufferView": 2},
                },
            },
            {"bufferView": 3, "componentType": 5126, "count": 2, "type": "VEC3"},
            {
                "bufferView": 1,
                "componentType": 5121,
                "count": 4,
                "type": "SCALAR",
                "normalized": True,
            },
        ],
    }


def glb(description: Any, binary: bytes | None = None) -> bytes:
    text = description if isinstance(description, bytes) else json.dumps(description).encode()
    text += b" " * (-len(text) % 4)
    data = POINTS.tobytes() + INDICES.tobytes() + VALUES.tobytes() if binary is None else binary
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(data), 0x004E4942) + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def test_plain_strided_sparse_and_normalised_accessors() -> None:
    file = GltfFile.parse(glb(document()), "a.glb")
    np.testing.assert_array_equal(file.accessor(0, width="VEC3"), POINTS)
    np.testing.assert_array_equal(file.accessor(2, width="VEC3", count=2), POINTS[::2])
    sparse = file.accessor(1, width="VEC3")
    np.testing.assert_array_equal(sparse[[1, 3]], VALUES)
    np.testing.assert_array_equal(sparse[[0, 2, 4]], 0)
    np.testing.assert_allclose(file.accessor(3, width="SCALAR"), np.array([1, 0, 3, 0]) / 255)


def set_in(target: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    for step in path:
        target = target[int(step)] if step.isdigit() else target[step]
    target[last] = value


@pytest.mark.parametrize(
    ("accessor", "place", "value"),
    [
        (0, "accessors.0.count", 5),
        (0, "accessors.0.count", 10**12),
        (0, "accessors.0.count", -1),
        (0, "accessors.0.count", True),
        (0, "accessors.0.count", "4"),
        (0, "accessors.0.componentType", 5130),
        (0, "accessors.0.componentType", [1]),
        (0, "accessors.0.type", "VEC4"),
        (0, "accessors.0.bufferView", 17),
        (0, "accessors.0.byteOffset", 4),
        (0, "bufferViews.0.byteLength", 10**9),
        (0, "bufferViews.0.byteOffset", 10**9),
        (0, "bufferViews.0.buffer", 1),
        (2, "bufferViews.3.byteStride", 4),
        (1, "accessors.1.count", 10**11),
        (1, "accessors.1.count", 3),
        (1, "accessors.1.sparse.count", 3),
        (1, "accessors.1.sparse.indices.componentType", 5126),
        (1, "accessors.1.sparse", 3),
        (9, "accessors.0.count", 4),
        ("0", "accessors.0.count", 4),
    ],
)
def test_whatever_points_outside_is_refused(accessor: Any, place: str, value: Any) -> None:
    broken = copy.deepcopy(document())
    set_in(broken, place, value)
    file = GltfFile.parse(glb(broken), "bad.glb")
    with pytest.raises(FileError, match=r"bad\.glb"):
        file.accessor(accessor, width="VEC3")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"glTF",
        b"not a model at all, just text",
        glb(document())[:60],
        glb(b"{broken"),
        glb(b"[" * 100_000),
        glb([]),
        b"glTF" + struct.pack("<II", 1, 100) + bytes(100),
    ],
)
def test_damaged_containers_are_refused(data: bytes) -> None:
    with pytest.raises(FileError, match=r"bad\.glb"):
        GltfFile.parse(data, Path("bad.glb"))
