"""The picture that lies beside a mesh and belongs on it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.image import Image8, read_image
from mien.template.normals import vertex_normals
from mien.template.reading.mesh import PLAIN, SurfaceMesh
from mien.template.texture import SurfaceTexture, halved, sample

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_COLOR_WORDS = frozenset(
    {"albedo", "basecolor", "col", "color", "colour", "diff", "diffuse", "tex", "texture"}
)
_SIDE = 128
_CLEARLY = 0.1
"""By how much the rank correlation must rise for a picture to be turned over."""


def with_picture_beside(mesh: SurfaceMesh, path: Path) -> SurfaceMesh:
    """Return the mesh with the picture beside its file, where it brings none of its own."""
    if mesh.texture is not None or mesh.corner_uv is None:
        return mesh
    found = picture_beside(path)
    if found is None:
        return mesh
    picture = read_image(found)
    if upside_down(mesh, picture):
        picture = picture[::-1]
    faces = len(mesh.faces)
    texture = SurfaceTexture(
        (picture,),
        np.zeros(faces, np.int32),
        mesh.corner_uv,
        np.tile(np.array(PLAIN, np.float32), (faces, 1)),
    )
    return replace(mesh, texture=texture)


def picture_beside(path: Path) -> Path | None:
    """Return the picture in a mesh's folder that is named like it, or as one of colours is."""
    pictures = sorted(held for held in path.parent.iterdir() if held.suffix.lower() in _PICTURES)
    for held in pictures:
        if held.stem.lower() == path.stem.lower():
            return held
    words = ((held, set(re.split(r"[^a-z]+", held.stem.lower()))) for held in pictures)
    return next((held for held, named in words if named & _COLOR_WORDS), None)


def upside_down(mesh: SurfaceMesh, picture: Image8) -> bool:
    """Return whether a picture fits a mesh clearly better with its first row below.

    GLB and OBJ count v from different ends, so pictures beside them are often the wrong way round.
    Lids, lips, nostrils and ears tell: where a surface bends, its picture changes.
    """
    if mesh.corner_uv is None:
        return False
    small = halved(picture, _SIDE)
    down, across = np.gradient(small.mean(axis=2))
    change = np.clip(4 * np.hypot(down, across), 0, 255).astype(np.uint8)
    middles = mesh.corner_uv.mean(axis=1)
    bends = _ranks(_bends(mesh))
    fits = [
        float(np.corrcoef(bends, _ranks(sample(held, middles)[:, 0]))[0, 1])
        for held in (np.repeat(side[:, :, None], 3, axis=2) for side in (change, change[::-1]))
    ]
    return fits[1] > fits[0] + _CLEARLY


def _bends(mesh: SurfaceMesh) -> NDArray[np.floating]:
    """Return how far the normals at the corners of each triangle part [F]."""
    normals = vertex_normals(mesh.vertices, mesh.faces)[mesh.faces]
    return 3 - (normals * np.roll(normals, 1, axis=1)).sum(axis=(1, 2))


def _ranks(values: NDArray[np.floating]) -> NDArray[np.intp]:
    return values.argsort().argsort()
