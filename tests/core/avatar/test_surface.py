"""Smoothing over a surface: what has neighbours moves toward them, what has none stays."""

import numpy as np
import pytest

from mien.avatar.surface import Topology, smooth_over_surface


def test_values_spread_over_triangles_only():
    faces = np.array([[1, 2, 3]], np.int32)
    values = np.array([[5.0], [0.0], [3.0], [0.0], [7.0]])
    smoothed = smooth_over_surface(values, np.ones(5), Topology.of(faces, 5), num_rounds=40)
    np.testing.assert_allclose(smoothed[:, 0], [5, 1, 1, 1, 7], atol=1e-6)


@pytest.mark.parametrize("num_vertices", [1, 4])
def test_a_surface_without_triangles_keeps_its_values(num_vertices):
    values = np.arange(num_vertices, dtype=float)[:, None]
    topology = Topology.of(np.zeros((0, 3), np.int32), num_vertices)
    smoothed = smooth_over_surface(values, np.ones(num_vertices), topology, num_rounds=3)
    np.testing.assert_array_equal(smoothed, values)
