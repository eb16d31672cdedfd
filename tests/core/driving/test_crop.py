"""The rotated crop against a slow one written from the definition of bilinear sampling."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mien.driving.face_tracker.crop import Square

coordinates = st.floats(-60, 120)
squares = st.builds(Square, coordinates, coordinates, st.floats(1, 200), st.floats(-4, 4))


def slow_crop(image: NDArray[np.uint8], square: Square, resolution: int) -> NDArray[np.float64]:
    height, width = image.shape[:2]
    out = np.zeros((resolution, resolution, 3))
    for row in range(resolution):
        for column in range(resolution):
            x, y = square.to_picture(np.array([[column, row]]) / resolution)[0]
            left, top = math.floor(x), math.floor(y)
            for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):
                if 0 <= left + i < width and 0 <= top + j < height:
                    weight = abs(1 - i - (x - left)) * abs(1 - j - (y - top))
                    out[row, column] += weight * image[top + j, left + i]
    return out


@settings(max_examples=60, deadline=None)
@given(squares, st.integers(0, 2**32 - 1))
def test_it_samples_bilinearly_with_black_outside(square: Square, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Smooth, so that a hundredth of a pixel does not show.
    ramp = rng.uniform(0, 2, (3, 2)) @ np.mgrid[0:43, 0:61].reshape(2, -1)
    image = ramp.T.reshape(43, 61, 3).astype(np.uint8)
    found = square.crop(image, 16, low=0.0, high=255.0)[0]
    expected = slow_crop(image, square, 16)
    difference = np.abs(found - expected)
    # Half a byte of rounding, and 7 fractional bits of weight at the black border's steep edge.
    assert np.percentile(difference, 90) <= 1.01
    assert difference.max() <= 5


def test_upright_and_whole_it_is_the_picture_itself() -> None:
    image = np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    found = Square(16, 16, 32).crop(image, 32, low=-1.0, high=1.0)[0]
    np.testing.assert_allclose(found, image / 127.5 - 1, atol=1e-6)


def test_a_square_outside_is_all_black() -> None:
    image = np.full((20, 20, 3), 255, np.uint8)
    assert (Square(500, -300, 40, 0.5).crop(image, 8, low=-1.0, high=1.0) == -1).all()


def test_the_angle_turns_clockwise_as_seen() -> None:
    corner = Square(0, 0, 2, math.pi / 2).to_picture(np.array([[1.0, 0.5]]))[0]
    np.testing.assert_allclose(corner, [0, 1], atol=1e-12)


@given(squares, squares, st.floats(0, 1))
def test_halfway_turns_the_shorter_way(a: Square, b: Square, fraction: float) -> None:
    mixed = a.towards(b, fraction)
    assert abs(mixed.angle - a.angle) <= math.pi * fraction + 1e-9
    near = a.towards(b, 1.0)
    np.testing.assert_allclose([near.x, near.y, near.size], [b.x, b.y, b.size], atol=1e-9)
    assert abs(math.remainder(near.angle - b.angle, math.tau)) < 1e-9
