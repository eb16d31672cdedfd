"""Lenses: pictures are looked up where the model's formulas put them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.capture.protocol import View
from mien.capture.reading.distortion import Distortion, undistorted

K = np.array([[300.0, 0, 82.0], [0, 310.0, 57.5], [0, 0, 1]])


def distorted(lens: Distortion, plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a lens shows points [..., 2], as OpenCV's documentation has it."""
    x, y = plane[..., 0], plane[..., 1]
    r = np.hypot(x, y)
    radial = 1 + lens.k1 * r**2 + lens.k2 * r**4 + lens.k3 * r**6
    across = x * radial + 2 * lens.p1 * x * y + lens.p2 * (r**2 + 2 * x**2)
    down = y * radial + 2 * lens.p2 * x * y + lens.p1 * (r**2 + 2 * y**2)
    return np.stack([across, down], axis=-1)


def test_a_pinhole_is_left_alone() -> None:
    view = View(np.zeros((4, 5, 3), np.uint8))
    assert not Distortion()
    assert undistorted(view, K, Distortion()) is view


@pytest.mark.parametrize("lens", [Distortion(0.4, -0.3, 0.01, -0.02, 0.1), Distortion(-0.5)])
def test_pictures_are_looked_up_where_the_lens_put_them(lens: Distortion) -> None:
    height, width = 120, 160
    rows, columns = np.mgrid[:height, :width] + 0.5
    # A picture that says where each of its points is, to a 255th of its size.
    said = np.stack([columns / width, rows / height, np.ones_like(rows)], axis=-1) * 255
    found = undistorted(View((said + 0.5).astype(np.uint8)), K, lens).image
    plane = np.stack([(columns - K[0, 2]) / K[0, 0], (rows - K[1, 2]) / K[1, 1]], axis=-1)
    expected = (distorted(lens, plane) * [K[0, 0], K[1, 1]] + K[:2, 2]) / [width, height] * 255
    inside = ((expected > 3) & (expected < 252)).all(axis=-1)
    assert inside.mean() > 0.5
    assert np.abs(found[..., :2] - expected)[inside].max() < 1.2


def test_beyond_the_lens_nobody_is() -> None:
    # A strong pincushion looks beyond the picture's border.
    lens = Distortion(4.0)
    view = View(np.full((120, 160, 3), 77, np.uint8), np.full((120, 160), 255, np.uint8))
    found = undistorted(view, K, lens)
    assert found.mask is not None
    assert found.mask[60, 80] == 255
    assert found.mask[0, 0] == 0
    assert (found.image == 77).all()
