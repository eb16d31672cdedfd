"""Reconstruction: what it takes, what it gives back, and what it says of bad captures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import filmed_scenes
from filmed_scenes import FilmedCapture
from mien.avatar.state import AvatarState
from mien.capture.protocol import CaptureCamera, View, ViewMissing, with_camera
from mien.evaluation.measuring import in_world_of
from mien.models.headsup.decoding import HeadDecoder
from mien.training.reconstruction.one_pass import reconstruct, unused_scores
from mien.transforms import matrix_from_axis_angle, rigid


def test_views_become_an_avatar_that_moves(decoder: HeadDecoder, filmed: FilmedCapture) -> None:
    made = reconstruct(decoder, filmed, views=4, name="Ada")
    assert made.latent.shape == decoder.latent_shape
    assert len(made.views) == 4
    avatar = made.avatar
    assert (avatar.name, avatar.kind) == ("Ada", "rigged")
    assert avatar.template == decoder.template
    assert avatar.num_gaussians == decoder.canvas.num_texels
    opened = avatar.pose(AvatarState.of({"jawOpen": 1.0}, head_rotation=[0, 0.3, 0]))
    assert np.abs(opened.means - avatar.neutral.means).max() > 0.01
    assert made.warnings == ()
    assert made.notes == ("the head was found as tracked in the capture",)
    assert avatar.fitting is not None
    assert avatar.fitting.provenance["views"] == 4


@pytest.mark.parametrize("views", [1, 3, 40])
def test_any_number_of_views_will_do(
    decoder: HeadDecoder, filmed: FilmedCapture, views: int
) -> None:
    made = reconstruct(decoder, filmed, views=views)
    assert len(made.views) == min(views, len(filmed.cameras))
    assert np.isfinite(made.avatar.neutral.means).all()


def test_order_of_cameras_does_not_matter(decoder: HeadDecoder, filmed: FilmedCapture) -> None:
    one = reconstruct(decoder, filmed, cameras=["c0", "c2", "c3"])
    two = reconstruct(decoder, filmed, cameras=["c3", "c0", "c2"])
    assert one.views == ("c0", "c2", "c3")
    np.testing.assert_allclose(one.latent, two.latent, atol=2e-5)


def _rescaled(filmed: FilmedCapture, name: str, step: int) -> FilmedCapture:
    """Return the capture with every `step`th pixel of a camera only."""
    view = filmed.views[name, 0]
    assert view.mask is not None
    small = View(
        np.ascontiguousarray(view.image[::step, ::step]),
        np.ascontiguousarray(view.mask[::step, ::step]),
    )
    height, width = small.image.shape[:2]
    cameras = tuple(
        with_camera(held, held.camera.resized((width, height))) if held.name == name else held
        for held in filmed.cameras
    )
    return replace(filmed, cameras=cameras, views=filmed.views | {(name, 0): small})


def test_views_may_differ_in_size_and_shape(decoder: HeadDecoder, filmed: FilmedCapture) -> None:
    mixed = _rescaled(filmed, "c2", 3)
    view = mixed.views["c0", 0]
    assert view.mask is not None
    cropped = View(view.image[8:].copy(), view.mask[8:].copy())
    cameras = tuple(
        with_camera(held, held.camera.cropped(0, 8, (64, 56))) if held.name == "c0" else held
        for held in mixed.cameras
    )
    mixed = replace(mixed, cameras=cameras, views=mixed.views | {("c0", 0): cropped})
    made = reconstruct(decoder, mixed, views=6)
    assert {"c0", "c2"} <= set(made.views)
    assert made.warnings == ()


def test_the_background_does_not_go_in(decoder: HeadDecoder, filmed: FilmedCapture) -> None:
    views: dict[tuple[str, int], View] = {}
    for key, view in filmed.views.items():
        assert view.mask is not None
        share = view.mask[..., None] / 255
        behind = np.array(filmed_scenes.BACKGROUND)
        other = view.image + (1 - share) * (np.array([20, 200, 20]) - behind)
        views[key] = View(np.clip(np.rint(other), 0, 255).astype(np.uint8), view.mask)
    green = replace(filmed, views=views, background=np.array([20, 200, 20], np.uint8))
    one, two = (reconstruct(decoder, each, views=3) for each in (filmed, green))
    np.testing.assert_allclose(one.latent, two.latent, atol=0.02)


def _turned_away(held: CaptureCamera) -> CaptureCamera:
    camera = held.camera
    turn = rigid(matrix_from_axis_angle([0.0, 0.35, 0.2]), np.zeros(3))
    return with_camera(held, replace(camera, world_from_camera=camera.world_from_camera @ turn))


def test_a_wrong_camera_is_named_and_left_out(decoder: HeadDecoder, filmed: FilmedCapture) -> None:
    cameras = tuple(_turned_away(h) if h.name == "c4" else h for h in filmed.cameras)
    names = ["c0", "c2", "c4", "c6"]
    made = reconstruct(decoder, replace(filmed, cameras=cameras), cameras=names)
    (warning,) = made.warnings
    assert warning.startswith("camera c4: reprojection disagrees with the mask (IoU 0.")
    assert made.views == ("c0", "c2", "c6")
    assert (made.overlaps["c4"] or 0) < 0.2
    assert all((made.overlaps[name] or 0) > 0.4 for name in made.views)
    right = reconstruct(decoder, filmed, cameras=["c0", "c2", "c6"])
    np.testing.assert_allclose(made.latent, right.latent, atol=2e-5)


def test_where_most_cameras_disagree_none_is_left_out(
    decoder: HeadDecoder, filmed: FilmedCapture
) -> None:
    cameras = tuple(_turned_away(held) for held in filmed.cameras)
    made = reconstruct(decoder, replace(filmed, cameras=cameras), views=4)
    assert len(made.views) == 4
    assert len(made.warnings) == 4
    assert all("left out" not in warning for warning in made.warnings)


def test_pictures_of_nobody_are_left_out(decoder: HeadDecoder, filmed: FilmedCapture) -> None:
    blank = np.full((64, 64, 3), 90, np.uint8)
    nobody = View(filmed.views["c2", 0].image, np.zeros((64, 64), np.uint8))
    views = filmed.views | {("c0", 0): View(blank), ("c2", 0): nobody}
    made = reconstruct(decoder, replace(filmed, views=views), cameras=["c0", "c2", "c3"])
    assert made.views == ("c3",)
    assert made.warnings == (
        "camera c0: the picture is blank; left out",
        "camera c2: its mask shows nobody; left out",
    )
    with pytest.raises(ViewMissing, match=r"nobody is to be seen in frame 0 \(camera c0"):
        reconstruct(decoder, replace(filmed, views=views), cameras=["c0", "c2"])


def test_frames_with_a_turned_head_give_the_same_person(
    decoder: HeadDecoder, filmed: FilmedCapture
) -> None:
    """In the head's frame only the neck and the light on it differ."""
    made = reconstruct(decoder, filmed, frame=1, cameras=["c0"])
    turned = np.linalg.norm(made.head_from_world - np.eye(4))
    assert turned > 0.3
    assert made.avatar.head_from_world == pytest.approx(np.eye(4))
    assert in_world_of(made.avatar, filmed) is filmed


def test_an_expression_in_the_frame_is_told(decoder: HeadDecoder) -> None:
    smiling = filmed_scenes.film(num_cameras=2, size=32, states=(AvatarState.of({"jawOpen": 0.9}),))
    made = reconstruct(decoder, smiling, views=2)
    assert "the frame shows an expression, which the avatar will keep at rest" in made.notes


def test_unused_cameras_measure(decoder: HeadDecoder, filmed: FilmedCapture) -> None:
    made = reconstruct(decoder, filmed, views=5)
    scores = unused_scores(made, filmed)
    assert {score.camera for score in scores} == {h.name for h in filmed.cameras} - set(made.views)
    assert all(5 < score.psnr < 40 for score in scores)
