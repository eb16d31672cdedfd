"""Head templates are shown, moved and shaped as avatars."""

from pathlib import Path

import numpy as np
import pytest

from mien.avatar.clay import Clay
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.kinds.template import TemplateAvatar, template_avatar
from mien.avatar.open import open_avatar
from mien.avatar.protocol import Avatar, Surfaced
from mien.avatar.state import AvatarState
from mien.avatar.surface_layout import SurfaceLayout, normals_of
from mien.cli.info import describe
from mien.errors import ModelMissing
from mien.session.library import asset_for, read_asset, template_asset
from mien.template.normals import vertex_normals
from mien.template.sources.mien_head import mien_head
from mien.transforms import matrix_from_quat

SMILE = AvatarState.of({"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0})


@pytest.fixture(scope="module")
def head() -> TemplateAvatar:
    return template_avatar("mien_head")


def test_it_is_an_avatar_over_its_surface(head):
    assert isinstance(head, Avatar)
    assert isinstance(head, Surfaced)
    cloud = head.pose()
    assert cloud is head.pose()
    assert cloud.num_gaussians == head.num_gaussians
    assert head.joints == ("head", "neck", "jaw", "eyes")
    assert len(head.expression_names) == 52
    assert head.latent_space is not None
    assert len(head.latent_space.names) == mien_head().num_identity


def test_it_covers_the_surface_without_holes():
    """Every vertex of the skin has a Gaussian that reaches it."""
    from scipy.spatial import KDTree

    template = mien_head()
    layout = SurfaceLayout.of(template, 60_000)
    laid = layout.laid(template.neutral)
    assert 50_000 < len(laid.points) < 66_000
    skin = template.neutral[template.part_vertices("skin")]
    _, near = KDTree(laid.points).query(skin, k=12)
    between = np.einsum(
        "vkcd,vkc->vkd", matrix_from_quat(laid.quats[near]), skin[:, None] - laid.points[near]
    )
    deviations = (between / np.exp(laid.log_scales[near]))[..., :2]
    assert np.linalg.norm(deviations, axis=2).min(axis=1).max() < 1.5
    # And they lie on it: the third axis is the surface's normal.
    faces = template.faces[layout.binding.triangles]
    corners = vertex_normals(template.neutral, template.faces)[faces]
    expected = np.einsum("nk,nkc->nc", layout.binding.barycentric, corners)
    cosines = (normals_of(laid.quats) * expected).sum(axis=1) / np.linalg.norm(expected, axis=1)
    assert cosines.min() > 0.999


def test_gaussians_ride_on_the_surface_it_shows(head):
    for state in (SMILE, AvatarState(head_rotation=(0.2, 0.4, 0))):
        surface = head.surface(state)
        binding = head.person().gaussians.binding
        expected = binding.points(surface, head.faces)
        np.testing.assert_allclose(head.pose(state).means, expected, atol=2e-5)
        assert np.abs(head.pose(state).means - head.pose().means).max() > 0.004


def test_light_stays_when_the_head_turns(head):
    turned = head.pose(AvatarState(head_rotation=(0, 0.8, 0)))
    normals, colors = normals_of(turned.quats), turned.base_colors
    clay = Clay.of(head._layout)
    np.testing.assert_allclose(colors, clay.colors(normals), atol=1e-5)
    assert np.abs(colors - head.pose().base_colors).max() > 0.2


def test_an_identity_moves_surface_and_joints(head):
    identity = np.zeros(mien_head().num_identity, np.float32)
    identity[:3] = 2, -1, 1.5
    shaped = head.pose(AvatarState(identity=identity))
    expected = mien_head().identity(identity)
    np.testing.assert_allclose(head.surface(AvatarState(identity=identity)), expected, atol=1e-6)
    assert np.abs(shaped.means - head.pose().means).max() > 0.003
    person = head.person(identity)
    assert isinstance(person, RiggedAvatar)
    assert head.person(np.pad(identity, (0, 9))) is person, "too many coefficients are left out"
    assert person.deformer.entry_deltas is head.person().deformer.entry_deltas
    for number in range(12):
        head.person(np.array([number + 1.0], np.float32))
    assert len(head._people) <= 4
    assert head.person() is head.person(np.zeros(5, np.float32))
    joints = mien_head().joints_of(expected)
    np.testing.assert_allclose(head.person(identity).rig.joint_positions, joints, atol=1e-6)


def test_names_and_files_are_opened(head, tmp_path, monkeypatch):
    named = open_avatar("mien_head")
    assert isinstance(named, TemplateAvatar)
    assert named.head is mien_head()
    asset = template_asset("mien_head")
    opened = read_asset(asset, lambda _fraction, _message: None)
    assert isinstance(opened, TemplateAvatar)
    assert opened.head is mien_head()
    assert describe(Path("mien_head"))["kind"] == "template"
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"flame\.is\.tue\.mpg\.de.*put it into") as caught:
        open_avatar("flame")
    assert "\n" not in str(caught.value)


def test_a_kit_in_the_models_folder_is_found_by_its_name(shared_data, monkeypatch):
    monkeypatch.setenv("MIEN_MODELS", str(shared_data))
    asset = template_asset("ict_facekit")
    kit = shared_data / "ict-facekit" / "ict_light_fp16.npz"
    assert Path(asset.path) == kit.resolve()


def test_the_kits_folder_is_an_avatar_and_other_folders_are_pictures(tmp_path):
    (tmp_path / "generic_neutral_mesh.obj").write_text("v 0 0 0\n")
    assert asset_for(tmp_path).kind == "avatar"
    (tmp_path / "frames").mkdir()
    assert asset_for(tmp_path / "frames").kind == "video"
