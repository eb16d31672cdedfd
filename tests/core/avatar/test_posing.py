"""Poses against what can be worked out by hand or by a slow reference."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import avatar_scenes
from mien.avatar import AvatarState
from mien.avatar.deformer import NECK_SHARE
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.posing.chunks import CHUNK
from mien.avatar.rig import Rig
from mien.avatar.surface import Topology, smooth_over_surface
from mien.transforms import matrix_from_axis_angle, matrix_from_quat, quat_from_axis_angle


def covariances(quats: np.ndarray, log_scales: np.ndarray) -> np.ndarray:
    axes = matrix_from_quat(quats.astype(np.float64)) * np.exp(log_scales)[:, None, :]
    return axes @ axes.swapaxes(1, 2)


def whole_head(deltas: dict[str, np.ndarray] | None = None) -> Rig:
    """A grid that is all head, on a neck that carries nothing."""
    rig = avatar_scenes.rig(deltas)
    return rig.replace(skin_weights=np.tile([1, 0, 0, 0], (rig.num_vertices, 1)))


def test_neutral_is_the_given_cloud_and_always_the_same_object() -> None:
    avatar = avatar_scenes.avatar(num_gaussians=400)
    neutral = avatar.pose()
    assert neutral is avatar.pose(AvatarState(time=3.0))
    assert neutral.quats is avatar.gaussians.quats
    places = avatar.gaussians.binding.points(avatar.rig.rest, avatar.rig.faces)
    np.testing.assert_array_equal(neutral.means, places + avatar.gaussians.offsets)


def test_an_expression_the_avatar_lacks_changes_nothing() -> None:
    avatar = avatar_scenes.avatar()
    assert avatar.pose(AvatarState.of({"cheekPuff": 1})) is avatar.neutral


def test_a_tiny_motion_is_continuous_with_neutral() -> None:
    avatar = avatar_scenes.avatar(num_gaussians=400)
    state = AvatarState.of({"jawOpen": 1e-6}, head_rotation=[0, 1e-6, 0])
    posed = avatar.pose(state)
    np.testing.assert_allclose(posed.means, avatar.neutral.means, atol=1e-6)
    np.testing.assert_allclose(posed.quats, avatar.neutral.quats, atol=1e-5)
    np.testing.assert_allclose(posed.log_scales, avatar.neutral.log_scales, atol=1e-5)


@pytest.mark.parametrize("rotation", [[0.3, 0, 0], [0, -0.6, 0], [0.2, 0.4, -0.5], [0, 2.5, 0]])
def test_a_turned_head_turns_its_gaussians_rigidly(rotation: list[float]) -> None:
    avatar = avatar_scenes.avatar(own_rig=whole_head(), num_gaussians=300)
    move = np.array([0.01, -0.02, 0.03])
    state = AvatarState(head_rotation=rotation, head_translation=move)
    posed, neutral = avatar.pose(state), avatar.neutral
    pivots = avatar.rig.joint_positions.astype(np.float64)
    low, high = (
        matrix_from_axis_angle(np.array(rotation) * s) for s in (NECK_SHARE, 1 - NECK_SHARE)
    )
    expected = (neutral.means - pivots[2]) @ high.T + pivots[2]
    expected = (expected - pivots[1]) @ low.T + pivots[1] + move
    np.testing.assert_allclose(posed.means, expected, atol=2e-7)
    turn = matrix_from_axis_angle(rotation)
    before = covariances(neutral.quats, neutral.log_scales)
    after = covariances(posed.quats, posed.log_scales)
    np.testing.assert_allclose(after, turn @ before @ turn.T, atol=1e-9)


def test_the_neck_turns_what_is_above_it_about_its_own_pivot() -> None:
    avatar = avatar_scenes.avatar(own_rig=whole_head())
    posed = avatar.pose(AvatarState(neck_rotation=[0, 0.5, 0]))
    pivot, turn = avatar.rig.joint_positions[1], matrix_from_axis_angle([0, 0.5, 0])
    np.testing.assert_allclose(
        posed.means, (avatar.neutral.means - pivot) @ turn.T + pivot, atol=2e-7
    )


def test_signs_are_those_of_the_state() -> None:
    """Positive X nods down, Y turns to the avatar's left (+X), Z tilts to its right (-X)."""
    avatar = avatar_scenes.avatar(own_rig=whole_head(), offset=0)
    middle, top = avatar.rig.num_vertices // 2, avatar.rig.num_vertices - 7

    def moved(rotation: list[float], vertex: int) -> np.ndarray:
        state = AvatarState(head_rotation=rotation)
        return avatar.surface(state)[vertex] - avatar.rig.rest[vertex]

    assert moved([0.2, 0, 0], middle)[1] < 0
    assert moved([0, 0.2, 0], middle)[0] > 0
    assert moved([0, 0, 0.2], top)[0] < 0


