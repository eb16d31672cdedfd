"""Latents mixed by weights and by regions of the face."""

from __future__ import annotations

import numpy as np
import pytest

from mien.avatar.protocol import REGIONS
from mien.models.headsup.canvas import Canvas
from mien.models.headsup.mixing import mixed_latents, region_masks
from mien.template.head import HeadTemplate

GRID = 32


@pytest.fixture(scope="module")
def masks(template: HeadTemplate) -> np.ndarray:
    return region_masks(template, GRID)


def _people(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 4, GRID, GRID)).astype(np.float32)


def test_weights_sum_to_one_by_themselves() -> None:
    people = _people(3)
    np.testing.assert_allclose(
        mixed_latents(people, [2, 2, 0]), (people[0] + people[1]) / 2, atol=1e-6
    )
    np.testing.assert_array_equal(mixed_latents(people, [0, 0, 5]), people[2])


def test_masks_cover_the_map_once(masks: np.ndarray) -> None:
    assert masks.shape == (len(REGIONS), GRID, GRID)
    assert masks.min() >= 0
    assert masks.sum(axis=0).max() <= 1 + 1e-5
    assert masks.sum(axis=0).mean() > 0.95


def test_regions_are_where_they_are_called(masks: np.ndarray, template: HeadTemplate) -> None:
    canvas = Canvas.of(template, GRID)
    flat = masks.reshape(len(REGIONS), -1)[:, canvas.cells]

    def middle(region: str) -> np.ndarray:
        weights = flat[REGIONS.index(region)]
        return (weights[:, None] * canvas.points).sum(axis=0) / weights.sum()

    assert middle("forehead")[1] > middle("brows")[1] > middle("nose")[1] > middle("mouth")[1]
    assert middle("mouth")[1] > middle("neck")[1]
    assert middle("nose")[2] > middle("ears")[2] > middle("scalp")[2]


def test_borders_are_soft_and_softer_on_demand(masks: np.ndarray, template: HeadTemplate) -> None:
    def between(held: np.ndarray) -> int:
        return int(((held > 0.05) & (held < 0.95)).sum())

    assert between(masks) > 0
    assert between(region_masks(template, GRID, softness=0.03)) > between(masks)


def test_a_region_comes_from_its_owner_and_the_rest_does_not(masks: np.ndarray) -> None:
    people = _people(3)
    mixed = mixed_latents(people, [1, 1, 0], regions={"nose": 2}, masks=masks)
    blend = (people[0] + people[1]) / 2
    nose = masks[REGIONS.index("nose")]
    np.testing.assert_allclose(mixed[:, nose > 0.999], people[2][:, nose > 0.999], atol=5e-3)
    np.testing.assert_allclose(mixed[:, nose == 0], blend[:, nose == 0], atol=1e-6)
    between = (nose > 0.1) & (nose < 0.9)
    if between.any():
        share = (mixed - blend)[:, between] / (people[2] - blend)[:, between]
        np.testing.assert_allclose(share, np.broadcast_to(nose[between], share.shape), atol=1e-2)


def test_two_regions_from_two_people(masks: np.ndarray) -> None:
    people = _people(3)
    one = mixed_latents(people, [1, 0, 0], regions={"nose": 1, "mouth": 2}, masks=masks)
    two = mixed_latents(people, [1, 0, 0], regions={"mouth": 2, "nose": 1}, masks=masks)
    np.testing.assert_allclose(one, two, atol=1e-6)


@pytest.mark.parametrize(
    ("weights", "regions", "words"),
    [
        ([1, 1], None, "as many weights"),
        ([1, -1, 1], None, "not negative"),
        ([0, 0, 0], None, "weights"),
        ([1, 0, 0], {"chin": 1}, "chin of person 1"),
        ([1, 0, 0], {"nose": 3}, "there are 3 people"),
    ],
)
def test_what_cannot_be_mixed_is_refused(
    masks: np.ndarray, weights: list[float], regions: dict[str, int] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        mixed_latents(_people(3), weights, regions=regions, masks=masks)
