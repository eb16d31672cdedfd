"""Avatars for other programs: LAM's archive comes back as the same person, a GLB as their rig."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from mien.avatar import open_avatar
from mien.avatar.kinds.lam import _read_rig
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.kinds.static import StaticAvatar
from mien.avatar.state import AvatarState
from mien.avatar.writing import with_vertices, write_avatar
from mien.camera import Camera
from mien.errors import FileError
from mien.gaussians.cloud import from_colors
from mien.gltf import GltfFile
from mien.image import psnr
from mien.orbit import Orbit
from mien.rendering.backends.cpu import CpuRenderer
from mien.resources import resource

STATES = (
    AvatarState(),
    AvatarState.of({"jawOpen": 0.7, "mouthSmileLeft": 0.8}),
    AvatarState.of({"eyeBlinkLeft": 1.0}, head_rotation=[0.1, 0.4, 0.0]),
)


@pytest.fixture(scope="module")
def ada() -> RiggedAvatar:
    opened = open_avatar(resource("demo/ada.avatar"))
    assert isinstance(opened, RiggedAvatar)
    return opened


@pytest.fixture(scope="module")
def archive(ada: RiggedAvatar, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lam") / "ada.zip"
    write_avatar(path, ada)
    return path


def _camera() -> Camera:
    return Orbit(pivot=(0.0, 0.0, 0.0), distance=0.9, yaw=0.3).camera((160, 160))


def test_an_archive_comes_back_as_the_same_person_in_every_state(
    ada: RiggedAvatar, archive: Path
) -> None:
    back, renderer = open_avatar(archive), CpuRenderer()
    assert isinstance(back, RiggedAvatar)
    assert set(back.expression_names) == set(ada.expression_names)
    assert set(back.joints) == set(ada.joints)
    for state in STATES:
        pictures = [renderer.render(who.pose(state), _camera()).rgb for who in (ada, back)]
        assert pictures[0].std() > 0.05
        assert psnr(*pictures) > 33
    renderer.close()


def test_an_archive_has_lam_s_members(archive: Path) -> None:
    with zipfile.ZipFile(archive) as held:
        assert held.namelist() == ["ada/skin.glb", "ada/offset.ply"]
        assert held.testzip() is None


def test_a_gaussian_s_vertex_moves_as_its_triangle_does(ada: RiggedAvatar) -> None:
    rig, cloud = with_vertices(ada)
    v = ada.rig.num_vertices
    assert cloud.num_gaussians == rig.num_vertices == v + ada.num_gaussians
    np.testing.assert_allclose(rig.rest[v:] + cloud.means[v:], ada.pose().means, atol=1e-6)
    grown = RiggedAvatar("grown", rig, ada.gaussians)
    for state in STATES:
        binding = ada.gaussians.binding
        expected = binding.points(ada.surface(state), ada.rig.faces)
        np.testing.assert_allclose(grown.surface(state)[v:], expected, atol=2e-4)


def test_a_glb_is_the_person_s_own_rig(ada: RiggedAvatar, tmp_path: Path) -> None:
    path = tmp_path / "ada.glb"
    write_avatar(path, ada)
    found = _read_rig(GltfFile.parse(path.read_bytes(), path))
    np.testing.assert_array_equal(found.rest, ada.rig.rest)
    np.testing.assert_array_equal(found.faces, ada.rig.faces)
    assert found.expression_names == ada.rig.expression_names
    assert found.joint_names == ada.rig.joint_names
    # The root turns nothing about its place, so nobody reads it.
    np.testing.assert_allclose(found.joint_positions[1:], ada.rig.joint_positions[1:], atol=1e-6)
    entry = found.expression_names.index("jawOpen")
    rows = slice(found.shape_starts[entry], found.shape_starts[entry + 1])
    assert np.abs(found.shape_deltas[rows]).max() > 0.01


def test_who_has_no_rig_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    cloud = from_colors(
        np.eye(3), np.eye(4)[[0, 0, 0]], np.full((3, 3), -3.0), np.zeros(3), np.eye(3)
    )
    with pytest.raises(FileError, match="has no rig"):
        write_avatar(tmp_path / "bust.zip", StaticAvatar("bust", cloud))
    assert not list(tmp_path.iterdir())