def test_what_hangs_on_the_root_stays() -> None:
    avatar = avatar_scenes.avatar()
    still = avatar.rig.skin_weights[:, 1] == 1
    posed = avatar.pose(AvatarState(head_rotation=[0.1, 0.6, 0]))
    assert still.any()
    np.testing.assert_allclose(posed.means[still], avatar.neutral.means[still], atol=1e-7)


def test_skinning_between_joints_is_dual_quaternion() -> None:
    avatar = avatar_scenes.avatar(offset=0)
    rig, rotation = avatar.rig, np.array([0.1, 0.8, -0.2])
    state = AvatarState(head_rotation=rotation)
    weights = rig.skin_weights[:, 0].astype(np.float64)
    # The head's motion as rotation and translation, by rigid algebra.
    pivots = rig.joint_positions.astype(np.float64)
    low, high = (matrix_from_axis_angle(rotation * s) for s in (NECK_SHARE, 1 - NECK_SHARE))
    shift = low @ (pivots[2] - high @ pivots[2] - pivots[1]) + pivots[1]
    real = quat_from_axis_angle(rotation)
    w, v = real[0], real[1:]
    dual = 0.5 * np.concatenate([[-shift @ v], w * shift + np.cross(shift, v)])
    blended = weights[:, None] * real + (1 - weights)[:, None] * [1, 0, 0, 0]
    duals = weights[:, None] * dual
    norms = np.linalg.norm(blended, axis=1, keepdims=True)
    blended, duals = blended / norms, duals / norms
    turns = matrix_from_quat(blended)
    bw, bv, dw, dv = blended[:, :1], blended[:, 1:], duals[:, :1], duals[:, 1:]
    moves = 2 * (-dw * bv + bw * dv - np.cross(dv, bv))
    expected = np.einsum("vij,vj->vi", turns, rig.rest) + moves
    np.testing.assert_allclose(avatar.surface(state), expected, atol=2e-7)


