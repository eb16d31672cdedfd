"""A mesh with a picture on it, from a GLB or OBJ file and a picture file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.image import Image8, read_image
from mien.template.reading.mesh import read_mesh
from mien.template.texture import sample

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]


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
        return sample(self.texture, uv)

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
    mesh = read_mesh(place)
    if mesh.corner_uv is None:
        raise FileError(place, "its mesh has no texture coordinates")
    picture = read_image(texture)
    return TexturedMesh(
        mesh.vertices,
        mesh.faces,
        mesh.corner_uv,
        picture[::-1] if upside_down else picture,
        place,
    )
