"""ICT-FaceKit opens from its npz and from its folder, with ARKit's names and our conventions."""

import numpy as np
import pytest

from mien.avatar.deformer import Deformer
from mien.avatar.state import AvatarState
from mien.avatar.template_rig import rig_from_template
from mien.errors import FileError, MienError
from mien.template.arkit import ARKIT_NAMES
from mien.template.reading.obj import read_obj
from mien.template.selection import open_template
from mien.template.sources.mien_head import mien_head


@pytest.fixture(scope="module")
def ict_npz(shared_data):
    path = shared_data / "ict-facekit" / "ict_light_fp16.npz"
    if not path.exists():
        pytest.skip("ICT-FaceKit is not among the shared data")
    return path


@pytest.fixture(scope="module")
def ict(ict_npz):
    return open_template(ict_npz)


def test_it_is_a_head_in_our_conventions(ict):
    assert (ict.num_vertices, ict.num_identity) == (26719, 100)
    assert set(ARKIT_NAMES) - set(ict.expression_names) == {"tongueOut"}
    low, high = ict.neutral.min(axis=0), ict.neutral.max(axis=0)
    assert 0.25 < high[1] - low[1] < 0.45
    # The eyes are where ours are, the left one at +X.
    for name in ("eye_left", "eye_right"):
        there = ict.joint_positions[ict.joint_names.index(name)]
        ours = mien_head().joint_positions[mien_head().joint_names.index(name)]
        assert np.linalg.norm(there - ours) < 0.006
        ball = ict.neutral[ict.part_vertices(name)]
        radii = np.linalg.norm(ball - there, axis=1)
        assert radii.max() < 0.0185
    assert ict.neutral[ict.part_vertices("eye_left"), 0].min() > 0
    np.testing.assert_allclose(ict.skin_weights.sum(axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(ict.region_weights.sum(axis=1), 1, atol=1e-4)


def test_expressions_do_what_they_are_called(ict):
    blink = np.linalg.norm(ict.expression("eyeBlinkLeft"), axis=1)
    assert ict.neutral[blink > 0.5 * blink.max(), 0].min() > 0.01
    opened = ict.expression("jawOpen")
    assert opened[np.linalg.norm(opened, axis=1).argmax(), 1] < -0.02
    raised = ict.expression("browInnerUp")
    assert raised[:, 1].max() > 0.004
    moved = np.abs(raised[:, 1])
    # Both halves of what ARKit has one name for.
    assert moved[ict.neutral[:, 0] > 0.01].max() > 0.004
    assert moved[ict.neutral[:, 0] < -0.01].max() > 0.004


def test_joints_move_what_they_should(ict):
    deformer = Deformer.of(rig_from_template(ict))
    points = deformer.points(AvatarState(jaw_rotation=(0.3, 0, 0)))
    moved = np.linalg.norm(points - ict.neutral, axis=1)
    teeth = ict.part_vertices("teeth")
    upper = teeth[ict.neutral[teeth, 1] > np.median(ict.neutral[teeth, 1]) + 0.004]
    lower = teeth[ict.neutral[teeth, 1] < np.median(ict.neutral[teeth, 1]) - 0.004]
    assert np.median(moved[upper]) < 1e-5
    assert np.median(moved[lower]) > 0.01
    looked = deformer.points(AvatarState(eye_rotations=((0, 0.3, 0), (0, 0, 0))))
    changed = np.linalg.norm(looked - ict.neutral, axis=1) > 1e-6
    assert set(np.flatnonzero(changed)) <= set(ict.part_vertices("eye_left"))


def test_the_atlas_keeps_materials_apart(ict):
    drawn = ict.position_map(512)
    assert 0.3 < drawn.covered.mean() < 0.9
    assert ict.uv.min() >= 0
    assert ict.uv.max() <= 1
    shown = set(ict.face_parts[drawn.triangles[drawn.covered]].tolist())
    assert shown == set(range(len(ict.part_names)))


def test_the_folder_of_obj_files_is_the_same_head(ict, ict_npz, tmp_path):
    folder = tmp_path / "FaceXModel"
    folder.mkdir()
    with np.load(ict_npz) as kit:
        neutral = kit["V"].astype(float)
        _write_kit_mesh(folder / "generic_neutral_mesh.obj", kit, neutral)
        for mode in range(2):
            _write_vertices(folder / f"identity{mode:03d}.obj", neutral + kit["identity"][mode])
        names = [str(name) for name in kit["expr_names"]]
        for name in ("jawOpen", "eyeBlink_L", "browInnerUp_L", "browInnerUp_R"):
            moved = neutral + kit["expr"][names.index(name)]
            _write_vertices(folder / f"{name}.obj", moved)
    again = open_template(tmp_path)
    np.testing.assert_allclose(again.neutral, ict.neutral, atol=1e-6)
    np.testing.assert_array_equal(again.faces, ict.faces)
    np.testing.assert_allclose(again.uv[again.uv_faces], ict.uv[ict.uv_faces], atol=2e-6)
    np.testing.assert_allclose(again.identity_basis, ict.identity_basis[:2], atol=2e-6)
    assert set(again.expression_names) == {"jawOpen", "eyeBlinkLeft", "browInnerUp"}
    for name in again.expression_names:
        np.testing.assert_allclose(again.expression(name), ict.expression(name), atol=2e-6)


def test_damage_is_one_line(ict_npz, tmp_path):
    broken = tmp_path / "kit.npz"
    broken.write_bytes(ict_npz.read_bytes()[:200_000])
    with pytest.raises(MienError, match=r"no head template Mien knows") as caught:
        open_template(broken)
    assert "\n" not in str(caught.value)
    with np.load(ict_npz) as kit:
        arrays = {name: kit[name] for name in kit.files}
    arrays["identity"] = arrays["identity"][:, :100]
    np.savez(tmp_path / "short.npz", **arrays)
    with pytest.raises(FileError, match="its identity do not fit its 26,719 vertices"):
        open_template(tmp_path / "short.npz")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no surface"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "face index outside"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 0\n", "they begin with 1"),
        ("v 0 0\nf 1 1 1\n", "a damaged OBJ"),
        ("v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "not finite"),
    ],
)
def test_broken_obj_files_are_explained(tmp_path, text, said):
    path = tmp_path / "mesh.obj"
    path.write_text(text)
    with pytest.raises(FileError, match=said):
        read_obj(path)


