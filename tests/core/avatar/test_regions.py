from __future__ import annotations

import numpy as np
import pytest

import avatar_scenes
from mien.avatar.protocol import REGIONS
from mien.avatar.regions import (
    UNLABELLED,
    label_regions,
    labels_of_masks,
    region_distances,
    soft_masks,
    to_gaussians,
    to_vertices,
)
from mien.avatar.rig import Rig
from mien.avatar.surface import Topology


def strip(length: int = 60) -> tuple[np.ndarray, Topology]:
    """A narrow band of triangles along x, a millimetre a step."""
    x = np.repeat(np.arange(length), 2) * 0.001
    y = np.tile([0.0, 0.001], length)
    points = np.column_stack([x, y, np.zeros_like(x)]).astype(np.float32)
    a = np.arange(0, 2 * length - 2, 2)
    faces = np.concatenate(
        [np.column_stack([a, a + 2, a + 1]), np.column_stack([a + 1, a + 2, a + 3])]
    )
    return points, Topology.of(faces.astype(np.int32), 2 * length)


def test_distances_run_along_the_surface_from_the_border() -> None:
    points, topology = strip()
    labels = np.where(points[:, 0] < 0.0295, 0, 3)
    distances = region_distances(labels, points, topology)
    # The border lies midway between two rows of vertices; a zigzag is a bit longer.
    np.testing.assert_allclose(distances[:, 0], 0.0295 - points[:, 0], atol=0.0012)
    np.testing.assert_allclose(distances[:, 3], points[:, 0] - 0.0295, atol=0.0012)
    assert (distances[:, 1] == -np.inf).all()


def test_a_curled_surface_is_far_from_itself() -> None:
    points, topology = strip()
    around = points[:, 0] / points[:, 0].max() * 1.95 * np.pi
    curled = np.column_stack([np.cos(around) * 0.0094, points[:, 1], np.sin(around) * 0.0094])
    labels = np.where(np.arange(len(points)) < 20, 0, UNLABELLED)
    distances = region_distances(labels, curled.astype(np.float32), topology)
    # The two ends all but touch, yet the far one is most of the way round away.
    assert distances[-1, 0] < -0.04


@pytest.mark.parametrize("softness", [1e-9, 0.004, 0.02])
def test_masks_fade_over_their_softness_and_sum_to_one(softness: float) -> None:
    points, topology = strip()
    labels = np.select([points[:, 0] < 0.02, points[:, 0] < 0.04], [0, 3], 5)
    masks = soft_masks(region_distances(labels, points, topology), softness)
    assert masks.min() >= 0
    np.testing.assert_allclose(masks.sum(axis=1), 1, atol=0.08)
    fading = (masks[:, 0] > 0.001) & (masks[:, 0] < 0.999)
    extent = np.ptp(points[fading, 0]) if fading.any() else 0
    assert extent <= softness + 0.002
    np.testing.assert_array_equal(labels_of_masks(masks), labels)


def test_unlabelled_places_have_no_mask() -> None:
    points, topology = strip()
    labels = np.where(points[:, 0] < 0.03, REGIONS.index("nose"), UNLABELLED)
    masks = soft_masks(region_distances(labels, points, topology), 0.004)
    assert masks[-10:].sum() == 0
    assert labels_of_masks(masks)[-1] == UNLABELLED


def test_values_travel_between_gaussians_and_vertices() -> None:
    avatar = avatar_scenes.avatar(num_gaussians=60)
    topology = Topology.of(avatar.rig.faces, avatar.rig.num_vertices)
    binding = avatar.gaussians.binding
    constant = to_vertices(np.full((60, 2), 0.7, np.float32), binding, topology)
    np.testing.assert_allclose(constant, 0.7, rtol=1e-5)
    heights = avatar.rig.rest[:, 1:2]
    there = to_gaussians(heights, binding, avatar.rig.faces)
    np.testing.assert_allclose(
        there, binding.points(avatar.rig.rest, avatar.rig.faces)[:, 1:2], atol=1e-7
    )
    assert np.abs(to_vertices(there, binding, topology) - heights).max() < 0.03


def test_a_rig_without_eyes_or_mouth_has_no_regions() -> None:
    points, faces = avatar_scenes.grid()
    assert label_regions(Rig.from_dense(points, faces)) is None
