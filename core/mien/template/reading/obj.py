"""Wavefront OBJ: vertices, texture coordinates, polygons with their material."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError

_MOST_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class ObjMesh:
    """What an OBJ file holds, polygons cut into triangles.

    Args:
        vertices: [V, 3].
        uv: Texture coordinates [U, 2], v upward; none where the file has none.
        faces: Triangles [F, 3].
        uv_faces: Triangles into `uv` [F, 3]; -1 where a corner has none.
        material_names: [M].
        materials: Of each triangle [F].
    """

    vertices: NDArray[np.float64]
    uv: NDArray[np.float64]
    faces: NDArray[np.int64]
    uv_faces: NDArray[np.int64]
    material_names: tuple[str, ...]
    materials: NDArray[np.int64]


def read_obj(path: Path, *, only_vertices: bool = False) -> ObjMesh:
    """Read an OBJ file.

    Args:
        path: The file.
        only_vertices: Whether faces may be left out, as for morph targets.

    Raises:
        FileError: It is missing, damaged or holds no surface.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(path, "is too large for a mesh")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    try:
        return _parsed(text, path, only_vertices=only_vertices)
    except (ValueError, IndexError) as error:
        raise FileError(path, f"a damaged OBJ file ({error})") from None


def _parsed(text: str, path: Path, *, only_vertices: bool) -> ObjMesh:
    points: list[list[str]] = []
    uvs: list[list[str]] = []
    faces: list[list[int]] = []
    uv_faces: list[list[int]] = []
    names: dict[str, int] = {"": 0}
    material, materials = 0, []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            points.append(words[1:4])
        elif only_vertices:
            continue
        elif words[0] == "vt":
            uvs.append(words[1:3])
        elif words[0] == "usemtl":
            name = words[1] if len(words) > 1 else ""
            material = names.setdefault(name, len(names))
        elif words[0] == "f":
            corners = [word.split("/") for word in words[1:]]
            at = [_index(corner[0], len(points)) for corner in corners]
            flat = [
                _index(corner[1], len(uvs)) if len(corner) > 1 and corner[1] else -1
                for corner in corners
            ]
            for k in range(1, len(at) - 1):
                faces.append([at[0], at[k], at[k + 1]])
                uv_faces.append([flat[0], flat[k], flat[k + 1]])
                materials.append(material)
    if not points or not (faces or only_vertices):
        raise FileError(path, "holds no surface: it has no triangles")
    mesh = ObjMesh(
        np.array(points, np.float64),
        np.array(uvs, np.float64).reshape(-1, 2),
        np.array(faces, np.int64).reshape(-1, 3),
        np.array(uv_faces, np.int64).reshape(-1, 3),
        tuple(names),
        np.array(materials, np.int64),
    )
    if mesh.vertices.shape != (len(points), 3):
        raise ValueError("a vertex without three coordinates")
    if not np.isfinite(mesh.vertices).all():
        raise FileError(path, "has vertices that are not finite")
    for what, indices, count in (
        ("face", mesh.faces, len(points)),
        ("vt", mesh.uv_faces, len(uvs)),
    ):
        if indices.size and (indices.max() >= count or indices.min() < -1):
            raise FileError(path, f"has a {what} index outside 1..{count}")
    return mesh


def _index(word: str, count: int) -> int:
    """Return an index from zero; the file's begin with one, and negative ones count backwards."""
    value = int(word)
    if value == 0:
        raise ValueError("an index of 0; they begin with 1")
    return value - 1 if value > 0 else count + value
