"""The head's own frame: the world in which a head neither turns nor goes anywhere."""

from __future__ import annotations

import numpy as np

from mien.avatar.deformer import motions_of
from mien.avatar.rig import Rig
from mien.avatar.state import AvatarState
from mien.transforms import Array, matrix_from_quat, quat_conjugate, quat_multiply, rigid


def head_from_posed(rig: Rig, state: AvatarState) -> Array:
    """Return the rigid motion [4, 4] that takes a posed head back to where it rests.

    Of the pose only what turns or moves the head as a whole is undone: expression, jaw and eyes
    stay. A rig without a head joint has nothing to undo.

    Args:
        rig: The person at rest.
        state: How they stand.
    """
    motions = motions_of(rig, state)
    if motions is None or "head" not in rig.joint_names:
        return np.eye(4)
    real, dual = motions[rig.joint_names.index("head")].astype(np.float64).reshape(2, 4)
    translation = 2 * quat_multiply(dual, quat_conjugate(real))[1:]
    back = matrix_from_quat(quat_conjugate(real))
    return rigid(back, -back @ translation)
