"""A binary glTF file as a surface: all its meshes in place, their pictures and morph targets.

Source: the glTF 2.0 specification, sections 3.5 (scenes and nodes), 3.7 (meshes) and 3.9
(materials).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.gltf import GltfFile
from mien.image import Image8, srgb_from_linear
from mien.template.arkit import ARKIT_NAMES, canonical_name
from mien.template.reading.mesh import PLAIN, SurfaceMesh
from mien.template.texture import SurfaceTexture
from mien.transforms import Array, apply, matrix_from_quat, rigid

_MOST_BYTES = 1 << 30
_MOST_MOVED = 60_000_000
"""Vertices times morph targets: a claim of more is not believed."""
_MOST_FLOORS = 64
_TRIANGLES = 4

Json = Mapping[str, Any]


@dataclass(eq=False)
class _Pieces:
    """What the primitives add up to."""

    vertices: list[NDArray[Any]] = field(default_factory=lambda: list[NDArray[Any]]())
    faces: list[NDArray[Any]] = field(default_factory=lambda: list[NDArray[Any]]())
    corner_uv: list[NDArray[Any] | None] = field(
        default_factory=lambda: list[NDArray[Any] | None]()
    )
    materials: list[Json] = field(default_factory=lambda: list[Json]())
    morphs: list[dict[str, NDArray[Any]]] = field(
        default_factory=lambda: list[dict[str, NDArray[Any]]]()
    )
    count: int = 0


def read_glb_mesh(path: Path) -> SurfaceMesh:
    """Read a GLB file.

    Raises:
        FileError: It is missing, damaged or holds no surface.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(path, "larger than the largest mesh that is read (1 GiB)")
        file = GltfFile.parse(path.read_bytes(), path)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    for name in _list(file.document.get("extensionsRequired")):
        if "compression" in str(name):
            raise FileError(path, f"packed with {name}", hint="Export it without compression")
    pieces = _Pieces()
    for mesh, motion in _placed(file):
        for primitive in _list(mesh.get("primitives")):
            if isinstance(primitive, dict) and primitive.get("mode", _TRIANGLES) == _TRIANGLES:
                _add(pieces, file, mesh, primitive, motion)
    if not pieces.faces:
        raise FileError(path, "holds no surface: it has no triangles")
    return _joined(pieces, file)


def _placed(file: GltfFile) -> Iterator[tuple[Json, Array]]:
    """Give each mesh with the motion [4, 4] of its node; meshes without nodes as they are."""
    nodes = [node for node in _list(file.document.get("nodes")) if isinstance(node, dict)]
    parents = {
        child: index for index, node in enumerate(nodes) for child in _list(node.get("children"))
        if isinstance(child, int)
    }  # fmt: skip
    carried = [index for index, node in enumerate(nodes) if "mesh" in node]
    if not carried:
        for mesh in _list(file.document.get("meshes")):
            if isinstance(mesh, dict):
                yield mesh, np.eye(4)
    for index in carried:
        motion = np.eye(4)
        # What a skin poses does not follow its node (section 3.7.3.3).
        at: int | None = None if "skin" in nodes[index] else index
        for _ in range(_MOST_FLOORS):
            if at is None or not 0 <= at < len(nodes):
                break
            motion = _motion(nodes[at], file.path) @ motion
            at = parents.get(at)
        yield file.entry("meshes", nodes[index]["mesh"]), motion


def _motion(node: Json, path: Path) -> Array:
    try:
        if "matrix" in node:
            return np.array(node["matrix"], np.float64).reshape(4, 4).T
        x, y, z, w = (float(value) for value in node.get("rotation", (0, 0, 0, 1)))
        scale = np.array(node.get("scale", (1, 1, 1)), np.float64).reshape(3)
        shift = np.array(node.get("translation", (0, 0, 0)), np.float64).reshape(3)
        return rigid(matrix_from_quat([w, x, y, z]) * scale, shift)
    except (TypeError, ValueError) as error:
        raise FileError(path, f"a glTF node is damaged ({error})") from None


def _add(pieces: _Pieces, file: GltfFile, mesh: Json, primitive: Json, motion: Array) -> None:
    attributes: Any = primitive.get("attributes")
    if not isinstance(attributes, dict):
        raise FileError(file.path, "a glTF primitive is damaged")
    own = file.accessor(attributes.get("POSITION"), width="VEC3").astype(np.float64)
    if "indices" in primitive:
        corners = file.accessor(primitive["indices"], width="SCALAR").astype(np.int64)
    else:
        corners = np.arange(len(own))
    if len(corners) % 3 or (len(corners) and corners.max() >= len(own)):
        raise FileError(file.path, "has triangles of vertices that are not there")
    faces = corners.reshape(-1, 3)
    if np.linalg.det(motion[:3, :3]) < 0:
        # A mirroring node turns triangles inside out.
        faces = faces[:, ::-1]
    uv = None
    if "TEXCOORD_0" in attributes:
        uv = file.accessor(attributes["TEXCOORD_0"], width="VEC2", count=len(own))
        # glTF counts v downward.
        uv = (uv * [1, -1] + [0, 1])[faces]
    pieces.vertices.append(apply(motion, own))
    pieces.faces.append(faces + pieces.count)
    pieces.corner_uv.append(uv)
    material = primitive.get("material")
    pieces.materials.append({} if material is None else file.entry("materials", material))
    pieces.morphs.append(_morphs(file, mesh, primitive, len(own), motion[:3, :3]))
    pieces.count += len(own)


