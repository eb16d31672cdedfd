"""The head's own frame undoes what moves the head, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from mien.avatar.deformer import Deformer
from mien.avatar.head_frame import head_from_posed
from mien.avatar.rig import Rig
from mien.avatar.state import NEUTRAL, AvatarState
from mien.avatar.template_rig import rig_from_template
from mien.template.selection import open_template
from mien.transforms import apply


@pytest.fixture(scope="module")
def rig() -> Rig:
    return rig_from_template(open_template("mien_head"))


def test_at_rest_there_is_nothing_to_undo(rig: Rig) -> None:
    np.testing.assert_array_equal(head_from_posed(rig, NEUTRAL), np.eye(4))


def test_a_posed_head_goes_back_to_its_rest(rig: Rig) -> None:
    state = AvatarState(
        head_rotation=[0.2, -0.5, 0.1], head_translation=[0.02, 0, -0.01], neck_rotation=[0.1, 0, 0]
    )
    posed = Deformer.of(rig).points(state)
    assert posed is not None
    column = rig.joint_names.index("head")
    share = (rig.skin_weights * (rig.skin_joints == column)).sum(axis=1)
    back = apply(head_from_posed(rig, state), posed)
    np.testing.assert_allclose(back[share > 0.999], rig.rest[share > 0.999], atol=2e-6)


def test_expressions_stay(rig: Rig) -> None:
    turned = AvatarState.of({"jawOpen": 1.0}, head_rotation=[0, 0.4, 0])
    posed = Deformer.of(rig).points(turned)
    open_mouth = Deformer.of(rig).points(AvatarState.of({"jawOpen": 1.0}))
    assert posed is not None
    assert open_mouth is not None
    back = apply(head_from_posed(rig, turned), posed)
    column = rig.joint_names.index("head")
    share = (rig.skin_weights * (rig.skin_joints == column)).sum(axis=1)
    np.testing.assert_allclose(back[share > 0.999], open_mouth[share > 0.999], atol=2e-6)
    assert np.abs(back - rig.rest).max() > 0.005