def test_gaussians_turn_with_a_surface_that_a_shape_turns() -> None:
    """A shape that turns the patch as a whole turns offsets and Gaussians with it."""
    points, _ = avatar_scenes.grid()
    turn = matrix_from_axis_angle([0.35, 0, 0.2])
    rig = avatar_scenes.rig({"jawOpen": points @ turn.T - points})
    avatar = avatar_scenes.avatar(own_rig=rig, num_gaussians=300)
    posed, neutral = avatar.pose(AvatarState.of({"jawOpen": 1})), avatar.neutral
    # Slivers are damped, which leaves a few percent of the turn undone.
    np.testing.assert_allclose(posed.means, neutral.means @ turn.T, atol=4e-4)
    got = matrix_from_quat(posed.quats) @ matrix_from_quat(neutral.quats).swapaxes(1, 2)
    angles = np.arccos(np.clip((np.trace(got @ turn.T, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert np.degrees(angles.max()) < 2
    np.testing.assert_allclose(posed.log_scales, neutral.log_scales, atol=0.05)


@pytest.mark.parametrize("axis", [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
def test_a_shape_may_turn_the_surface_almost_all_the_way_round(axis: list[float]) -> None:
    points, _ = avatar_scenes.grid()
    turn = matrix_from_axis_angle(np.array(axis) * 2.9)
    rig = avatar_scenes.rig({"jawOpen": points @ turn.T - points})
    avatar = avatar_scenes.avatar(own_rig=rig, num_gaussians=300)
    posed, neutral = avatar.pose(AvatarState.of({"jawOpen": 1})), avatar.neutral
    got = matrix_from_quat(posed.quats) @ matrix_from_quat(neutral.quats).swapaxes(1, 2)
    angles = np.arccos(np.clip((np.trace(got @ turn.T, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert np.degrees(np.median(angles)) < 3
    np.testing.assert_allclose(np.linalg.norm(got, axis=(1, 2)), np.sqrt(3), atol=1e-4)


def test_where_a_vertex_stands_in_the_file_does_not_matter() -> None:
    """Copies of a surface, more than a chunk of the kernel holds, are posed alike."""
    own = avatar_scenes.rig()
    copies, v = 4, own.num_vertices
    rig = Rig.from_dense(
        np.tile(own.rest, (copies, 1)),
        np.concatenate([own.faces + k * v for k in range(copies)]),
        expression_names=own.expression_names,
        deltas=np.tile(own.dense_deltas(), (1, copies, 1)),
        joint_names=own.joint_names,
        joint_parents=own.joint_parents,
        joint_positions=own.joint_positions,
        skin_joints=np.tile(own.skin_joints, (copies, 1)),
        skin_weights=np.tile(own.skin_weights, (copies, 1)),
    )
    weights = dict.fromkeys(own.expression_names, 0.7)
    state = AvatarState.of(weights, head_rotation=[0.1, 0.4, 0])
    expected = avatar_scenes.avatar(own_rig=own).surface(state)
    posed = avatar_scenes.avatar(own_rig=rig).surface(state).reshape(copies, v, 3)
    assert copies * v > 2 * CHUNK
    np.testing.assert_array_equal(posed, np.broadcast_to(expected, posed.shape))


def test_gaussians_lengthen_with_a_surface_that_a_shape_stretches() -> None:
    points, _ = avatar_scenes.grid()
    rig = avatar_scenes.rig({"cheekPuff": points * [[0.3, 0, 0]]})
    base = avatar_scenes.avatar(own_rig=rig, offset=0)
    upright = np.tile(np.array([1, 0, 0, 0], np.float32), (base.num_gaussians, 1))
    avatar = replace(base, gaussians=replace(base.gaussians, quats=upright))
    change = avatar.pose(AvatarState.of({"cheekPuff": 1})).log_scales - avatar.neutral.log_scales
    # The patch slopes a little, and slivers are damped.
    np.testing.assert_allclose(change[:, 0], np.log(1.3), atol=0.04)
    np.testing.assert_allclose(change[:, 1:], 0, atol=0.04)


def test_scales_stay_in_bounds_where_a_surface_tears_or_folds() -> None:
    points, _ = avatar_scenes.grid()
    tear = np.where(points[:, :1] > 0.001, [[0.2, 0, 0]], 0.0)
    avatar = avatar_scenes.avatar(own_rig=avatar_scenes.rig({"jawLeft": tear}))
    for weight in (1.0, -1.0):
        posed = avatar.pose(AvatarState.of({"jawLeft": weight}))
        change = posed.log_scales - avatar.neutral.log_scales
        assert np.isfinite(posed.means).all()
        assert np.isfinite(posed.quats).all()
        assert change.max() <= np.log(1.5) + 1e-5
        assert change.min() >= np.log(0.5) - 1e-5


def test_vertices_without_area_or_triangles_do_no_harm() -> None:
    points, faces = avatar_scenes.grid()
    lonely = np.concatenate([points, points[:1], points[:2]])
    flat = np.concatenate([faces, [[170, 170, 171]]]).astype(np.int32)
    deltas = np.random.default_rng(1).normal(size=(1, len(lonely), 3)) * 0.003
    rig = Rig.from_dense(lonely, flat, expression_names=("jawOpen",), deltas=deltas)
    avatar = avatar_scenes.avatar(own_rig=rig, num_gaussians=200)
    posed = avatar.pose(AvatarState.of({"jawOpen": 1}))
    for values in (posed.means, posed.quats, posed.log_scales):
        assert np.isfinite(values).all()


def test_poses_from_many_threads_are_the_same_bits() -> None:
    avatars = [avatar_scenes.avatar(seed=1, num_gaussians=900), avatar_scenes.avatar(seed=2)]
    states = [
        AvatarState.of({"jawOpen": k / 10}, head_rotation=[0, k / 20, k / 30]) for k in range(12)
    ]
    jobs = [(avatar, state) for state in states for avatar in avatars] * 4

    def pose(job: tuple[RiggedAvatar, AvatarState]) -> bytes:
        posed = job[0].pose(job[1])
        return posed.means.tobytes() + posed.quats.tobytes() + posed.log_scales.tobytes()

    alone = [pose(job) for job in jobs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pose, jobs)) == alone


def test_smoothing_keeps_constants_and_prefers_heavy_vertices() -> None:
    points, faces = avatar_scenes.grid()
    topology = Topology.of(faces, len(points))
    weights = np.ones(len(points))
    same = smooth_over_surface(np.full((len(points), 2), 3.0), weights, topology, num_rounds=4)
    np.testing.assert_allclose(same, 3.0)
    values = np.zeros((len(points), 1))
    values[84], weights[84] = 1, 1000
    assert smooth_over_surface(values, weights, topology, num_rounds=2)[83, 0] > 0.9