def _morphs(
    file: GltfFile, mesh: Json, primitive: Json, count: int, turn: Array
) -> dict[str, NDArray[Any]]:
    """Return the offsets [V, 3] of the morph targets with ARKit names."""
    extras: Any = mesh.get("extras")
    labels = _list(extras.get("targetNames")) if isinstance(extras, dict) else []
    targets = _list(primitive.get("targets"))
    if len(targets) * count > _MOST_MOVED:
        raise FileError(file.path, f"claims {len(targets)} morph targets of {count:,} vertices")
    found: dict[str, NDArray[Any]] = {}
    for label, target in zip(labels, targets, strict=False):
        name = _arkit_name(str(label))
        index = target.get("POSITION") if isinstance(target, dict) else None
        if name is not None and index is not None:
            found[name] = file.accessor(index, width="VEC3", count=count) @ turn.T
    return found


def _arkit_name(label: str) -> str | None:
    """Return the ARKit name of a target, also of `Head.jawOpen` and `eyeBlink_L`."""
    bare = label.rpartition(".")[2]
    for short, long in (("_L", "Left"), ("_R", "Right")):
        if bare.endswith(short):
            bare = bare.removesuffix(short) + long
    return canonical_name(bare)


def _joined(pieces: _Pieces, file: GltfFile) -> SurfaceMesh:
    moved = {name for held in pieces.morphs for name in held}
    names = tuple(name for name in ARKIT_NAMES if name in moved)
    if len(names) * pieces.count > _MOST_MOVED:
        raise FileError(file.path, f"has {len(names)} morph targets of {pieces.count:,} vertices")
    morphs = np.zeros((len(names), pieces.count, 3), np.float32)
    first = 0
    for held, vertices in zip(pieces.morphs, pieces.vertices, strict=True):
        for name, offsets in held.items():
            morphs[names.index(name), first : first + len(vertices)] = offsets
        first += len(vertices)
    whole = all(uv is not None for uv in pieces.corner_uv)
    corner_uv = [
        np.zeros((len(faces), 3, 2)) if uv is None else uv
        for uv, faces in zip(pieces.corner_uv, pieces.faces, strict=True)
    ]
    joined_uv = np.concatenate(corner_uv).astype(np.float32)
    return SurfaceMesh(
        np.concatenate(pieces.vertices).astype(np.float32),
        np.concatenate(pieces.faces).astype(np.int32),
        joined_uv if whole else None,
        names,
        morphs,
        _texture(pieces, joined_uv, file),
    )


def _texture(pieces: _Pieces, corner_uv: NDArray[Any], file: GltfFile) -> SurfaceTexture | None:
    pictures: dict[int, Image8] = {}
    of_face: list[NDArray[Any]] = []
    colors: list[NDArray[Any]] = []
    for material, faces, uv in zip(pieces.materials, pieces.faces, pieces.corner_uv, strict=True):
        shown: Any = material.get("pbrMetallicRoughness")
        shown = shown if isinstance(shown, dict) else {}
        index = _image_of(shown, file) if uv is not None else None
        if index is not None and index not in pictures:
            pictures[index] = _image(file, index)
        place = -1 if index is None else list(pictures).index(index)
        of_face.append(np.full(len(faces), place, np.int32))
        colors.append(np.tile(_plain(shown), (len(faces), 1)))
    if not pictures:
        return None
    return SurfaceTexture(
        tuple(pictures.values()), np.concatenate(of_face), corner_uv, np.concatenate(colors)
    )


def _plain(shown: Json) -> NDArray[np.float32]:
    factor = _list(shown.get("baseColorFactor"))[:3]
    if len(factor) < 3 or not all(isinstance(part, int | float) for part in factor):
        return np.array(PLAIN, np.float32)
    return srgb_from_linear(np.clip(np.array(factor, np.float32), 0, 1)).astype(np.float32)


def _image_of(shown: Json, file: GltfFile) -> int | None:
    held: Any = shown.get("baseColorTexture")
    if not isinstance(held, dict):
        return None
    source = file.entry("textures", held.get("index")).get("source")
    return source if isinstance(source, int) else None


def _image(file: GltfFile, index: int) -> Image8:
    """Return a picture that lies in the file or beside it [H, W, 3]."""
    # PIL is slow to import and most runs of the library read no picture file.
    from PIL import Image as PilImage

    entry = file.entry("images", index)
    where: Any = None
    if "bufferView" in entry:
        where = io.BytesIO(file.view_bytes(entry["bufferView"]))
    elif isinstance(entry.get("uri"), str) and not entry["uri"].startswith("data:"):
        where = file.path.parent / Path(entry["uri"].replace("\\", "/")).name
    if where is None:
        raise FileError(file.path, f"its picture {index} is kept in a way that is not read")
    try:
        with PilImage.open(where) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, PilImage.DecompressionBombError) as error:
        raise FileError(file.path, f"its picture {index} cannot be read ({error})") from None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
