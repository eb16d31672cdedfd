"""What a head template lacks, borrowed from ours: regions, joints and skin weights by place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.template.head import Float32, HeadTemplate, Int32
from mien.template.sources.mien_head import mien_head

Array = NDArray[np.floating]

_NEIGHBOURS = 6
_TOO_FINE = ("mouth_inside",)
"""Places alone cannot tell what lies behind the lips from the lips."""


@dataclass(frozen=True, eq=False)
class Borrowed:
    """Our template's knowledge at another head's vertices.

    Args:
        region_names: Names of regions [R].
        region_weights: [V, R], rows sum to one.
        joint_names: As ours [J].
        joint_parents: [J].
        joint_positions: Where they lie in the other head [J, 3].
        skin_weights: [V, J], rows sum to one.
        masks: Soft masks [V] by name.
    """

    region_names: tuple[str, ...]
    region_weights: Float32
    joint_names: tuple[str, ...]
    joint_parents: Int32
    joint_positions: Float32
    skin_weights: Float32
    masks: dict[str, Float32]


def eye_middle(head: HeadTemplate) -> Array:
    """Return the point [3] between the eyes of a template."""
    eyes = [head.joint_positions[head.joint_names.index(name)] for name in _EYES]
    return (eyes[0] + eyes[1]) / 2


def borrow(neutral: Float32, eyes: Array) -> Borrowed:
    """Look up our template's regions, joints and weights at another head's vertices.

    The heads are laid over each other by the middle between the eyes, with one scale that brings
    their eyes as far apart as ours.

    Args:
        neutral: The other head's vertices [V, 3], upright, any unit.
        eyes: Centres of its left and right eye [2, 3], the same unit.
    """
    ours = mien_head()
    centres = np.array([ours.joint_positions[ours.joint_names.index(name)] for name in _EYES])
    scale = np.linalg.norm(centres[0] - centres[1]) / np.linalg.norm(eyes[0] - eyes[1])
    middle, our_middle = eyes.mean(axis=0), centres.mean(axis=0)
    laid = (neutral - middle) * scale + our_middle
    weights = _shares(laid, ours)
    joints = (ours.joint_positions - our_middle) / scale + middle
    for row, name in zip(eyes, _EYES, strict=True):
        joints[ours.joint_names.index(name)] = row
    return Borrowed(
        ours.region_names,
        _rows_to_one(weights(ours.region_weights)),
        ours.joint_names,
        ours.joint_parents,
        joints.astype(np.float32),
        _rows_to_one(weights(ours.skin_weights)),
        {
            name: weights(mask[:, None])[:, 0]
            for name, mask in ours.masks.items()
            if name not in _TOO_FINE
        },
    )


def mirrored_vertices(neutral: Float32) -> Int32:
    """Return the vertex nearest to each one's reflection in the plane x = 0 [V]."""
    from scipy.spatial import KDTree

    return np.asarray(KDTree(neutral).query(neutral * [-1, 1, 1])[1], np.int32)


def rigid_weights(
    weights: Float32, joint_names: tuple[str, ...], vertices: NDArray, joint: str
) -> None:
    """Give vertices to one joint alone, in place."""
    weights[vertices] = 0
    weights[vertices, joint_names.index(joint)] = 1


_EYES = ("eye_left", "eye_right")


def _shares(laid: Array, ours: HeadTemplate) -> Callable[[Float32], Float32]:
    # Not at the top: nothing on the way to the first picture needs scipy.
    from scipy.spatial import KDTree

    skin = ours.part_vertices("skin")
    away, near = KDTree(ours.neutral[skin]).query(laid, k=_NEIGHBOURS)
    share = 1 / np.maximum(away, 1e-4) ** 2
    share /= share.sum(axis=1, keepdims=True)

    def at(values: Float32) -> Float32:
        return np.einsum("vk,vkc->vc", share, values[skin][near]).astype(np.float32)

    return at


def _rows_to_one(values: Float32) -> Float32:
    return values / np.maximum(values.sum(axis=1, keepdims=True), 1e-6)
