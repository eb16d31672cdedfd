"""FLAME-format files open, are posed as FLAME poses, and obey ARKit as far as they can.

No FLAME model may be shipped: the files here have its layout and our own template's shapes.
"""

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import scipy.sparse

from mien.avatar.deformer import Deformer
from mien.avatar.kinds.template import TemplateAvatar
from mien.avatar.open import open_avatar
from mien.avatar.state import AvatarState
from mien.avatar.template_rig import rig_from_template
from mien.errors import FileError
from mien.template.formats.flame import JOINTS
from mien.template.selection import open_template
from mien.template.skinning import skinned
from mien.template.sources.mien_head import mien_head
from mien.template.unwrapping import overlapping, unwrap
from mien.transforms import matrix_from_axis_angle

FRONT = 0.02
"""Metres: what lies behind it is left out of the files here."""
ELSEWHERE = np.array([0.01, -0.03, 0.02])
"""FLAME's origin is not ours."""


@cache
def bust():
    """Return our template without the many triangles of its back: tests read it often."""
    ours = mien_head()
    kept = np.flatnonzero(ours.neutral[:, 2] > FRONT)
    place = np.full(ours.num_vertices, -1)
    place[kept] = np.arange(len(kept))
    whole = (place[ours.faces] >= 0).all(axis=1)
    return replace(
        ours,
        neutral=ours.neutral[kept],
        faces=place[ours.faces[whole]],
        face_parts=ours.face_parts[whole],
        uv_faces=ours.uv_faces[whole],
        identity_basis=ours.identity_basis[:, kept],
        expression_offsets=ours.expression_offsets[:, kept],
        skin_weights=ours.skin_weights[kept],
        region_weights=ours.region_weights[kept],
        mirror=np.zeros(len(kept)),
    )


