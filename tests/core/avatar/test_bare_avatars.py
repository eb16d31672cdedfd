"""Avatars with nothing on them: no triangles, no Gaussians, one vertex."""

import numpy as np
import pytest

from mien.avatar import AvatarState
from mien.avatar.framing import default_orbit
from mien.avatar.kinds.blended import blend
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.protocol import REGIONS
from mien.avatar.rig import BoundGaussians, Rig, SurfaceBinding
from mien.gaussians.shading import SHADINGS

TURNED = AvatarState(head_rotation=np.array([0, 0.3, 0]))


def zeros(*shape):
    return np.zeros(shape, np.float32)


def bare(name, num_vertices):
    rig = Rig.from_dense(
        zeros(num_vertices, 3),
        np.zeros((0, 3)),
        joint_names=("root", "head"),
        joint_parents=(-1, 0),
        joint_positions=zeros(2, 3),
    )
    binding = SurfaceBinding(np.zeros(0, np.int32), zeros(0, 3))
    bound = BoundGaussians(binding, zeros(0, 3), zeros(0, 4), zeros(0, 3), zeros(0), zeros(0, 1, 3))
    return RiggedAvatar(name, rig, bound, template="bare", region_weights=zeros(0, len(REGIONS)))


@pytest.mark.parametrize("num_vertices", [1, 3])
def test_nothing_poses_blends_and_frames_to_nothing(num_vertices):
    first, second = bare("first", num_vertices), bare("second", num_vertices)
    assert first.pose(TURNED).num_gaussians == 0
    mixed = blend([first, second], [0.5, 0.5], regions={"eyes": 0})
    assert mixed.pose(TURNED).num_gaussians == 0
    assert np.isfinite(default_orbit(mixed).eye).all()


@pytest.mark.parametrize("name", SHADINGS)
def test_every_view_mode_takes_an_empty_cloud(name):
    empty = bare("empty", 1)
    camera = default_orbit(empty).camera((8, 8))
    assert SHADINGS[name].apply(empty.pose(), camera).num_gaussians == 0
