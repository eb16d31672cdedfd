"""A surface from a mesh file of any kind that is read: its triangles, picture and morph targets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.template.texture import SurfaceTexture

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

MESH_SUFFIXES = (".glb", ".obj")
PLAIN = (0.72, 0.68, 0.64)
"""sRGB colour of what says nothing about its colour."""


@dataclass(frozen=True, eq=False)
class SurfaceMesh:
    """What a mesh file holds.

    Args:
        vertices: [V, 3], in the file's own unit, Y up.
        faces: Triangles [F, 3], counter-clockwise from outside.
        corner_uv: Texture coordinates [F, 3, 2], v upward; None where the file has none.
        morph_names: ARKit names of the morph targets [E].
        morphs: Their offsets [E, V, 3] at weight one.
        texture: The colours the file brings or names, or None.
    """

    vertices: Float32
    faces: Int32
    corner_uv: Float32 | None
    morph_names: tuple[str, ...]
    morphs: Float32
    texture: SurfaceTexture | None


def read_mesh(path: Path) -> SurfaceMesh:
    """Read a .glb or .obj file with the pictures in it or named by it.

    Raises:
        FileError: It is missing, damaged, of another kind or holds no surface.
    """
    # The readers import what is above, so that what they return stands beside how it is read.
    from mien.template.reading.glb_mesh import read_glb_mesh
    from mien.template.reading.obj_mesh import read_obj_mesh

    readers = {".glb": read_glb_mesh, ".obj": read_obj_mesh}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FileError(path, "no mesh that Mien reads", hint="Give a .glb or an .obj")
    mesh = reader(path)
    if not len(mesh.faces) or not np.isfinite(mesh.vertices).all():
        raise FileError(path, "has no triangles, or vertices that are no numbers")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise FileError(path, "has triangles of vertices that are not there")
    return mesh
