"""FLAME (Li et al. 2017), 2020 and 2023: the model file its users get from its makers.

5,023 vertices in metres, or 5,143 with the teeth that trackers add; 300 shape and 100 expression
components; joints root, neck, jaw and eyes; pose corrections. The pickle is read without running
it. Texture coordinates come from an OBJ beside the file where there is one.

FLAME's neck joint carries the head: here it is `head`. Its expressions are statistical; ARKit's
are fitted to them by least squares from our own template's, and its jaw turns on a joint.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.template.borrowing import borrow, eye_middle, mirrored_vertices
from mien.template.formats.flame_arkit import arkit_expressions
from mien.template.head import Float32, HeadTemplate, Int32
from mien.template.inert_pickle import read_pickled_arrays
from mien.template.reading.obj import read_obj
from mien.template.selection import template_formats
from mien.template.sources.mien_head import mien_head
from mien.template.unwrapping import overlapping, unwrap

NAME = "flame"
NUM_SHAPE, NUM_EXPRESSION = 300, 100
JOINTS = ("root", "head", "jaw", "eye_left", "eye_right")
VERTICES = 5023
WITH_TEETH = 5143
EYEBALLS = ("eye_left", "eye_right")

_NEEDED = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f")
_PARENTS = (-1, 0, 1, 1, 1)


@template_formats.register("flame")
class Flame:
    """Reads FLAME model files."""

    title = "FLAME"
    name = "FLAME, .pkl or .npz,"
    suffixes = (".pkl",)
    origin = "flame.is.tue.mpg.de (registration, its own licence)"

    def probe(self, path: Path) -> bool:
        """Claim pickles, which nothing else here is, and an npz by the names of its arrays."""
        if path.suffix.lower() == ".pkl":
            return path.is_file()
        return path.suffix.lower() == ".npz" and _names_in(path) >= {"v_template", "shapedirs"}

    def read(self, path: Path) -> HeadTemplate:
        """Read it."""
        arrays = _arrays(path)
        missing = [name for name in _NEEDED if name not in arrays]
        if missing:
            raise FileError(path, f"is no FLAME model: it has no {', '.join(missing)}")
        try:
            return _template(arrays, path)
        except (ValueError, IndexError, TypeError) as error:
            raise FileError(path, f"a damaged FLAME model ({error})") from None


def _names_in(path: Path) -> set[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(".npy") for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile):
        return set()


def _arrays(path: Path) -> dict[str, Any]:
    if path.suffix.lower() == ".pkl":
        return dict(read_pickled_arrays(path))
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        reason = str(error).partition("\n")[0][:120]
        raise FileError(path, f"not a readable FLAME model ({reason})") from None


def _template(arrays: dict[str, Any], path: Path) -> HeadTemplate:
    points = np.asarray(arrays["v_template"], np.float64)
    count = len(points)
    faces = np.asarray(arrays["f"]).astype(np.int64)
    parents = np.asarray(arrays["kintree_table"])[0].astype(np.int64).tolist()
    if tuple(parents[1:]) != _PARENTS[1:]:
        raise ValueError(f"its joints hang together as {parents}, not as FLAME's")
    directions = np.asarray(arrays["shapedirs"], np.float32).reshape(count, 3, -1)
    basis = np.ascontiguousarray(directions.transpose(2, 0, 1))
    shapes = min(NUM_SHAPE, max(len(basis) - NUM_EXPRESSION, 0)) or len(basis)
    regressor = np.asarray(arrays["J_regressor"], np.float64)
    joints = regressor @ points
    shift = eye_middle(mien_head()) - joints[3:5].mean(axis=0)
    neutral = (points + shift).astype(np.float32)
    known = borrow(neutral, joints[3:5] + shift)
    weights = np.asarray(arrays["weights"], np.float32)
    corrections = np.asarray(arrays["posedirs"], np.float32).reshape(count, 3, -1)
    uv, uv_faces = _atlas(path, neutral, faces)
    bare = HeadTemplate(
        name=NAME,
        neutral=neutral,
        faces=faces.astype(np.int32),
        part_names=(*EYEBALLS, "teeth", "skin"),
        face_parts=_parts(faces, weights),
        uv=uv,
        uv_faces=uv_faces,
        identity_basis=basis[:shapes],
        expression_names=(),
        expression_offsets=np.zeros((0, count, 3), np.float32),
        joint_names=JOINTS,
        joint_parents=np.array(_PARENTS, np.int32),
        joint_positions=(joints + shift).astype(np.float32),
        skin_weights=weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-6),
        region_names=known.region_names,
        region_weights=known.region_weights,
        masks=known.masks,
        landmarks={},
        mirror=mirrored_vertices(neutral),
        expression_basis=basis[shapes : shapes + NUM_EXPRESSION],
        pose_offsets=np.ascontiguousarray(corrections.transpose(2, 0, 1)),
        joint_regressor=regressor.astype(np.float32),
        shift=(float(shift[0]), float(shift[1]), float(shift[2])),
    )
    return arkit_expressions(bare)


def _parts(faces: NDArray[np.int64], weights: Float32) -> Int32:
    """Return the part of each triangle: an eyeball, the added teeth, or the skin."""
    parts = np.full(len(faces), 3, np.int32)
    for index, ball in enumerate(EYEBALLS):
        # Nothing but the eyeball turns with its joint.
        parts[(weights[:, JOINTS.index(ball)] > 0.5)[faces].all(axis=1)] = index
    if len(weights) == WITH_TEETH:
        parts[(faces >= VERTICES).all(axis=1)] = 2
    return parts


def _atlas(path: Path, neutral: Float32, faces: NDArray[np.int64]) -> tuple[Float32, Int32]:
    """Return the atlas of an OBJ beside the model with the same triangles, or one of our own."""
    for held in sorted(path.parent.glob("*.obj")):
        try:
            mesh = read_obj(held)
        except FileError:
            continue
        same = mesh.faces.shape == faces.shape and (mesh.faces == faces).all()
        whole = len(mesh.uv) and (mesh.uv_faces >= 0).all()
        if same and whole and not overlapping(mesh.uv, mesh.uv_faces):
            return mesh.uv.astype(np.float32), mesh.uv_faces.astype(np.int32)
    return unwrap(neutral, faces)
