"""Where hair ends over texels, from depth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien.camera import Camera
from mien.training.headsup.person import Texels
from mien.training.headsup.texel_shells import STEP, DepthView, texel_shells

HAIR = 0.03


@pytest.fixture
def patch():
    """A patch of skin, 10 cm by 10 cm at z = 0, that looks toward +Z."""
    x, y = np.meshgrid(np.linspace(-0.05, 0.05, 21), np.linspace(-0.05, 0.05, 21))
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1).astype(np.float32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (len(points), 1))
    return Texels(points, normals, points, *np.ones((2, len(points)), bool))


def front(size=(120, 120)):
    """See the patch from a metre away; hair of 3 cm covers its left half, x < 0."""
    camera = Camera.looking_at((0, 0, 1), (0, 0, 0), size=size, fov_y=0.3)
    depth = np.full(size[::-1], 1.0, np.float32)
    depth[:, : size[0] // 2] = 1 - HAIR
    return DepthView(camera, depth)


def test_hair_ends_where_a_view_sees_it_and_bare_skin_is_bare(patch):
    heights, known = texel_shells(patch, [front()])
    left, right = patch.points[:, 0] < -0.004, patch.points[:, 0] > 0.004
    assert np.abs(heights[left] - HAIR).max() <= 1.5 * STEP
    assert heights[right].max() <= 2 * STEP
    assert known[left | right].all()


def test_views_may_differ_in_size(patch):
    one, _ = texel_shells(patch, [front()])
    both, _ = texel_shells(patch, [front(), front((80, 64))])
    away = np.abs(patch.points[:, 0]) > 0.006
    np.testing.assert_allclose(both[away], one[away], atol=STEP)


def test_what_no_view_sees_is_not_known(patch):
    aside = Camera.looking_at((0, 0, 1), (1, 0, 1), size=(32, 32), fov_y=0.3)
    heights, known = texel_shells(patch, [DepthView(aside, np.ones((32, 32), np.float32))])
    assert not known.any()
    assert not heights.any()


def test_nothing_grows_where_nothing_may(patch):
    bare = replace(patch, outer=np.zeros(len(patch.points), bool))
    heights, _ = texel_shells(bare, [front()])
    assert not heights.any()
