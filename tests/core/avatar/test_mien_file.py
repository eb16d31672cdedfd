from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import avatar_scenes
from mien.avatar import AvatarState, avatar_from_cloud, open_avatar
from mien.avatar.kinds.blended import blend
from mien.avatar.kinds.mien_file import save_avatar
from mien.avatar.kinds.rigged import Fitting, RiggedAvatar
from mien.avatar.kinds.static import StaticAvatar
from mien.avatar.rig import BoundGaussians, SurfaceBinding
from mien.avatar.template_rig import rig_from_template
from mien.errors import FileError
from mien.template.selection import open_template

STATE = AvatarState.of({"jawOpen": 0.6}, head_rotation=[0.1, 0.3, 0])


def test_a_rigged_avatar_comes_back(tmp_path: Path) -> None:
    avatar = replace(avatar_scenes.avatar("Ann", num_gaussians=500), source=None)
    path = tmp_path / "ann.avatar"
    save_avatar(path, avatar)
    again = open_avatar(path)
    assert isinstance(again, RiggedAvatar)
    assert (again.name, again.template, again.source) == ("Ann", "grid", path)
    assert again.expression_names == avatar.expression_names
    assert again.rig.joint_names == avatar.rig.joint_names
    np.testing.assert_array_equal(again.region_weights, avatar.region_weights)
    a, b = avatar.pose(STATE), again.pose(STATE)
    np.testing.assert_allclose(a.means, b.means, atol=2e-5)
    np.testing.assert_allclose(a.quats, b.quats, atol=4e-3)
    np.testing.assert_allclose(a.log_scales, b.log_scales, atol=4e-3)
    np.testing.assert_allclose(a.sh, b.sh, atol=2e-3)


def test_saving_again_changes_nothing_more(tmp_path: Path) -> None:
    save_avatar(tmp_path / "a.avatar", avatar_scenes.avatar(num_gaussians=300))
    once = open_avatar(tmp_path / "a.avatar")
    save_avatar(tmp_path / "b.avatar", once)
    twice = open_avatar(tmp_path / "b.avatar")
    for name in ("means", "quats", "log_scales", "logit_opacities", "sh"):
        assert getattr(once.pose(), name).tobytes() == getattr(twice.pose(), name).tobytes()


def test_a_static_avatar_keeps_every_bit(tmp_path: Path) -> None:
    cloud = avatar_scenes.cloud(avatar_scenes.grid()[0]).replace(
        binding=np.arange(169), extras={"nx": np.linspace(0, 1, 169, dtype=np.float32)}
    )
    avatar = avatar_from_cloud(cloud, "scan")
    save_avatar(tmp_path / "scan.avatar", avatar)
    again = open_avatar(tmp_path / "scan.avatar")
    assert isinstance(again, StaticAvatar)
    assert again.note == avatar.note != ""
    for name in ("means", "quats", "log_scales", "logit_opacities", "sh", "binding"):
        assert getattr(again.cloud, name).tobytes() == getattr(cloud, name).tobytes()
    np.testing.assert_array_equal(again.cloud.extras["nx"], cloud.extras["nx"])


def test_logits_beyond_half_floats_stay(tmp_path: Path) -> None:
    avatar = avatar_scenes.avatar()
    logits = np.full(avatar.num_gaussians, 1e6, np.float32)
    avatar = replace(avatar, gaussians=replace(avatar.gaussians, logit_opacities=logits))
    save_avatar(tmp_path / "a.avatar", avatar)
    np.testing.assert_array_equal(open_avatar(tmp_path / "a.avatar").pose().logit_opacities, 1e6)


def test_a_person_on_the_shipped_template_is_small(tmp_path: Path) -> None:
    template = open_template("mien_head")
    identity = np.random.default_rng(0).normal(size=8)
    rig = rig_from_template(template, identity)
    n = 20_000
    random = np.random.default_rng(1)
    binding = SurfaceBinding(
        random.integers(0, len(rig.faces), n).astype(np.int32),
        random.dirichlet(np.ones(3), n).astype(np.float32),
    )
    places = binding.points(rig.rest, rig.faces)
    bound = BoundGaussians.from_cloud(rig, binding, avatar_scenes.cloud(places))
    person = RiggedAvatar("Demo", rig, bound, template="mien_head")
    path = tmp_path / "demo.avatar"
    save_avatar(path, person)
    assert path.stat().st_size < 1.5e6
    with h5py.File(path) as file:
        assert "faces" not in file["rig"]
    a, b = person.pose(STATE), open_avatar(path).pose(STATE)
    np.testing.assert_allclose(a.means, b.means, atol=2e-6)


