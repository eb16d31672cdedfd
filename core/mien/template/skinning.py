"""Pose a template as the body models of the field do: correctives, then linear blend skinning."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mien.template.head import Float32, HeadTemplate
from mien.transforms import matrix_from_axis_angle, rigid


def skinned(
    template: HeadTemplate, surface: ArrayLike, rotations: ArrayLike, translation: ArrayLike = 0.0
) -> Float32:
    """Return a person's surface [V, 3] with its joints turned (FLAME, eq. 1 to 3).

    Args:
        template: Whose joints, weights and corrections.
        surface: The person with their expression, unposed [V, 3].
        rotations: Axis-angle of each joint [J, 3], radians, relative to its parent.
        translation: Of everything, metres [3].

    Raises:
        ValueError: There are not as many rotations as joints.
    """
    turns = np.asarray(rotations, np.float64)
    if turns.shape != (len(template.joint_names), 3):
        raise ValueError(f"rotations must be [{len(template.joint_names)}, 3], got {turns.shape}")
    shaped = np.asarray(surface, np.float64)
    # Joints belong to the person without expression only approximately; the field does the same.
    joints = np.asarray(template.joints_of(shaped), np.float64)
    matrices = matrix_from_axis_angle(turns)
    if template.pose_offsets is not None:
        features = (matrices[1:] - np.eye(3)).ravel()
        shaped = shaped + np.tensordot(features, template.pose_offsets, 1)
    motions = _motions(matrices, joints, template.joint_parents)
    blended = np.einsum("vj,jab->vab", template.skin_weights, motions)
    posed = np.einsum("vab,vb->va", blended[:, :3, :3], shaped) + blended[:, :3, 3]
    return (posed + translation).astype(np.float32)


def _motions(matrices: np.ndarray, joints: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Return how each joint moves the world at rest [J, 4, 4]."""
    local = rigid(matrices, joints - np.einsum("jab,jb->ja", matrices, joints))
    world = np.empty_like(local)
    for joint, parent in enumerate(parents):
        world[joint] = local[joint] if parent < 0 else world[parent] @ local[joint]
    return world
