"""ARKit's expressions for FLAME: fitted to its own by least squares, the jaw by its joint.

No table of anybody's is used. What our template's expressions do to the skin is looked up at
FLAME's nearest vertices, and the mix of FLAME's expression components that does the same is found;
so the result stays a face that FLAME knows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mien.template.head import Float32, HeadTemplate
from mien.template.skinning import skinned
from mien.template.sources.mien_head import mien_head

JAW_TURNS: dict[str, tuple[float, float, float]] = {
    "jawOpen": (0.42, 0.0, 0.0),
    "jawLeft": (0.0, 0.14, 0.0),
    "jawRight": (0.0, -0.14, 0.0),
}
"""Axis-angle of the jaw joint at weight one, radians."""

_LEFT_OUT = ("eyeLook", "tongueOut", "jaw")
_STIFFNESS = 1e-3
"""Weight of coefficients against misfit, as a share of what a component moves on average."""

_REACH = 0.012
"""Vertices farther from our skin than this, in metres, say nothing about it."""


def arkit_expressions(flame: HeadTemplate) -> HeadTemplate:
    """Return FLAME with ARKit's expressions, as far as it can make them."""
    offsets = _turned_jaw(flame)
    if flame.expression_basis is not None and len(flame.expression_basis):
        offsets.update(_fitted(flame, flame.expression_basis))
    if not offsets:
        return flame
    return replace(
        flame,
        expression_names=tuple(offsets),
        expression_offsets=np.stack(list(offsets.values())),
    )


def _turned_jaw(flame: HeadTemplate) -> dict[str, Float32]:
    rotations = np.zeros((len(flame.joint_names), 3))
    found: dict[str, Float32] = {}
    for name, turn in JAW_TURNS.items():
        rotations[flame.joint_names.index("jaw")] = turn
        found[name] = skinned(flame, flame.neutral, rotations) - flame.neutral
    return found


def _fitted(flame: HeadTemplate, basis: Float32) -> dict[str, Float32]:
    # Not at the top: nothing on the way to the first picture needs scipy.
    from scipy.spatial import KDTree

    ours = mien_head()
    skin = ours.part_vertices("skin")
    found_away, found_near = KDTree(ours.neutral[skin]).query(flame.neutral)
    near = np.asarray(found_near, np.int64)
    # Eyeballs lie close to the lids and do not move with them.
    eyes = [flame.joint_names.index(name) for name in ("eye_left", "eye_right")]
    balls = flame.skin_weights[:, eyes].sum(axis=1) > 0.5
    seen = (np.asarray(found_away) < _REACH) & ~balls
    if not seen.any():
        return {}
    columns = 1000 * basis[:, seen].reshape(len(basis), -1).T.astype(np.float64)
    squares = columns.T @ columns
    left = squares + _STIFFNESS * np.trace(squares) / len(basis) * np.eye(len(basis))
    names = [name for name in ours.expression_names if not name.startswith(_LEFT_OUT)]
    wanted = np.stack([1000 * ours.expression(name)[skin][near[seen]].ravel() for name in names])
    mixes = np.linalg.solve(left, columns.T @ wanted.T.astype(np.float64))
    made = np.tensordot(mixes.T.astype(np.float32), basis, 1)
    return dict(zip(names, made, strict=True))
