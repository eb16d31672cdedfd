from __future__ import annotations

import numpy as np
import pytest

from made_captures import MadeCapture
from mien.capture.alignment import Realigned, similarity
from mien.capture.protocol import Capture
from mien.transforms import apply, matrix_from_axis_angle


def test_points_of_the_old_world_land_on_their_pixels_in_the_new() -> None:
    capture = MadeCapture()
    motion = similarity(matrix_from_axis_angle([0.2, -0.7, 0.1]), [0.1, 0.2, -0.3], 1.7)
    moved = Realigned(capture, motion)
    assert isinstance(moved, Capture)
    points = np.random.default_rng(0).normal(0, 0.05, (9, 3))
    for before, after in zip(capture.cameras, moved.cameras, strict=True):
        pixels, depths = before.camera.project(points)
        again, scaled = after.camera.project(apply(motion, points))
        np.testing.assert_allclose(again, pixels, atol=1e-8)
        np.testing.assert_allclose(scaled, 1.7 * depths)
        assert (after.name, after.split) == (before.name, before.split)
    old, new = capture.view("c00", 1), moved.view("c00", 1)
    assert np.array_equal(old.image, new.image)
    assert old.depth is not None
    assert new.depth is not None
    np.testing.assert_allclose(new.depth, 1.7 * old.depth, rtol=1e-6)
    np.testing.assert_allclose(moved.head_from_world, motion @ capture.head_from_world)
    # What was tracked was tracked in the old world.
    assert moved.tracking is None
    assert moved.present("c00", 0)
    with moved as held:
        assert held.name == capture.name


@pytest.mark.parametrize("name", ["cameras", "tracking", "aligned"])
def test_without_motion_everything_stays(name: str) -> None:
    capture = MadeCapture()
    still = Realigned(capture, np.eye(4))
    kept, given = getattr(still, name), getattr(capture, name)
    if name == "cameras":
        assert kept == given
    elif name == "tracking":
        assert np.array_equal(kept.expression, given.expression)
    else:
        assert kept is given
