"""ICT-FaceKit (Li et al. 2020): its folder of OBJ files, or one npz of the same arrays.

26,719 vertices in centimetres, Y up, face toward +Z, with eyeballs, teeth, gums and tongue; 100
identity modes and 57 expressions named after ARKit, split into sides where ARKit has one name.
The vertices of its mouth and its landmarks are those of the kit's own vertex_indices.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.template.arkit import ARKIT_NAMES
from mien.template.borrowing import borrow, eye_middle, mirrored_vertices, rigid_weights
from mien.template.head import Float32, HeadTemplate, Int32
from mien.template.reading.ict_files import IctArrays, is_ict_folder, is_ict_npz, read_ict
from mien.template.selection import template_formats
from mien.template.sources.mien_head import mien_head

NAME = "ict_facekit"
_METRES = 0.01
_MOUTH = range(11248, 14062)
"""Vertices of the bag of the mouth, which has the back of the head's material."""

_SHOWN: dict[str, tuple[str, ...]] = {
    "skin": ("M_Face", "M_BackHead"),
    "eye_left": ("M_ScleraLeft",),
    "eye_right": ("M_ScleraRight",),
    "gums": ("M_GumsTongue",),
    "teeth": ("M_Teeth",),
    "lashes": ("M_EyeLashes",),
}
"""Our parts, and the materials they are of. What is left out lies under or over the eyeballs to
be seen through: irises, tears and shadows, which solid surfaces would hide."""

_ATLAS: dict[str, tuple[float, float, float]] = {
    "M_Face": (0.0, 0.36, 0.64),
    "M_BackHead": (0.64, 0.64, 0.36),
    "M_GumsTongue": (0.64, 0.36, 0.28),
    "M_Teeth": (0.0, 0.0, 0.36),
    "M_ScleraLeft": (0.36, 0.18, 0.18),
    "M_ScleraRight": (0.54, 0.18, 0.18),
    "M_EyeLashes": (0.36, 0.0, 0.18),
}
"""Where each material's tile lies in the atlas: left, bottom, side."""


@template_formats.register("ict_facekit")
class IctFaceKit:
    """Reads ICT-FaceKit."""

    title = "ICT-FaceKit"
    name = "ICT-FaceKit, its folder of OBJ files or an npz,"
    suffixes = ()
    origin = "github.com/ICT-VGL/ICT-FaceKit (MIT licence)"

    def probe(self, path: Path) -> bool:
        """Claim the kit's folder by its neutral mesh, and an npz by the names of its arrays."""
        return is_ict_folder(path) if path.is_dir() else is_ict_npz(path)

    def read(self, path: Path) -> HeadTemplate:
        """Read it."""
        arrays = read_ict(path)
        try:
            return _template(arrays)
        except (ValueError, IndexError, KeyError) as error:
            raise FileError(path, f"a damaged ICT-FaceKit ({error})") from None


@dataclass(frozen=True, eq=False)
class _Shown:
    """The triangles that are seen, with their parts and their places in the atlas."""

    faces: Int32
    parts: Int32
    part_names: tuple[str, ...]
    uv: Float32
    uv_faces: Int32


def _template(ict: IctArrays) -> HeadTemplate:
    shown = _shown(ict)
    metres = _METRES * ict.neutral.astype(np.float64)
    eyes = np.array([_centre(metres, shown, name) for name in ("eye_left", "eye_right")])
    # The eyes come where ours are, so that both heads are looked at from the same places.
    moved = eye_middle(mien_head()) - eyes.mean(axis=0)
    neutral = (metres + moved).astype(np.float32)
    known = borrow(neutral, eyes + moved)
    expressions = _expressions(ict)
    weights = _weights(known.skin_weights.copy(), known.joint_names, shown, expressions)
    return HeadTemplate(
        name=NAME,
        neutral=neutral,
        faces=shown.faces,
        part_names=shown.part_names,
        face_parts=shown.parts,
        uv=shown.uv,
        uv_faces=shown.uv_faces,
        identity_basis=_METRES * ict.identity.astype(np.float32),
        expression_names=tuple(expressions),
        expression_offsets=np.stack(list(expressions.values())),
        joint_names=known.joint_names,
        joint_parents=known.joint_parents,
        joint_positions=known.joint_positions,
        skin_weights=weights,
        region_names=known.region_names,
        region_weights=known.region_weights,
        masks=known.masks,
        landmarks={},
        mirror=mirrored_vertices(neutral),
    )


