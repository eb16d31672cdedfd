"""Which cameras look, and from where in the head's own frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from filmed_scenes import FilmedCapture, rig_around
from mien.avatar.deformer import Deformer
from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View, ViewMissing, camera_named
from mien.errors import FileError, MienError
from mien.training.fit.surface import tracked_surface
from mien.training.reconstruction.placing import chosen_views, placed, spread


def _at(degrees: float, name: str = "") -> CaptureCamera:
    angle = np.radians(degrees)
    camera = Camera.looking_at(
        (np.sin(angle), 0, np.cos(angle)), (0, 0, 0), size=(32, 32), fov_y=0.4
    )
    return CaptureCamera(name or f"{degrees:g}", camera)


def _names(cameras: list[CaptureCamera]) -> list[str]:
    return [held.name for held in cameras]


def test_the_first_view_is_from_the_front_and_the_next_from_the_other_side() -> None:
    ring = [_at(degrees) for degrees in (100, 10, 45, -170, -80, 20)]
    assert _names(spread(ring, 2)) == ["10", "-170"]
    assert _names(spread(ring, 4))[2:] in (["-80", "100"], ["100", "-80"])


def test_no_camera_is_taken_twice_and_all_where_many_are_wanted() -> None:
    ring = [_at(degrees) for degrees in range(0, 360, 30)]
    assert sorted(_names(spread(ring, 40))) == sorted(_names(ring))
    assert spread(ring, 0) == []
    assert spread([], 3) == []


def test_cameras_beside_those_that_are_known_look_from_elsewhere() -> None:
    ring = [_at(degrees) for degrees in (0, 90, 180, 270)]
    assert _names(spread(ring, 1, beside=[_at(-20), _at(80)])) == ["180"]
    chosen = spread(ring, 2, beside=[_at(0, "a"), _at(90, "b")])
    assert sorted(_names(chosen)) == ["180", "270"]


def test_training_cameras_come_first(filmed: FilmedCapture) -> None:
    at = placed(filmed, 0, "mien_head")
    train = {held.name for held in filmed.cameras if held.split == "train"}
    assert set(_names(chosen_views(at, views=len(train), cameras=None))) == train
    everybody = chosen_views(at, views=99, cameras=None)
    assert len(everybody) == len(filmed.cameras)
    assert set(_names(everybody[: len(train)])) == train


def test_cameras_without_a_picture_are_not_chosen(filmed: FilmedCapture) -> None:
    views = {key: view for key, view in filmed.views.items() if key != ("c0", 0)}
    at = placed(replace(filmed, views=views), 0, "mien_head")
    assert "c0" not in _names(chosen_views(at, views=99, cameras=None))
    with pytest.raises(ViewMissing, match="camera c0 has no picture in frame 0"):
        chosen_views(at, views=8, cameras=["c1", "c0"])


def test_wishes_that_cannot_be_met_are_told_in_a_line(filmed: FilmedCapture) -> None:
    at = placed(filmed, 0, "mien_head")
    with pytest.raises(MienError, match="no camera 'c77'; it has c0, c1"):
        chosen_views(at, views=8, cameras=["c77"])
    with pytest.raises(MienError, match="at least one must go in"):
        chosen_views(at, views=0, cameras=None)
    with pytest.raises(MienError, match="no frame 9"):
        placed(filmed, 9, "mien_head")


def test_cameras_stand_around_a_head_that_does_not_turn(filmed: FilmedCapture) -> None:
    assert filmed.tracking is not None
    surface = tracked_surface(filmed.tracking, (1,))
    posed = Deformer.of(surface.rig).points(surface.states[1])
    assert posed is not None
    rig = surface.rig
    share = (rig.skin_weights * (rig.skin_joints == rig.joint_names.index("head"))).sum(axis=1)
    head = share > 0.999
    at = placed(filmed, 1, "mien_head")
    for held in filmed.cameras:
        seen, _ = held.camera.project(posed[head])
        moved, _ = camera_named(at.capture, held.name).camera.project(rig.rest[head])
        np.testing.assert_allclose(moved, seen, atol=2e-3)


def test_a_head_that_nobody_can_find_is_an_error_and_not_a_guess() -> None:
    cameras = rig_around(4, 32)
    grain = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    views = {(held.name, 0): View(grain) for held in cameras}
    empty = FilmedCapture(cameras, views, None, aligned=False)
    with pytest.raises(FileError, match="no head was found in frame 0"):
        placed(empty, 0, "mien_head")
