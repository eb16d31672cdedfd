"""The pinhole camera and the orbit around a head."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.camera import Camera
from mien.orbit import Orbit

CAMERA = Camera(np.eye(4), np.array([[500.0, 0, 210], [0, 480.0, 130], [0, 0, 1]]), size=(400, 300))


def test_known_point_lands_on_its_pixel():
    pixels, depths = CAMERA.project([[0.1, -0.2, 2.0]])
    np.testing.assert_allclose(pixels[0], (500 * 0.05 + 210, 480 * -0.1 + 130))
    np.testing.assert_allclose(depths, 2)


def test_unproject_undoes_project():
    points = np.random.default_rng(1).uniform(-1, 1, (20, 3)) + (0, 0, 3)
    np.testing.assert_allclose(CAMERA.unproject(*CAMERA.project(points)), points, atol=1e-9)


def test_resized_and_cropped_see_the_same():
    point = [[0.3, 0.2, 2.5]]
    pixel = CAMERA.project(point)[0]
    half = CAMERA.resized((200, 150)).project(point)[0]
    window = CAMERA.cropped(30, 20, (100, 100)).project(point)[0]
    np.testing.assert_allclose(half * 2, pixel)
    np.testing.assert_allclose(window + (30, 20), pixel)


def test_clip_matrix_agrees_with_pixels():
    point = np.array([0.2, -0.1, 1.5, 1.0])
    clip = CAMERA.clip_from_camera() @ point
    x, y = clip[:2] / clip[3]
    pixel = ((x + 1) / 2 * 400, (1 - y) / 2 * 300)
    np.testing.assert_allclose(pixel, CAMERA.project([point[:3]])[0][0])


def test_cameras_are_values():
    same = Camera(CAMERA.world_from_camera.copy(), CAMERA.intrinsics.copy(), (400, 300))
    assert same == CAMERA
    assert hash(same) == hash(CAMERA)
    assert CAMERA.resized((40, 30)) != CAMERA
    with pytest.raises(ValueError, match="read-only"):
        CAMERA.intrinsics[0, 0] = 1


@pytest.mark.parametrize("size", [(0, 10), (10, -1)])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(ValueError, match="positive"):
        Camera(np.eye(4), np.eye(3), size)


def test_orbit_yaw_moves_to_the_viewers_right():
    turned = Orbit(distance=2).orbited(np.radians(90), 0)
    np.testing.assert_allclose(turned.eye, (2, 0, 0), atol=1e-12)


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_pivot_stays_in_the_middle(yaw, pitch):
    orbit = Orbit(pivot=(0.1, 1.6, 0.0), distance=0.8).orbited(yaw, pitch)
    pixels, depths = orbit.camera((320, 240)).project([orbit.pivot])
    np.testing.assert_allclose(pixels[0], (160, 120), atol=1e-6)
    np.testing.assert_allclose(depths[0], 0.8)


def test_pan_follows_the_hand():
    # Dragging by a tenth of the picture's height moves what was at the pivot by as much.
    orbit = Orbit(distance=2)
    pixels, _ = orbit.panned(0.1, 0.0).camera((200, 200)).project([orbit.pivot])
    np.testing.assert_allclose(pixels[0], (120, 100), atol=1e-6)


def test_framing_fits_the_narrow_side():
    orbit = Orbit(fov_y=np.radians(30)).framing((0, 0, 0), 1.0, aspect=0.5)
    camera = orbit.camera((100, 200))
    # The silhouette of a sphere touches the left edge: its tangent lies at asin(r / d).
    half_angle = np.arctan(camera.width / 2 / camera.intrinsics[0, 0])
    np.testing.assert_allclose(np.sin(half_angle), 1 / orbit.distance, rtol=1e-9)


def test_toward_takes_the_short_way():
    middle = Orbit(yaw=np.radians(170)).toward(Orbit(yaw=np.radians(-170)), 0.5)
    np.testing.assert_allclose(abs(middle.yaw), np.pi, atol=1e-9)
