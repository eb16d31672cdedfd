"""Colour corrections: the terms of Cheung 2004, and pictures against numpy in double precision."""

from __future__ import annotations

import numpy as np
import pytest

from mien.capture.reading.color import (
    POLYNOMIAL_SIZES,
    AffineCorrection,
    PolynomialCorrection,
)
from mien.image import linear_from_srgb, srgb_from_linear

# As tabulated in the paper and in Westland and Ripamonti's table 8.2.
TERMS = {
    3: "r g b",
    4: "r g b 1",
    5: "r g b r*g*b 1",
    7: "r g b r*g r*b g*b 1",
    8: "r g b r*g r*b g*b r*g*b 1",
    10: "r g b r*g r*b g*b r**2 g**2 b**2 1",
    11: "r g b r*g r*b g*b r**2 g**2 b**2 r*g*b 1",
    14: "r g b r*g r*b g*b r**2 g**2 b**2 r*g*b r**3 g**3 b**3 1",
    16: "r g b r*g r*b g*b r**2 g**2 b**2 r*g*b r**2*g g**2*b b**2*r r**3 g**3 b**3",
    17: "r g b r*g r*b g*b r**2 g**2 b**2 r*g*b r**2*g g**2*b b**2*r r**3 g**3 b**3 1",
    19: "r g b r*g r*b g*b r**2 g**2 b**2 r*g*b r**2*g g**2*b b**2*r r**2*b g**2*r b**2*g "
        "r**3 g**3 b**3",
    20: "r g b r*g r*b g*b r**2 g**2 b**2 r*g*b r**2*g g**2*b b**2*r r**2*b g**2*r b**2*g "
        "r**3 g**3 b**3 1",
    22: "r g b r*g r*b g*b r**2 g**2 b**2 r*g*b r**2*g g**2*b b**2*r r**2*b g**2*r b**2*g "
        "r**3 g**3 b**3 r**2*g*b r*g**2*b r*g*b**2",
}  # fmt: skip


@pytest.mark.parametrize("num_terms", TERMS)
def test_terms_are_those_of_the_paper(num_terms: int) -> None:
    rng = np.random.default_rng(num_terms)
    image = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    r, g, b = np.moveaxis(linear_from_srgb(image / 255).astype(np.float64), -1, 0)
    names = {"r": r, "g": g, "b": b}
    columns = [eval(term, names) * np.ones_like(r) for term in TERMS[num_terms].split()]
    # Columns differ in size, so that one in another's place is seen.
    matrix = rng.uniform(0.2, 1.0, (3, num_terms)) / num_terms
    light = np.stack(columns, axis=-1) @ matrix.T
    expected = srgb_from_linear(np.clip(light, 0, 1)) * 255
    found = PolynomialCorrection(matrix)(image)
    assert np.abs(found - expected).max() < 0.6


def test_all_sizes_are_tested() -> None:
    assert tuple(TERMS) == POLYNOMIAL_SIZES


def test_an_identity_changes_nothing() -> None:
    image = np.arange(256 * 3, dtype=np.uint32).reshape(16, 16, 3).astype(np.uint8)
    np.testing.assert_array_equal(PolynomialCorrection(np.eye(3))(image), image)
    np.testing.assert_array_equal(AffineCorrection(np.eye(4))(image), image)


def test_what_leaves_the_range_is_clipped() -> None:
    image = np.full((2, 2, 3), 200, np.uint8)
    assert (PolynomialCorrection(np.eye(3) * 9)(image) == 255).all()
    assert (PolynomialCorrection(-np.eye(3))(image) == 0).all()
    assert (AffineCorrection(np.eye(4) * 9)(image) == 255).all()


def test_an_unknown_number_of_terms_is_refused() -> None:
    with pytest.raises(ValueError, match="no polynomial of 6 terms"):
        PolynomialCorrection(np.zeros((3, 6)))
