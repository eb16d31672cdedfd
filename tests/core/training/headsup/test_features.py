"""Where eyes and lips are in a picture, and that errors there count for more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mien.models.headsup.canvas import Canvas
from mien.orbit import Orbit
from mien.template.selection import open_template
from mien.training.headsup.features import features_seen
from mien.training.headsup.person import Texels
from mien.training.losses import l1

SIZE = (160, 160)


@pytest.fixture(scope="module")
def texels() -> Texels:
    template = open_template("mien_head")
    canvas = Canvas.of(template, 128)
    normals = np.ascontiguousarray(canvas.frames[:, :, 2])
    return Texels(canvas.points, normals, template.neutral, canvas.outer, canvas.features)


def test_eyes_and_lips_are_seen_from_the_front_and_little_else(texels: Texels) -> None:
    camera = Orbit(distance=0.9).camera(SIZE)
    seen = features_seen(texels, camera)
    template = open_template("mien_head")
    for name in ("eye_left", "eye_right"):
        middle = template.neutral[template.part_vertices(name)].mean(axis=0)
        column, row = camera.project(middle[None])[0][0].astype(int)
        assert seen[row - 1 : row + 2, column - 2 : column + 3].all()
    # Three small islands in a picture that the head fills.
    assert 0.005 < seen.mean() < 0.05
    assert set(np.unique(seen)) == {0.0, 1.0}


def test_nothing_is_seen_from_behind_or_of_whoever_has_none(texels: Texels) -> None:
    behind = Orbit(yaw=np.pi, distance=0.9).camera(SIZE)
    assert not features_seen(texels, behind).any()
    none = replace(texels, features=np.zeros_like(texels.features))
    assert not features_seen(none, Orbit(distance=0.9).camera(SIZE)).any()


def test_a_picture_that_ends_before_the_eyes_has_what_is_left(texels: Texels) -> None:
    camera = Orbit(distance=0.9).camera(SIZE)
    whole = features_seen(texels, camera)
    rows = np.flatnonzero(whole.any(axis=1))
    cut = camera.cropped(0, int(rows[0]) + 6, (160, 40))
    seen = features_seen(texels, cut)
    np.testing.assert_array_equal(seen[1:-1], whole[rows[0] + 6 :][1:39])


def test_weights_count_errors_where_they_are() -> None:
    image, reference = torch.zeros(4, 4, 3), torch.zeros(4, 4, 3)
    image[0, 0], image[3, 3] = 0.4, 0.4
    weights = torch.ones(4, 4)
    assert l1(image, reference, weights) == l1(image, reference)
    weights[0, 0] = 5
    torch.testing.assert_close(l1(image, reference, weights), 3 * l1(image, reference))
