"""Any head as an OBJ or GLB file: a scan, or a mesh with morph targets named as ARKit's.

Y up, face toward +Z. The unit is guessed from the height: 0.1 to 1 is metres, 10 to 100
centimetres, over 100 to 1,000 millimetres; of any other height, the head is given the height of
ours. It comes where our head is. Without joints of its own it turns about its middle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.template.borrowing import mirrored_vertices
from mien.template.head import Float32, HeadTemplate, Int32
from mien.template.reading.mesh import MESH_SUFFIXES, SurfaceMesh, read_mesh
from mien.template.reading.picture_beside import with_picture_beside
from mien.template.selection import template_formats
from mien.template.sources.mien_head import mien_head
from mien.template.unwrapping import overlapping, unwrap

_UNITS = ((0.1, 1.0, 1.0), (10.0, 100.0, 0.01), (100.0, 1000.0, 0.001))
"""From which height to which, and the metres of a unit."""

_MOST_UNWRAPPED = 200_000
"""Triangles: unwrapping more would take minutes."""


@template_formats.register("mesh")
class MeshFile:
    """Reads OBJ and GLB files."""

    title = "Mesh"
    name = "a mesh (.obj or .glb)"
    origin = ""
    suffixes = MESH_SUFFIXES

    def probe(self, path: Path) -> bool:
        """Claim files with the endings of meshes."""
        return path.suffix.lower() in MESH_SUFFIXES and path.is_file()

    def read(self, path: Path) -> HeadTemplate:
        """Read it."""
        mesh = with_picture_beside(read_mesh(path), path)
        try:
            return _template(mesh, path)
        except (ValueError, IndexError) as error:
            raise FileError(path, f"a damaged mesh ({error})") from None


def _template(mesh: SurfaceMesh, path: Path) -> HeadTemplate:
    scale, shift = _placing(mesh.vertices)
    kept, welded = _welded(mesh)
    neutral = (mesh.vertices[kept] * scale + shift).astype(np.float32)
    faces = welded[mesh.faces].astype(np.int32)
    count = len(neutral)
    uv, uv_faces = _atlas(mesh, neutral, faces, path)
    middle = ((neutral.min(axis=0) + neutral.max(axis=0)) / 2).astype(np.float32)
    return HeadTemplate(
        name=path.stem,
        neutral=neutral,
        faces=faces,
        part_names=("skin",),
        face_parts=np.zeros(len(faces), np.int32),
        uv=uv,
        uv_faces=uv_faces,
        identity_basis=np.zeros((0, count, 3), np.float32),
        expression_names=mesh.morph_names,
        expression_offsets=(mesh.morphs[:, kept] * scale).astype(np.float32),
        joint_names=("root", "head"),
        joint_parents=np.array([-1, 0], np.int32),
        joint_positions=np.stack([middle, middle]),
        skin_weights=np.tile(np.array([0, 1], np.float32), (count, 1)),
        region_names=(),
        region_weights=np.zeros((count, 0), np.float32),
        masks={},
        landmarks={},
        mirror=mirrored_vertices(neutral - middle * np.array([1, 0, 0], np.float32)),
        texture=mesh.texture,
        shift=(float(shift[0]), float(shift[1]), float(shift[2])),
    )


def _placing(vertices: Float32) -> tuple[float, NDArray[Any]]:
    """Return the metres of a unit, and what is then added to bring the head where ours is."""
    low, high = vertices.min(axis=0).astype(float), vertices.max(axis=0).astype(float)
    ours = mien_head().neutral
    height = float(high[1] - low[1])
    found = (unit for least, most, unit in _UNITS if least <= height <= most)
    scale = next(found, float(np.ptp(ours[:, 1])) / max(height, 1e-9))
    return scale, (ours.min(axis=0) + ours.max(axis=0)) / 2 - scale * (low + high) / 2


def _welded(mesh: SurfaceMesh) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return one vertex of each place [V'], and which of them each vertex is [V].

    Files split vertices where texture coordinates part; the surface is whole there.
    """
    moved = np.abs(mesh.morphs).sum(axis=2).T
    places = np.column_stack([mesh.vertices, moved.astype(np.float32)])
    _, kept, welded = np.unique(places, axis=0, return_index=True, return_inverse=True)
    return kept, welded.reshape(-1)


def _atlas(mesh: SurfaceMesh, neutral: Float32, faces: Int32, path: Path) -> tuple[Float32, Int32]:
    """Return the mesh's own atlas where it is one, else a new one."""
    if mesh.corner_uv is not None:
        corners = mesh.corner_uv.reshape(-1, 2)
        uv, index = np.unique(corners, axis=0, return_inverse=True)
        uv_faces = index.reshape(-1, 3).astype(np.int32)
        within = corners.min() >= -1e-3 and corners.max() <= 1 + 1e-3
        if within and not overlapping(uv, uv_faces):
            return np.clip(uv, 0, 1).astype(np.float32), uv_faces
    if len(faces) > _MOST_UNWRAPPED:
        raise FileError(
            path,
            f"its texture coordinates overlap or are missing, and {len(faces):,} triangles are too"
            " many to unwrap here",
            hint=f"Reduce it to {_MOST_UNWRAPPED:,} triangles, or unwrap it elsewhere",
        )
    return unwrap(neutral, faces)
