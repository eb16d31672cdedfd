import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from mien.gaussians.cloud import from_colors
from mien.gaussians.neighbours import mean_distances
from mien.gaussians.selection import PROPERTIES, floaters, in_range, property_values


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(12, 400), st.integers(1, 8), st.sampled_from([0.0, 1.0]))
def test_neighbours_are_those_of_a_tree(seed: int, count: int, near: int, thick: float) -> None:
    points = np.random.default_rng(seed).normal(size=(count, 3)) * [1, 2, thick]
    expected = cKDTree(points).query(points, near + 1)[0][:, 1:].mean(axis=1)
    assert mean_distances(points, near) == pytest.approx(expected, abs=1e-9)


def test_far_points_do_not_blow_the_grid_up() -> None:
    rng = np.random.default_rng(1)
    points = np.concatenate([rng.normal(size=(500, 3)), [[1e6, 0, 0], [0, -1e6, 3]]])
    expected = cKDTree(points).query(points, 5)[0][:, 1:].mean(axis=1)
    assert mean_distances(points, 4) == pytest.approx(expected, rel=1e-9)


def test_points_that_coincide_have_no_distance() -> None:
    assert mean_distances(np.zeros((20, 3)), 4) == pytest.approx(np.zeros(20))
    with pytest.raises(ValueError, match="no 4 neighbours"):
        mean_distances(np.zeros((4, 3)), 4)


def head(count: int = 2000):
    rng = np.random.default_rng(2)
    points = rng.normal(size=(count, 3))
    points *= 0.1 / np.linalg.norm(points, axis=1, keepdims=True)
    return points


def test_what_hangs_in_the_air_is_found_and_the_head_is_not() -> None:
    points = np.concatenate([head(), [[0.4, 0, 0], [0, 0.5, 0.1], [-0.3, -0.3, 0.2]]])
    n = len(points)
    cloud = from_colors(
        points, np.tile([1.0, 0, 0, 0], (n, 1)), np.full((n, 3), -6.0), np.full(n, 2.0),
        np.ones((n, 3)),
    )  # fmt: skip
    found = floaters(cloud)
    assert found[-3:].all()
    assert found[:-3].mean() < 0.02
    assert not floaters(cloud.take(np.arange(5))).any()


def test_properties_are_in_units_people_read() -> None:
    n = 3
    cloud = from_colors(
        np.zeros((n, 3)), np.tile([1.0, 0, 0, 0], (n, 1)),
        np.log([[1e-3, 1e-3, 1e-3], [1e-3, 2e-3, 4e-3], [1e-2, 1e-2, 1e-2]]), np.zeros(n),
        np.ones((n, 3)),
    )  # fmt: skip
    assert property_values(cloud, "scale") == pytest.approx([1, 2, 10])
    assert property_values(cloud, "opacity") == pytest.approx([0.5] * 3)
    assert property_values(cloud, "elongation") == pytest.approx([1, 2, 1])
    assert in_range(property_values(cloud, "scale"), 1.5, 3).tolist() == [False, True, False]
    assert len(PROPERTIES) == 3