def test_a_fitted_person_says_where_they_come_from(tmp_path: Path) -> None:
    template = open_template("mien_head")
    rig = rig_from_template(template, [0.5])
    binding = SurfaceBinding.to_vertices(rig.faces, np.arange(40))
    places = binding.points(rig.rest, rig.faces)
    bound = BoundGaussians.from_cloud(rig, binding, avatar_scenes.cloud(places))
    motion = np.diag([2.0, 2.0, 2.0, 1.0])
    motion[:3, 3] = 0.1, 0.2, 1 / 3
    fitting = Fitting(motion, "mien_head", {"psnr": 33.25, "steps": 7, "capture": "Zoë"})
    path = tmp_path / "fitted.avatar"
    save_avatar(path, RiggedAvatar("Zoë", rig, bound, fitting=fitting))
    again = open_avatar(path)
    assert isinstance(again, RiggedAvatar)
    assert again.fitting is not None
    np.testing.assert_array_equal(again.head_from_world, motion)
    assert again.fitting.rig_template == "mien_head"
    assert dict(again.fitting.provenance) == dict(fitting.provenance)
    # It shares the template's tables, but its Gaussians are nobody else's.
    assert again.template is None
    assert again.rig.shape_deltas.shape == rig.shape_deltas.shape
    with h5py.File(path) as file:
        assert "faces" not in file["rig"]


def test_a_real_blend_is_small_and_looks_the_same(shared_data: Path, tmp_path: Path) -> None:
    avatars = [open_avatar(shared_data / "lam" / f"{name}.zip") for name in ("p2-1", "james")]
    mixed = blend(avatars, [1, 1])
    path = tmp_path / "mixed.avatar"
    save_avatar(path, mixed)
    assert path.stat().st_size < 8e6
    again = open_avatar(path)
    a, b = mixed.pose(STATE), again.pose(STATE)
    np.testing.assert_allclose(a.means, b.means, atol=2e-4)
    np.testing.assert_allclose(a.base_colors, b.base_colors, atol=2e-3)
    # It can be blended on with the avatars it came from.
    assert blend([again, avatars[0]], [1, 1]).num_gaussians == 20018


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))


def edit(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            change(file)

    return damage


def put(name: str, values: Any) -> Callable[[Path], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = values

    return edit(change)


def claim(file: h5py.File) -> None:
    del file["offsets"]
    file.create_dataset("offsets", (10**12, 3), np.float32, chunks=(1024, 3))


def link(file: h5py.File) -> None:
    del file["offsets"]
    file["offsets"] = h5py.ExternalLink("/etc/passwd", "/x")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, "truncated or damaged"),
        (empty, "truncated or damaged"),
        (foreign, "truncated or damaged"),
        (edit(lambda f: f.attrs.modify("kind", "mien-track")), "no avatar of Mien's"),
        (edit(lambda f: f.attrs.modify("version", 99)), "version 99"),
        (edit(lambda f: f.attrs.modify("avatar", "ghost")), "kind 'ghost'"),
        (edit(claim), "more than it can hold"),
        (edit(link), "has no offsets"),
        (put("quats", np.full((169, 4), np.nan)), "quats are not all numbers"),
        (put("quats", np.zeros((3, 4))), "quats must be"),
        (put("triangles", np.full(169, 10**6)), "triangles that are not there"),
        (put("triangles", np.full(169, -3)), "no indices"),
        (put("rig/faces", np.full((5, 3), 10**6)), "faces has indices outside"),
        (put("rig/rest", np.array([b"x", b"y"])), "not numbers"),
        (put("region_weights", np.zeros((3, 10), np.uint8)), "face regions do not fit"),
        (edit(lambda f: f["rig"].attrs.modify("expressions", ["wink"])), "none of ARKit's"),
        (edit(lambda f: f["rig"].attrs.create("template", "grid")), "head template 'grid'"),
    ],
)
def test_broken_files_give_one_clear_line(
    damage: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "broken.avatar"
    save_avatar(path, avatar_scenes.avatar())
    damage(path)
    with pytest.raises(FileError, match=reason) as caught:
        open_avatar(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ann.avatar"
    save_avatar(path, avatar_scenes.avatar("old"))
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("mien.avatar.kinds.mien_file._write_rigged", fail)
    with pytest.raises(FileError, match="disk full"):
        save_avatar(path, avatar_scenes.avatar("new"))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
