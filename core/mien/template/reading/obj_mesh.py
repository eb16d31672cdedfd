"""An OBJ file as a surface, with the pictures its materials name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mien.errors import FileError
from mien.image import Image8, read_image
from mien.template.reading.mesh import PLAIN, SurfaceMesh
from mien.template.reading.obj import ObjMesh, read_obj
from mien.template.texture import SurfaceTexture


def read_obj_mesh(path: Path) -> SurfaceMesh:
    """Read an OBJ file.

    Raises:
        FileError: It is missing, damaged or holds no surface.
    """
    held = read_obj(path)
    vertices, faces = held.vertices.astype(np.float32), held.faces.astype(np.int32)
    none = np.zeros((0, *vertices.shape), np.float32)
    if not len(held.uv) or (held.uv_faces < 0).any():
        return SurfaceMesh(vertices, faces, None, (), none, None)
    corner_uv = held.uv[held.uv_faces].astype(np.float32)
    texture = _texture(held, corner_uv, path)
    return SurfaceMesh(vertices, faces, corner_uv, (), none, texture)


def _texture(held: ObjMesh, corner_uv: np.ndarray, path: Path) -> SurfaceTexture | None:
    named = _pictures_named(path)
    pictures: list[Image8] = []
    of_material = np.full(len(held.material_names), -1, np.int32)
    for index, name in enumerate(held.material_names):
        if name in named:
            of_material[index] = len(pictures)
            pictures.append(read_image(named[name]))
    if not pictures:
        return None
    plain = np.tile(np.array(PLAIN, np.float32), (len(held.faces), 1))
    return SurfaceTexture(tuple(pictures), of_material[held.materials], corner_uv, plain)


def _pictures_named(path: Path) -> dict[str, Path]:
    """Return the picture files that are there of each material, from the libraries beside it."""
    found: dict[str, Path] = {}
    for library in sorted(path.parent.glob("*.mtl")):
        material = ""
        try:
            lines = library.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise FileError(library, f"cannot be read ({error.strerror or error})") from error
        for line in lines:
            words = line.split()
            if len(words) > 1 and words[0] == "newmtl":
                material = words[1]
            elif len(words) > 1 and words[0] == "map_Kd":
                # Options stand before the name; folders of whoever exported it are not ours.
                name = line.split(None, 1)[1].split(" -")[-1].replace("\\", "/")
                picture = path.parent / Path(name.strip()).name
                if picture.is_file():
                    found[material] = picture
    return found
