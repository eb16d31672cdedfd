"""Make the rig of a person from a head template."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mien.avatar.rig import Float32, Rig
from mien.template.arkit import ARKIT_INDEX
from mien.template.head import HeadTemplate

_JOINTS_PER_VERTEX = 4


def rig_from_template(template: HeadTemplate, identity: ArrayLike = ()) -> Rig:
    """Return the rig of a person: their neutral surface, the template's expressions and joints.

    Args:
        template: The head template.
        identity: Shape coefficients [d], d at most the template's D.

    Raises:
        ValueError: There are too many coefficients, or they are not finite.
    """
    surface = template.identity(identity)
    # A rig obeys ARKit; what else a template can do is its own business.
    known = [k for k, name in enumerate(template.expression_names) if name in ARKIT_INDEX]
    strongest = np.argsort(-template.skin_weights, axis=1, kind="stable")[:, :_JOINTS_PER_VERTEX]
    lacking = _JOINTS_PER_VERTEX - strongest.shape[1]
    weights = np.take_along_axis(template.skin_weights, strongest, axis=1)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return Rig.from_dense(
        surface,
        template.faces,
        expression_names=[template.expression_names[k] for k in known],
        deltas=template.expression_offsets[known],
        joint_names=template.joint_names,
        joint_parents=template.joint_parents,
        joint_positions=template.joints_of(surface),
        skin_joints=np.pad(strongest, ((0, 0), (0, lacking))),
        skin_weights=np.pad(weights, ((0, 0), (0, lacking))),
    )


def reshaped(rig: Rig, template: HeadTemplate, surface: Float32) -> Rig:
    """Return a template's rig for another person: their neutral surface [V, 3], and its joints.

    Raises:
        ValueError: The surface does not fit the template.
    """
    return rig.replace(rest=surface, joint_positions=template.joints_of(surface))
