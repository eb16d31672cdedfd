from __future__ import annotations

import numpy as np
import pytest

from mien.camera import Camera
from mien.capture.protocol import View
from mien.training.headsup.pictures import Look, as_input, as_target, shown

GREEN = np.array([40, 200, 60], np.uint8)
ONES = np.ones(3, np.float32)


def _composited(size: tuple[int, int] = (60, 40)) -> tuple[View, np.ndarray, np.ndarray]:
    """Return a view before green, and the person's own colours and coverage."""
    rng = np.random.default_rng(0)
    width, height = size
    own = rng.uniform(0, 1, (height, width, 3)).astype(np.float32)
    cover = np.zeros((height, width), np.float32)
    cover[8:30, 10:35] = 1
    cover[7, 10:35] = cover[30, 10:35] = 0.5
    mixed = own * cover[..., None] + GREEN / 255 * (1 - cover[..., None])
    return View((mixed * 255).round().astype(np.uint8), (cover * 255).astype(np.uint8)), own, cover


def test_a_known_background_leaves_no_halo_behind() -> None:
    view, own, cover = _composited()
    red = np.array([1, 0, 0], np.float32)
    pixels = shown(view, Look(red, ONES), GREEN)
    wanted = own * cover[..., None] + red * (1 - cover[..., None])
    np.testing.assert_allclose(pixels[..., :3], wanted, atol=0.006)
    np.testing.assert_allclose(pixels[..., 3], cover, atol=0.003)
    # Nobody knows what a room adds to an edge's colour: it stays a little green.
    guessed = shown(view, Look(red, ONES), None)[7, 10:35, :3]
    assert np.abs(guessed - wanted[7, 10:35]).max() > 0.05


def test_light_colours_the_person_and_not_the_new_background() -> None:
    view, own, cover = _composited()
    grey, gains = np.full(3, 0.25, np.float32), np.array([1.1, 1, 0.8], np.float32)
    pixels = shown(view, Look(grey, gains), GREEN)
    np.testing.assert_allclose(pixels[10, 12, :3], own[10, 12] * gains, atol=0.006)
    np.testing.assert_allclose(pixels[0, 0, :3], grey, atol=0.006)
    assert cover[0, 0] == 0
    kept = shown(view, Look(None, ONES), GREEN)
    np.testing.assert_allclose(kept[..., :3], view.image / np.float32(255), atol=1e-6)


def test_a_target_is_cropped_to_the_person_and_its_camera_with_it() -> None:
    view, _, _ = _composited()
    camera = Camera.looking_at((0, 0, 1), (0, 0, 0), size=(60, 40), fov_y=0.5)
    pixels = shown(view, Look(None, ONES), GREEN)
    target = as_target(pixels, camera, 60, masked=True)
    assert target.image.shape[:2] == target.camera.size[::-1] == (38, 41)
    top, bottom, left, right = target.inner
    assert target.mask is not None
    assert (bottom - top, right - left) == (22, 25)
    assert (target.mask[top:bottom, left:right] >= 0.49).all()
    # What was in the middle of a pixel still is.
    world = camera.unproject(np.array([[22.5, 18.5]]), np.array([0.9]))
    place, _ = target.camera.project(world)
    column, row = np.floor(place[0]).astype(int)
    np.testing.assert_array_equal(target.image[row, column], pixels[18, 22, :3])


def test_a_target_is_scaled_down_and_never_up() -> None:
    view, _, _ = _composited()
    camera = Camera.looking_at((0, 0, 1), (0, 0, 0), size=(60, 40), fov_y=0.5)
    pixels = shown(view, Look(None, ONES), GREEN)
    assert as_target(pixels, camera, 30, masked=False).camera.size == (30, 20)
    assert as_target(pixels, camera, 600, masked=False).camera.size == (60, 40)


@pytest.mark.parametrize("size", [(60, 40), (40, 60)])
def test_views_of_any_shape_go_in_as_squares_whose_rays_are_right(size: tuple[int, int]) -> None:
    view, _, _ = _composited(size) if size == (60, 40) else _composited()
    camera = Camera.looking_at((0, 0.1, 1), (0, 0, 0), size=(60, 40), fov_y=0.5)
    if size != (60, 40):
        view = View(np.ascontiguousarray(view.image.transpose(1, 0, 2)))
        camera = Camera.looking_at((0, 0.1, 1), (0, 0, 0), size=size, fov_y=0.5)
    picture, rays = as_input(shown(view, Look(None, ONES), None), camera, 30)
    assert picture.shape == (4, 30, 30)
    assert rays.shape == (6, 30, 30)
    # The ray of a pixel passes through what that pixel shows.
    scaled = camera.resized((30, 20) if size == (60, 40) else (20, 30))
    point = scaled.unproject(np.array([[7.5, 4.5]]), np.array([0.8]))[0]
    direction, moment = rays[:3, 4, 7], rays[3:, 4, 7]
    np.testing.assert_allclose(np.cross(point, direction), moment, atol=1e-5)
