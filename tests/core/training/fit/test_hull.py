from __future__ import annotations

from dataclasses import replace

import numpy as np

from filmed_scenes import rig_around
from mien.capture.protocol import CaptureCamera
from mien.training.fit.hull import carve, seen_colors
from mien.training.fit.views import Photograph

RADIUS, MIDDLE = 0.08, np.array([0.02, -0.05, 0.01])


def _ball(held: CaptureCamera) -> Photograph:
    """Return a picture of a ball: its mask, and its colour by the side that it shows."""
    camera = held.camera
    rows, columns = np.mgrid[: camera.height, : camera.width] + 0.5
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
    rays = camera.unproject(pixels, np.ones(len(pixels))) - camera.position
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    toward = MIDDLE - camera.position
    near = np.linalg.norm(np.cross(rays, toward), axis=1) < RADIUS
    mask = (255 * near).reshape(camera.height, camera.width).astype(np.uint8)
    image = np.zeros((camera.height, camera.width, 3), np.uint8)
    image[mask > 0] = (200, 100, 50) if camera.position[2] > 0 else (20, 40, 60)
    size = (camera.height, camera.width)
    return Photograph(held.name, 0, camera, image, mask, (0, size[0], 0, size[1]))


def _photographs(count: int = 12) -> list[Photograph]:
    return [_ball(held) for held in rig_around(count, 128)]


def test_a_ball_is_carved_to_its_place_and_size() -> None:
    hull = carve(_photographs(), np.full(3, -0.2), np.full(3, 0.2), spacing=0.005)
    assert hull is not None
    points, normals = hull.shell()
    radii = np.linalg.norm(points - MIDDLE, axis=1)
    # Cameras near the horizon leave a little more at the poles than there is.
    assert abs(np.median(radii) - RADIUS) < 0.006
    outward = np.sum(normals * (points - MIDDLE), axis=1) / radii
    assert np.median(outward) > 0.95
    assert hull.contains(np.array([MIDDLE, MIDDLE + [0, 0, 0.15], [9, 9, 9]])).tolist() == [
        True,
        False,
        False,
    ]


def test_what_few_cameras_see_is_not_inside() -> None:
    photographs = _photographs()
    window = slice(60, 68)
    narrow = [
        replace(
            held,
            camera=held.camera.cropped(60, 60, (8, 8)),
            image=held.image[window, window],
            mask=held.mask[window, window],
        )
        for held in photographs[3:]
        if held.mask is not None
    ]

    def farthest(chosen: list[Photograph]) -> float:
        hull = carve(chosen, np.full(3, -0.3), np.full(3, 0.3), spacing=0.01)
        assert hull is not None
        places = hull.origin + np.argwhere(hull.occupied) * hull.spacing
        return float(np.linalg.norm(places - MIDDLE, axis=1).max())

    # Three cameras of one side cannot tell how far the ball reaches towards them; of the others,
    # who see a few pixels only, at least one must agree.
    assert farthest(photographs[:3]) > farthest(photographs[:3] + narrow) + 0.01


def test_without_masks_nothing_is_carved() -> None:
    bare = [replace(held, mask=None) for held in _photographs(4)]
    assert carve(bare, np.full(3, -0.1), np.full(3, 0.1), spacing=0.01) is None


def test_points_take_the_colour_of_the_pictures_they_face() -> None:
    front, back = MIDDLE + [0, 0, RADIUS], MIDDLE - [0, 0, RADIUS]
    colors, weights = seen_colors(
        np.array([front, back]), np.array([[0, 0, 1.0], [0, 0, -1.0]]), _photographs()
    )
    np.testing.assert_allclose(colors * 255, [(200, 100, 50), (20, 40, 60)], atol=1)
    assert (weights > 0.1).all()