def _shown(ict: IctArrays) -> _Shown:
    faces, parts, uv_faces, uv = [], [], [], []
    names = (*_SHOWN, "mouth")
    count = 0
    for part, materials in _SHOWN.items():
        for material in materials:
            which = np.flatnonzero(ict.materials == ict.material_names.index(material))
            triangles = ict.faces[which]
            kind = np.full(len(which), names.index(part))
            inside = np.isin(triangles, _MOUTH).all(axis=1)
            kind[inside] = names.index("mouth")
            left, bottom, side = _ATLAS[material]
            corners = ict.uv[ict.uv_faces[which]]
            # Each material has a tile of its own along u; within it, coordinates run from 0 to 1.
            within = corners - np.floor(corners.reshape(-1, 2).min(axis=0) + 1e-4)
            uv.append(np.clip(within, 0, 1).reshape(-1, 2) * side + [left, bottom])
            uv_faces.append(np.arange(3 * len(which)).reshape(-1, 3) + count)
            count += 3 * len(which)
            faces.append(triangles)
            parts.append(kind)
    merged, index = np.unique(np.round(np.concatenate(uv), 6), axis=0, return_inverse=True)
    return _Shown(
        np.concatenate(faces).astype(np.int32),
        np.concatenate(parts).astype(np.int32),
        names,
        merged.astype(np.float32),
        index[np.concatenate(uv_faces)].astype(np.int32).reshape(-1, 3),
    )


def _centre(points: NDArray[np.float64], shown: _Shown, part: str) -> NDArray[np.float64]:
    vertices = np.unique(shown.faces[shown.parts == shown.part_names.index(part)])
    ball = points[vertices]
    return (ball.min(axis=0) + ball.max(axis=0)) / 2


def _expressions(ict: IctArrays) -> dict[str, Float32]:
    """Return offsets [V, 3] in metres by ARKit name; the kit's two halves of one are added."""
    # Half floats would round away what is added.
    offsets = _METRES * ict.expressions.astype(np.float32)
    kit = dict(zip(ict.expression_names, offsets, strict=True))
    found: dict[str, Float32] = {}
    for name in ARKIT_NAMES:
        own = name.replace("Left", "_L").replace("Right", "_R")
        halves = [kit[half] for half in (f"{name}_L", f"{name}_R") if half in kit]
        if name in kit:
            found[name] = kit[name]
        elif own in kit:
            found[name] = kit[own]
        elif len(halves) == 2:
            found[name] = halves[0] + halves[1]
    return found


def _weights(
    weights: Float32,
    joints: tuple[str, ...],
    shown: _Shown,
    expressions: dict[str, Float32],
) -> Float32:
    """Give eyes to their own joints, and what stands in the jaw to the jaw."""

    def of_part(part: str) -> NDArray[np.int32]:
        return np.unique(shown.faces[shown.parts == shown.part_names.index(part)])

    for part in ("eye_left", "eye_right"):
        rigid_weights(weights, joints, of_part(part), part)
    opened = np.linalg.norm(expressions["jawOpen"], axis=1)
    # Lips that touch belong to different jaws: only what opening moves can tell them apart.
    head, jaw = joints.index("head"), joints.index("jaw")
    both = weights[:, head] + weights[:, jaw]
    weights[:, jaw] = both * np.clip(opened / (0.8 * opened.max()), 0, 1)
    weights[:, head] = both - weights[:, jaw]
    for part in ("teeth", "gums"):
        vertices = of_part(part)
        with_jaw = opened[vertices] > 0.5 * opened.max()
        rigid_weights(weights, joints, vertices[with_jaw], "jaw")
        rigid_weights(weights, joints, vertices[~with_jaw], "head")
    rigid_weights(weights, joints, of_part("lashes"), "head")
    return weights
