"""Where an avatar's head is, so that a camera can frame it."""

from __future__ import annotations

import numpy as np

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.protocol import Avatar, Riggable
from mien.avatar.regions import head_share, to_gaussians
from mien.gaussians.bounds import Bounds, bounds
from mien.orbit import Orbit

_OPAQUE_LOGIT = -2.2
_MARGIN = 1.52
"""Air around a head, as a share of its size: enough to turn and nod in."""


def head_bounds(avatar: Avatar) -> Bounds:
    """Return the box of the head in the neutral state, or of everything where it has no joints."""
    held = avatar.rigged if isinstance(avatar, Riggable) else avatar
    if isinstance(held, RiggedAvatar) and "head" in held.rig.joint_names:
        cloud = held.neutral
        rig, binding = held.rig, held.gaussians.binding
        on_head = to_gaussians(head_share(rig)[:, None], binding, rig.faces)[:, 0] > 0.5
        means = cloud.means[on_head & (cloud.logit_opacities > _OPAQUE_LOGIT)]
        if len(means):
            low, high = np.quantile(means.astype(np.float64), [0.004, 0.996], axis=0)
            return Bounds(low, high)
    return bounds(avatar.pose())


def default_orbit(avatar: Avatar, aspect: float = 1.0) -> Orbit:
    """Return the view that shows an avatar's head well from the front.

    Args:
        avatar: What to frame.
        aspect: Width over height of the picture.
    """
    box = head_bounds(avatar)
    size = box.upper - box.lower
    # Heads are framed by their height; a bust much wider than that must still fit in.
    radius = max(float(size[1]), float(size[0]) * 0.8) / 2 * _MARGIN
    return Orbit().framing(box.centre, max(radius, 1e-3), aspect=aspect)
