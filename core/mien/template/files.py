"""Read a head template from its safetensors file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.template.attributes import IdentityAttributes
from mien.template.head import HeadTemplate
from mien.tensor_files import read_tensors

_MILLIMETRE = np.float32(1e-3)


def read_template(path: Path) -> HeadTemplate:
    """Read a head template.

    Offsets are stored as half floats in millimetres, expressions sparsely, the identities of eyes
    and teeth as affine maps of the neutral part, names as JSON in the file's metadata.

    Raises:
        FileError: The file is missing, is no template or does not hold together.
    """
    arrays, names = read_tensors(path, "template", "head template")
    try:
        return _template(arrays, names)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise FileError(path, f"a damaged head template ({error})") from None


def _template(arrays: dict[str, NDArray[Any]], names: dict[str, Any]) -> HeadTemplate:
    lists = {key: tuple(names[key]) for key in
             ("parts", "expressions", "joints", "regions", "masks", "landmarks")}  # fmt: skip
    neutral = arrays["neutral"]
    starts, vertices = arrays["expression_starts"], arrays["expression_vertices"]
    expressions = np.zeros((len(lists["expressions"]), *neutral.shape), np.float32)
    which = np.repeat(np.arange(len(expressions)), np.diff(starts))
    offsets = arrays["expression_offsets"].astype(np.float32)
    expressions[which, vertices] = offsets * _MILLIMETRE
    weights = arrays["skin_weights"].astype(np.float32)
    return HeadTemplate(
        name=names["name"],
        neutral=neutral,
        faces=arrays["faces"].astype(np.int32),
        part_names=lists["parts"],
        face_parts=arrays["face_parts"].astype(np.int32),
        uv=arrays["uv"],
        uv_faces=arrays["uv_faces"].astype(np.int32),
        identity_basis=_identity(arrays, lists["parts"], tuple(names["affine_parts"])),
        expression_names=lists["expressions"],
        expression_offsets=expressions,
        joint_names=lists["joints"],
        joint_parents=arrays["joint_parents"],
        joint_positions=arrays["joint_positions"],
        skin_weights=weights / weights.sum(axis=1, keepdims=True),
        region_names=lists["regions"],
        region_weights=arrays["regions"].astype(np.float32),
        masks={
            name: arrays["masks"][:, k].astype(np.float32) for k, name in enumerate(lists["masks"])
        },
        landmarks=dict(zip(lists["landmarks"], arrays["landmarks"].tolist(), strict=True)),
        mirror=arrays["mirror"].astype(np.int32),
        attributes=IdentityAttributes(arrays["attribute_directions"], arrays["attribute_residual"]),
    )


def _identity(
    arrays: dict[str, NDArray[Any]], parts: tuple[str, ...], affine: tuple[str, ...]
) -> NDArray[np.float32]:
    """Return the identity basis [D, V, 3] from offsets and from the maps of affine parts."""
    neutral, offsets, maps = arrays["neutral"], arrays["identity"], arrays["identity_affine"]
    basis = np.zeros((len(offsets), *neutral.shape), np.float32)
    dense = np.ones(len(neutral), bool)
    for name, transforms in zip(affine, maps, strict=True):
        vertices = np.unique(arrays["faces"][arrays["face_parts"] == parts.index(name)])
        places = np.c_[neutral[vertices], np.ones(len(vertices), np.float32)]
        basis[:, vertices] = places @ transforms
        dense[vertices] = False
    basis[:, dense] = offsets
    return basis * _MILLIMETRE
