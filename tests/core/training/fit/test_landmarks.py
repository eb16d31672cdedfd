from __future__ import annotations

import numpy as np
import pytest

from filmed_scenes import rig_around
from mien.capture.alignment import similarity
from mien.template.selection import open_template
from mien.training.fit.estimation import align, umeyama
from mien.training.fit.landmarks import TRACKER_POINTS, triangulated
from mien.transforms import apply, matrix_from_axis_angle


def test_rays_meet_where_the_points_are_and_a_misreading_is_dropped() -> None:
    rng = np.random.default_rng(3)
    cameras = [held.camera for held in rig_around(5, 200)]
    points = rng.normal(0, 0.05, (12, 3))
    pixels = np.array([camera.project(points)[0] for camera in cameras])
    pixels += rng.normal(0, 0.1, pixels.shape)
    pixels[2, 4] += 40
    found, sure = triangulated(cameras, pixels)
    assert sure.all()
    assert np.abs(found - points).max() < 5e-4


def test_points_that_no_two_pictures_agree_on_are_not_sure() -> None:
    cameras = [held.camera for held in rig_around(8, 200)][:2]
    pixels = np.array([camera.project(np.zeros((2, 3)))[0] for camera in cameras])
    pixels[0, 1] += [0, 60]
    _, sure = triangulated(cameras, pixels)
    assert sure.tolist() == [True, False]


def test_umeyama_undoes_a_similarity() -> None:
    rng = np.random.default_rng(5)
    points = rng.normal(size=(20, 3))
    motion = similarity(matrix_from_axis_angle([0.3, -1.2, 2.0]), [1.0, -2.0, 0.5], 3.5)
    np.testing.assert_allclose(umeyama(points, apply(motion, points)), motion, atol=1e-9)


@pytest.mark.parametrize("fixed", [False, True])
def test_a_persons_landmarks_give_their_place_and_shape(*, fixed: bool) -> None:
    template = open_template("mien_head")
    vertices = [template.landmarks[n] for n in TRACKER_POINTS if n in template.landmarks]
    assert len(vertices) == len(TRACKER_POINTS)
    rng = np.random.default_rng(9)
    true = rng.normal(0, 0.8, template.num_identity).astype(np.float32)
    world_from_head = similarity(matrix_from_axis_angle([0.1, 0.6, 0.0]), [0.2, 1.5, 0.1], 10.0)
    if fixed:
        world_from_head = np.eye(4)
    surface = template.identity(true)
    motion, identity = align(
        template, vertices, apply(world_from_head, surface[vertices]), fixed=fixed
    )
    placed = apply(motion @ world_from_head, surface)
    found = template.identity(identity)
    error = np.linalg.norm(placed[vertices] - found[vertices], axis=1).mean()
    average = np.linalg.norm(placed[vertices] - template.neutral[vertices], axis=1).mean()
    assert error < 0.0015 < average