def flame_arrays(seed=0):
    """Return a model in FLAME's layout: our skin and eyes, 300 + 100 components, 5 joints."""
    ours, rng = bust(), np.random.default_rng(seed)
    count = ours.num_vertices
    shapes = np.zeros((count, 3, 400), np.float32)
    shapes[..., : ours.num_identity] = ours.identity_basis.transpose(1, 2, 0)
    shapes[..., 300 : 300 + 52] = ours.expression_offsets.transpose(1, 2, 0)
    weights = np.zeros((count, 5), np.float32)
    for joint, name in enumerate(ours.joint_names):
        weights[:, JOINTS.index("head" if name == "neck" else name)] += ours.skin_weights[:, joint]
    regressor = np.zeros((5, count))
    for joint, name in enumerate(JOINTS):
        there = ours.joint_positions[ours.joint_names.index(name)]
        if name.startswith("eye"):
            ball = ours.part_vertices(name)
            regressor[joint, ball] = 1 / len(ball)
        else:
            near = np.linalg.norm(ours.neutral - there, axis=1).argsort()[:8]
            regressor[joint, near] = 1 / 8
    return {
        "v_template": ours.neutral.astype(np.float64) - ELSEWHERE,
        "shapedirs": shapes,
        "posedirs": rng.normal(0, 1e-4, (count, 3, 36)),
        "J_regressor": scipy.sparse.csc_matrix(regressor),
        "weights": weights,
        "kintree_table": np.array([[4294967295, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.uint32),
        "f": ours.faces.astype(np.uint32),
        "bs_style": "lbs",
    }


@pytest.fixture(scope="module")
def flame_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("flame") / "generic_model.pkl"
    path.write_bytes(pickle.dumps(flame_arrays(), protocol=2))
    write_atlas(path.parent / "head_template.obj")
    return path


@pytest.fixture(scope="module")
def flame(flame_file):
    return open_template(flame_file)


def test_it_is_a_head_where_heads_stand(flame):
    assert flame.name == "flame"
    assert flame.num_identity == 300
    assert flame.expression_basis.shape[0] == 100
    assert flame.pose_offsets.shape == (36, flame.num_vertices, 3)
    eyes = [flame.joint_positions[flame.joint_names.index(n)] for n in ("eye_left", "eye_right")]
    ours = [bust().part_vertices(name) for name in ("eye_left", "eye_right")]
    centres = [bust().neutral[ball].mean(axis=0) for ball in ours]
    np.testing.assert_allclose(np.subtract(*eyes), np.subtract(*centres), atol=1e-5)
    back = flame.neutral - flame.shift
    np.testing.assert_allclose(back, bust().neutral - ELSEWHERE, atol=1e-5)


def test_posing_is_flames(flame):
    """Against the equations written out joint by joint."""
    rng = np.random.default_rng(1)
    rotations = rng.normal(0, 0.2, (5, 3))
    surface = flame.identity(rng.normal(0, 1, 300)) + flame.expression_basis[3]
    arrays = flame_arrays()
    shaped = surface.astype(np.float64)
    joints = arrays["J_regressor"].toarray() @ shaped
    turns = matrix_from_axis_angle(rotations)
    for joint in range(1, 5):
        for element in range(9):
            value = (turns[joint] - np.eye(3)).ravel()[element]
            shaped += value * arrays["posedirs"][:, :, 9 * (joint - 1) + element]
    root = np.eye(4)
    root[:3, :3], root[:3, 3] = turns[0], joints[0]
    chain = [root]
    for joint, parent in ((1, 0), (2, 1), (3, 1), (4, 1)):
        local = np.eye(4)
        local[:3, :3], local[:3, 3] = turns[joint], joints[joint] - joints[parent]
        chain.append(chain[parent] @ local)
    expected = np.zeros_like(shaped)
    for joint, motion in enumerate(chain):
        moved = (shaped - joints[joint]) @ motion[:3, :3].T + motion[:3, 3]
        expected += flame.skin_weights[:, joint : joint + 1] * moved
    posed = skinned(flame, surface, rotations, (0.1, 0.2, 0.3))
    np.testing.assert_allclose(posed, expected + [0.1, 0.2, 0.3], atol=2e-5)


def test_arkit_expressions_are_found_in_flames_own(flame):
    ours = bust()
    for name in ("mouthSmileLeft", "browInnerUp", "eyeBlinkRight", "mouthPucker"):
        wanted, made = ours.expression(name), flame.expression(name)
        skin = ours.part_vertices("skin")
        error = np.linalg.norm(made[skin] - wanted[skin]) / np.linalg.norm(wanted[skin])
        # Our lashes and teeth are in the file too and cannot move as the skin beside them.
        assert error < 0.45, (name, error)
    opened = flame.expression("jawOpen")
    assert opened[:, 1].min() < -0.01
    assert "eyeLookUpLeft" not in flame.expression_names


def test_the_avatar_is_posed_by_flames_equations(flame_file, flame):
    avatar = open_avatar(flame_file)
    assert isinstance(avatar, TemplateAvatar)
    assert avatar.joints == ("head", "jaw", "eyes")
    identity = np.array([0.5, -1.0, 2.0], np.float32)
    state = AvatarState.of(
        {"mouthSmileLeft": 0.6},
        identity=identity,
        head_rotation=(0.1, 0.5, 0),
        jaw_rotation=(0.2, 0, 0),
    )
    shaped = flame.identity(identity) + 0.6 * flame.expression("mouthSmileLeft")
    turns = np.zeros((5, 3))
    turns[JOINTS.index("head")], turns[JOINTS.index("jaw")] = (0.1, 0.5, 0), (0.2, 0, 0)
    expected = skinned(flame, shaped, turns)
    np.testing.assert_allclose(avatar.surface(state), expected, atol=2e-5)
    on_surface = avatar.person(identity).gaussians.binding.points(expected, avatar.faces)
    np.testing.assert_allclose(avatar.pose(state).means, on_surface, atol=2e-5)
    still = avatar.pose(AvatarState(identity=identity))
    assert still is avatar.pose(AvatarState(identity=identity))


def test_eyeballs_and_skin_are_told_apart(flame):
    for name in ("eye_left", "eye_right"):
        ball = flame.neutral[flame.part_vertices(name)]
        assert np.ptp(ball, axis=0).max() < 0.035
        assert len(ball) > 50


def test_it_moves_by_arkit_and_by_its_joints(flame):
    deformer = Deformer.of(rig_from_template(flame))
    for state in (
        AvatarState.of({"jawOpen": 0.7}),
        AvatarState(head_rotation=(0, 0.4, 0)),
        AvatarState(eye_rotations=((0, 0.3, 0), (0, 0.3, 0))),
    ):
        moved = np.linalg.norm(deformer.points(state) - flame.neutral, axis=1)
        assert moved.max() > 0.003
        assert np.isfinite(moved).all()


def test_without_an_atlas_it_gets_one_that_does_not_overlap(tmp_path):
    arrays = flame_arrays()
    nose = np.linalg.norm(bust().neutral - bust().neutral[bust().neutral[:, 2].argmax()], axis=1)
    arrays["f"] = arrays["f"][(nose < 0.04)[arrays["f"]].all(axis=1)]
    (tmp_path / "flame.pkl").write_bytes(pickle.dumps(arrays))
    flame = open_template(tmp_path / "flame.pkl")
    assert flame.uv_faces.shape == flame.faces.shape
    assert not overlapping(flame.uv, flame.uv_faces)
    assert flame.position_map(256).covered.mean() > 0.3


def write_atlas(path):
    """Write our template as an OBJ with its texture coordinates."""
    ours = bust()
    lines = ["v {} {} {}".format(*v) for v in ours.neutral]
    lines += ["vt {:.6f} {:.6f}".format(*t) for t in ours.uv]
    lines += [
        "f " + " ".join(f"{a + 1}/{b + 1}" for a, b in zip(face, uv, strict=True))
        for face, uv in zip(ours.faces, ours.uv_faces, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")


def test_an_atlas_beside_it_is_used(flame, flame_file):
    assert (flame_file.parent / "head_template.obj").is_file()
    np.testing.assert_allclose(flame.uv, bust().uv, atol=1e-5)


def test_a_broken_mesh_beside_it_is_passed_over(tmp_path):
    (tmp_path / "broken.obj").write_text("v 1\n")
    arrays = {**flame_arrays(), "f": flame_arrays()["f"][:200]}
    (tmp_path / "flame2023.pkl").write_bytes(pickle.dumps(arrays, protocol=2))
    assert len(open_template(tmp_path / "flame2023.pkl").faces) == 200


def test_an_npz_is_the_same(flame, tmp_path):
    arrays = flame_arrays()
    arrays["J_regressor"] = arrays["J_regressor"].toarray()
    np.savez(tmp_path / "flame.npz", **arrays)
    write_atlas(tmp_path / "atlas.obj")
    opened = open_template(tmp_path / "flame.npz")
    np.testing.assert_allclose(opened.neutral, flame.neutral, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"posedirs": None}, "has no posedirs"),
        ({"weights": np.zeros((3, 5))}, "damaged FLAME model"),
        ({"kintree_table": np.array([[0, 0, 0, 0, 0]])}, "not as FLAME's"),
        ({"f": np.full((2, 3), 99999)}, "damaged FLAME model"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, change, said):
    arrays = {**flame_arrays(), **change}
    path = tmp_path / "flame.pkl"
    write_atlas(tmp_path / "atlas.obj")
    path.write_bytes(pickle.dumps({k: v for k, v in arrays.items() if v is not None}))
    with pytest.raises(FileError, match=said) as caught:
        open_template(path)
    assert "\n" not in str(caught.value)


def test_unwrapping_a_folded_sheet():
    # Two squares on top of each other with the same texture coordinates.
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    vertices = np.concatenate([square, square + [0, 0, 1]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    uv = np.tile([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]], (2, 1))
    assert overlapping(uv, faces)
    assert not overlapping(uv[:4], faces[:2])
    made, made_faces = unwrap(vertices, faces)
    assert not overlapping(made, made_faces)
    assert made_faces.shape == faces.shape
