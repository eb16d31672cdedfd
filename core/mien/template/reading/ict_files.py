"""The arrays of ICT-FaceKit, from its folder of OBJ files or from one npz."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.template.reading.obj import read_obj

_NEUTRAL = "generic_neutral_mesh.obj"
_KEYS = ("V", "UV", "tri", "trit", "tri_mat", "mats", "identity", "expr", "expr_names")


@dataclass(frozen=True, eq=False)
class IctArrays:
    """The kit in its own terms: centimetres, its own names.

    Args:
        neutral: Vertices [V, 3].
        uv: Texture coordinates [U, 2], one tile a material.
        faces: Triangles [F, 3].
        uv_faces: Triangles into `uv` [F, 3].
        materials: Of each triangle [F].
        material_names: [M].
        identity: Offsets [D, V, 3].
        expressions: Offsets [E, V, 3].
        expression_names: [E].
    """

    neutral: NDArray[Any]
    uv: NDArray[Any]
    faces: NDArray[Any]
    uv_faces: NDArray[Any]
    materials: NDArray[Any]
    material_names: tuple[str, ...]
    identity: NDArray[Any]
    expressions: NDArray[Any]
    expression_names: tuple[str, ...]


def is_ict_folder(path: Path) -> bool:
    """Return whether a folder is the kit's, or has it one floor down."""
    return any((folder / _NEUTRAL).is_file() for folder in (path, path / "FaceXModel"))


def is_ict_npz(path: Path) -> bool:
    """Return whether a file is an npz with the kit's arrays, sound or not."""
    if path.suffix.lower() != ".npz":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
    return {"V.npy", "tri_mat.npy", "identity.npy", "expr_names.npy"} <= names


def read_ict(path: Path) -> IctArrays:
    """Read the kit.

    Raises:
        FileError: It is broken, or a file of it is missing.
    """
    return _folder(path) if path.is_dir() else _npz(path)


def _npz(path: Path) -> IctArrays:
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {name: file[name] for name in _KEYS}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        reason = str(error).partition("\n")[0][:120]
        raise FileError(path, f"not a readable ICT-FaceKit ({reason})") from None
    vertices = len(held["V"])
    for name in ("identity", "expr"):
        if held[name].ndim != 3 or held[name].shape[1:] != (vertices, 3):
            raise FileError(path, f"its {name} do not fit its {vertices:,} vertices")
    return IctArrays(
        held["V"],
        held["UV"],
        held["tri"],
        held["trit"],
        held["tri_mat"],
        tuple(str(name) for name in held["mats"]),
        held["identity"],
        held["expr"],
        tuple(str(name) for name in held["expr_names"]),
    )


def _folder(path: Path) -> IctArrays:
    folder = path if (path / _NEUTRAL).is_file() else path / "FaceXModel"
    mesh = read_obj(folder / _NEUTRAL)
    if (mesh.uv_faces < 0).any():
        raise FileError(folder / _NEUTRAL, "has no texture coordinates")
    identities = sorted(folder.glob("identity*.obj"))
    others = sorted(
        held
        for held in folder.glob("*.obj")
        if held not in identities and held.name != _NEUTRAL and not held.name.startswith("generic_")
    )
    return IctArrays(
        mesh.vertices,
        mesh.uv,
        mesh.faces,
        mesh.uv_faces,
        mesh.materials,
        mesh.material_names,
        _offsets(identities, mesh.vertices),
        _offsets(others, mesh.vertices),
        tuple(held.stem for held in others),
    )


def _offsets(paths: list[Path], neutral: NDArray[np.float64]) -> NDArray[np.float32]:
    offsets = np.empty((len(paths), *neutral.shape), np.float32)
    for index, path in enumerate(paths):
        vertices = read_obj(path, only_vertices=True).vertices
        if vertices.shape != neutral.shape:
            raise FileError(path, f"has {len(vertices):,} vertices, the kit {len(neutral):,}")
        offsets[index] = vertices - neutral
    return offsets
