"""A mesh with a picture on it, from a GLB or OBJ file and a picture file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.gltf import GltfFile
from mien.image import Image8, read_image

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

_MOST_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class TexturedMesh:
    """Triangles under a picture.

    Args:
        vertices: [V, 3], in any unit, Y up.
        faces: Triangles [F, 3], counter-clockwise from outside.
        corner_uv: Texture coordinates [F, 3, 2], v upward.
        texture: The picture [S, S', 3], sRGB bytes, its first row at v = 1.
        path: The mesh's file.
    """

    vertices: Float32
    faces: Int32
    corner_uv: Float32
    texture: Image8
    path: Path

    def sample(self, uv: NDArray[np.floating]) -> Float32:
        """Return the picture's colours [P, 3], sRGB 0..1, at coordinates [P, 2], bilinearly."""
        height, width = self.texture.shape[:2]
        x = np.clip(uv[:, 0] * width - 0.5, 0, width - 1)
        y = np.clip((1 - uv[:, 1]) * height - 0.5, 0, height - 1)
        left, top = np.floor(x).astype(int), np.floor(y).astype(int)
        right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
        u, v = (x - left)[:, None], (y - top)[:, None]
        upper = self.texture[top, left] * (1 - u) + self.texture[top, right] * u
        lower = self.texture[bottom, left] * (1 - u) + self.texture[bottom, right] * u
        return ((upper * (1 - v) + lower * v) / 255).astype(np.float32)

    def pieces_per_edge(self, texels: float) -> int:
        """Return into how many pieces to cut edges for the typical one to span so few texels."""
        scale = np.array(self.texture.shape[1::-1])
        edges = (self.corner_uv - np.roll(self.corner_uv, 1, axis=1)) * scale
        typical = float(np.median(np.linalg.norm(edges, axis=2)))
        return int(np.clip(np.ceil(typical / texels), 1, 8))


def read_textured_mesh(
    path: str | Path, texture: str | Path, *, upside_down: bool = False
) -> TexturedMesh:
    """Read a mesh with texture coordinates (.glb, .obj) and the picture that goes on it.

    Args:
        path: The mesh.
        texture: The picture.
        upside_down: Whether the picture has its first row at the other end than the mesh's format
            says: a common slip, because GLB and OBJ differ in it.

    Raises:
        FileError: A file is missing, damaged or of another kind, or the mesh has no triangles or
            no texture coordinates.
    """
    place = Path(path)
    try:
        if place.stat().st_size > _MOST_BYTES:
            raise FileError(place, "larger than the largest mesh that is read (1 GiB)")
        data = place.read_bytes()
    except OSError as error:
        raise FileError(place, f"cannot be read ({error.strerror or error})") from error
    suffix = place.suffix.lower()
    if suffix == ".glb":
        vertices, faces, corner_uv = _from_glb(GltfFile.parse(data, place))
    elif suffix == ".obj":
        vertices, faces, corner_uv = _from_obj(data.decode("utf-8", "replace"), place)
    else:
        raise FileError(place, "no mesh that can be filmed", hint="Give a .glb or an .obj")
    if not len(faces) or not np.isfinite(vertices).all():
        raise FileError(place, "has no triangles, or vertices that are no numbers")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise FileError(place, "has triangles of vertices that are not there")
    picture = read_image(texture)
    return TexturedMesh(
        vertices, faces, corner_uv, picture[::-1] if upside_down else picture, place
    )


def _from_glb(file: GltfFile) -> tuple[Float32, Int32, Float32]:
    """Return the first mesh's first primitive: scans have one."""
    primitives = file.entry("meshes", 0).get("primitives") or [{}]
    attributes = primitives[0].get("attributes", {})
    if "TEXCOORD_0" not in attributes or "indices" not in primitives[0]:
        raise FileError(file.path, "its mesh has no texture coordinates or no triangle list")
    vertices = file.accessor(attributes.get("POSITION"), width="VEC3").astype(np.float32)
    # glTF counts v downward.
    uv = file.accessor(attributes["TEXCOORD_0"], width="VEC2", count=len(vertices)) * [1, -1]
    corners = file.accessor(primitives[0]["indices"], width="SCALAR").astype(np.int64)
    if len(corners) % 3 or (len(corners) and corners.max() >= len(vertices)):
        raise FileError(file.path, "has triangles of vertices that are not there")
    faces = corners.reshape(-1, 3).astype(np.int32)
    return vertices, faces, (uv + [0, 1])[faces].astype(np.float32)


def _from_obj(text: str, path: Path) -> tuple[Float32, Int32, Float32]:
    points: list[list[float]] = []
    coordinates: list[list[float]] = []
    corners: list[list[tuple[int, int]]] = []
    try:
        for line in text.splitlines():
            kind, *values = line.split() or [""]
            if kind == "v":
                points.append([float(value) for value in values[:3]])
            elif kind == "vt":
                coordinates.append([float(value) for value in values[:2]])
            elif kind == "f":
                ring = [_corner(value, len(points), len(coordinates)) for value in values]
                corners += [[ring[0], ring[k], ring[k + 1]] for k in range(1, len(ring) - 1)]
        indices = np.array(corners, np.int64).reshape(-1, 3, 2)
        uv = np.array(coordinates, np.float32).reshape(-1, 2)
        if indices.size and (indices.min() < 0 or indices[..., 1].max() >= len(uv)):
            raise ValueError("its faces need texture coordinates that are not there")
        vertices = np.array(points, np.float32).reshape(-1, 3)
    except (ValueError, IndexError) as error:
        raise FileError(path, f"a damaged OBJ file ({error})") from error
    return vertices, indices[..., 0].astype(np.int32), uv[indices[..., 1]]


def _corner(text: str, num_points: int, num_coordinates: int) -> tuple[int, int]:
    """Read `vertex/uv/normal`; negative numbers count from the end."""
    vertex, uv = (int(part) for part in text.split("/")[:2])
    return (
        vertex - 1 if vertex > 0 else vertex + num_points,
        uv - 1 if uv > 0 else uv + num_coordinates,
    )