def test_obj_polygons_and_negative_indices(tmp_path):
    path = tmp_path / "mesh.obj"
    path.write_text(
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
        "usemtl skin\nf 1/1 2/2 3/3 4/4\nusemtl eye\nf -4/1/1 -3/2/1 -2/3/1\n"
    )
    mesh = read_obj(path)
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3], [0, 1, 2]])
    np.testing.assert_array_equal(mesh.uv_faces, mesh.faces)
    assert [mesh.material_names[m] for m in mesh.materials] == ["skin", "skin", "eye"]


def _write_vertices(path, vertices):
    np.savetxt(path, vertices, fmt="v %.6f %.6f %.6f")


def _write_kit_mesh(path, kit, neutral):
    lines = ["v {:.6f} {:.6f} {:.6f}".format(*vertex) for vertex in neutral]
    lines += ["vt {:.6f} {:.6f}".format(*place) for place in kit["UV"]]
    for material, name in enumerate(kit["mats"]):
        lines.append(f"usemtl {name}")
        which = kit["tri_mat"] == material
        for face, uv in zip(kit["tri"][which] + 1, kit["trit"][which] + 1, strict=True):
            lines.append("f " + " ".join(f"{a}/{b}" for a, b in zip(face, uv, strict=True)))
    path.write_text("\n".join(lines) + "\n")
