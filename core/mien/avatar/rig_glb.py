"""A rig as binary glTF: surface, ARKit morph targets and skeleton, for any program that reads it.

Bones are called as LAM's are (He et al., SIGGRAPH 2025), which is what its viewers look for.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from mien.avatar.rig import Rig
from mien.gltf_writing import GlbBuilder

BONES = {
    "root": "root",
    "neck": "neckLower",
    "head": "head",
    "jaw": "lowerJaw",
    "eye_left": "lEye",
    "eye_right": "rEye",
}


def rig_glb(rig: Rig, name: str) -> bytes:
    """Return a rig as the content of a `.glb` file, in metres.

    Args:
        rig: What is written; its morph targets are stored sparsely.
        name: What the head is called.
    """
    builder = GlbBuilder()
    primitive: dict[str, Any] = {
        "attributes": {
            "POSITION": builder.vertices(rig.rest),
            "JOINTS_0": builder.vertices(rig.skin_joints.astype(np.uint8)),
            "WEIGHTS_0": builder.vertices(rig.skin_weights),
        },
        "indices": builder.indices(rig.faces.astype(np.uint32).ravel()),
        "targets": [{"POSITION": number} for number in _targets(rig, builder)],
    }
    count = len(rig.joint_names)
    return builder.built(
        {
            "scene": 0,
            "scenes": [{"nodes": [0, count]}],
            "nodes": [*_bones(rig), {"name": name, "mesh": 0, "skin": 0}],
            "skins": [
                {"joints": list(range(count)), "inverseBindMatrices": _inverses(rig, builder)}
            ],
            "meshes": [
                {
                    "name": name,
                    "primitives": [primitive],
                    "weights": [0.0] * len(rig.expression_names),
                    "extras": {"targetNames": list(rig.expression_names)},
                }
            ],
        }
    )


def _targets(rig: Rig, builder: GlbBuilder) -> list[int]:
    starts = rig.shape_starts
    return [
        builder.sparse(
            rig.num_vertices,
            rig.shape_vertices[first:end].astype(np.uint32),
            rig.shape_deltas[first:end],
        )
        for first, end in pairwise(starts)
    ]


def _bones(rig: Rig) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for joint, (name, parent) in enumerate(zip(rig.joint_names, rig.joint_parents, strict=True)):
        above = rig.joint_positions[parent] if parent >= 0 else np.zeros(3, np.float32)
        step = rig.joint_positions[joint] - above
        node: dict[str, Any] = {"name": BONES[name], "translation": step.tolist()}
        children = np.flatnonzero(rig.joint_parents == joint).tolist()
        nodes.append({**node, "children": children} if children else node)
    return nodes


def _inverses(rig: Rig, builder: GlbBuilder) -> int:
    matrices = np.tile(np.eye(4, dtype=np.float32), (len(rig.joint_names), 1, 1))
    # Column by column, as glTF has matrices.
    matrices[:, 3, :3] = -rig.joint_positions
    return builder.add(matrices.reshape(-1, 16))
