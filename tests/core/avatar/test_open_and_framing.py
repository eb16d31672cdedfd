from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import avatar_scenes
import mien
from mien.avatar import AvatarState, avatar_from_cloud, open_avatar
from mien.avatar.framing import default_orbit, head_bounds
from mien.avatar.open import avatar_suffixes
from mien.avatar.opening import avatar_kinds
from mien.avatar.protocol import Avatar
from mien.errors import FileError, UnknownFormat
from mien.gaussians.files import write_cloud


def test_splat_files_open_as_static_avatars(tmp_path: Path) -> None:
    path = tmp_path / "scan.ply"
    write_cloud(path, avatar_scenes.cloud(avatar_scenes.grid()[0]))
    avatar = mien.open_avatar(path)
    assert isinstance(avatar, Avatar)
    assert (avatar.kind, avatar.name, avatar.source) == ("static", "scan", path)
    assert avatar.expression_names == avatar.joints == ()
    assert avatar.pose(AvatarState.of({"jawOpen": 1})) is avatar.pose()


def test_a_mesh_bound_splat_keeps_its_binding_and_says_so(tmp_path: Path) -> None:
    cloud = avatar_scenes.cloud(avatar_scenes.grid()[0]).replace(binding=np.arange(169))
    write_cloud(tmp_path / "point_cloud.ply", cloud)
    avatar = open_avatar(tmp_path / "point_cloud.ply")
    np.testing.assert_array_equal(avatar.pose().binding, np.arange(169))
    assert "FLAME" in avatar.note  # type: ignore[attr-defined]
    assert not avatar_from_cloud(cloud.replace(binding=None), "x").note


def test_missing_and_foreign_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        open_avatar(tmp_path / "nothing.zip")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(UnknownFormat):
        open_avatar(tmp_path / "notes.txt")
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(FileError, match="not a zip archive"):
        open_avatar(tmp_path / "text.zip")


@pytest.mark.parametrize("name", avatar_kinds.names())
def test_every_opener_keeps_the_contract(name: str, tmp_path: Path) -> None:
    opener = avatar_kinds.get(name)
    foreign = tmp_path / "foreign.bin"
    foreign.write_bytes(b"something else")
    assert not opener.probe(foreign)
    assert opener.suffixes
    for suffix in opener.suffixes:
        assert suffix in avatar_suffixes()
        broken = tmp_path / f"broken{suffix}"
        broken.write_bytes(b"something else")
        assert opener.probe(broken)
        with pytest.raises(FileError, match=r"broken\.") as caught:
            opener.open(broken)
        assert "\n" not in str(caught.value)


def test_a_folder_is_no_avatar(tmp_path: Path) -> None:
    for name in ("people", "people.zip", "people.avatar", "people.ply"):
        (tmp_path / name).mkdir()
        with pytest.raises(FileError, match=name) as caught:
            open_avatar(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["p2-1", "james", "status"])
@pytest.mark.parametrize("aspect", [0.6, 1.0, 16 / 9])
def test_the_default_view_holds_the_whole_head(name: str, aspect: float, shared_data: Path) -> None:
    avatar = open_avatar(shared_data / "lam" / f"{name}.zip")
    size = (round(600 * aspect), 600)
    camera = default_orbit(avatar, aspect).camera(size)
    box = head_bounds(avatar)
    corners = np.array([[x, y, box.centre[2]] for x in (box.lower[0], box.upper[0])
                        for y in (box.lower[1], box.upper[1])])  # fmt: skip
    pixels, depths = camera.project(corners)
    assert (depths > 0).all()
    assert (pixels > 0).all()
    assert (pixels < size).all()
    # ... and the head fills a good part of the narrower side.
    assert np.ptp(pixels, axis=0).max() > 0.5 * min(size)


def test_anything_can_be_framed() -> None:
    orbit = default_orbit(avatar_from_cloud(avatar_scenes.cloud(np.zeros((1, 3))), "dot"))
    assert np.isfinite(orbit.distance)
    assert orbit.distance > 0
