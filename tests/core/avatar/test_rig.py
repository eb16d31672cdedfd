from __future__ import annotations

import numpy as np
import pytest

import avatar_scenes
from mien.avatar.rig import BoundGaussians, Rig, SurfaceBinding


def test_sparse_shapes_keep_the_dense_ones() -> None:
    points, faces = avatar_scenes.grid()
    deltas = np.random.default_rng(0).normal(size=(3, *points.shape)).astype(np.float32)
    deltas[:, ::2] = 0
    names = ("jawOpen", "mouthPucker", "eyeBlinkLeft")
    rig = Rig.from_dense(points, faces, expression_names=names, deltas=deltas)
    assert len(rig.shape_vertices) == 3 * (len(points) // 2)
    np.testing.assert_array_equal(rig.dense_deltas(), deltas)


def test_arrays_are_read_only_and_the_callers_own_stay_writable() -> None:
    points, faces = avatar_scenes.grid()
    rig = Rig.from_dense(points, faces)
    with pytest.raises(ValueError, match="read-only"):
        rig.rest[0] = 0
    points[0] = 7
    faces[0] = 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"faces": [[0, 1, 9999]]}, "faces has indices"),
        ({"skin_joints": np.full((169, 4), 3)}, "skin_joints has indices"),
        ({"shape_starts": [0, 5]}, "shape_starts must ascend"),
        ({"joint_names": ("root", "neck", "hip")}, "joints must be root"),
        ({"joint_parents": [-1, 2, 1]}, "parent before it"),
        ({"rest": np.full((169, 3), np.nan)}, "finite"),
        ({"rest": np.zeros((169, 2))}, "rest must be"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        avatar_scenes.rig().replace(**changes)


def test_binding_to_vertices_finds_each_vertex() -> None:
    points, faces = avatar_scenes.grid()
    wanted = np.array([5, 0, 168, 5])
    binding = SurfaceBinding.to_vertices(faces, wanted)
    np.testing.assert_array_equal(binding.points(points, faces), points[wanted])
    with pytest.raises(ValueError, match="vertex 200"):
        SurfaceBinding.to_vertices(faces, np.array([200]))


def test_bound_gaussians_remember_the_cloud() -> None:
    avatar = avatar_scenes.avatar(num_gaussians=500)
    cloud = avatar.neutral
    again = BoundGaussians.from_cloud(avatar.rig, avatar.gaussians.binding, cloud)
    np.testing.assert_allclose(again.offsets, avatar.gaussians.offsets, atol=1e-8)
