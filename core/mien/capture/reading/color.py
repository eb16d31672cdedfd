"""Colour correction as datasets give it: an affine map, or a polynomial one of linear light.

The polynomial terms are those of Cheung, Westland, Connah and Ripamonti, "A comparative study of
the characterisation of colour cameras by means of neural networks and polynomial transforms", 2004,
and of Westland and Ripamonti, "Computational Colour Science Using MATLAB", 2004, table 8.2.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mien.image import Image8, linear_from_srgb, srgb_from_linear, to_uint8
from mien.transforms import Array

# A term is a product of colours; `1` is the constant. Each row lists what it adds to none.
_PAIRS = ("rg", "rb", "gb")
_SQUARES = ("rr", "gg", "bb")
_CUBES = ("rrr", "ggg", "bbb")
_TURNING = ("rrg", "ggb", "bbr")
_COUNTER = ("rrb", "ggr", "bbg")
_QUARTIC = ("rrgb", "rggb", "rgbb")
_SECOND = ("r", "g", "b", *_PAIRS, *_SQUARES)
_TERMS: dict[int, tuple[str, ...]] = {
    3: ("r", "g", "b"),
    4: ("r", "g", "b", "1"),
    5: ("r", "g", "b", "rgb", "1"),
    7: ("r", "g", "b", *_PAIRS, "1"),
    8: ("r", "g", "b", *_PAIRS, "rgb", "1"),
    10: (*_SECOND, "1"),
    11: (*_SECOND, "rgb", "1"),
    14: (*_SECOND, "rgb", *_CUBES, "1"),
    16: (*_SECOND, "rgb", *_TURNING, *_CUBES),
    17: (*_SECOND, "rgb", *_TURNING, *_CUBES, "1"),
    19: (*_SECOND, "rgb", *_TURNING, *_COUNTER, *_CUBES),
    20: (*_SECOND, "rgb", *_TURNING, *_COUNTER, *_CUBES, "1"),
    22: (*_SECOND, "rgb", *_TURNING, *_COUNTER, *_CUBES, *_QUARTIC),
}

POLYNOMIAL_SIZES = tuple(_TERMS)


class ColorCorrection(Protocol):
    """Corrects the colours of a camera."""

    def __call__(self, image: Image8, /) -> Image8:
        """Return a picture [H, W, 3] with its colours corrected."""
        ...


class AffineCorrection:
    """Correct sRGB values 0..1 by rgb @ A + b.

    Args:
        matrix: A above in its first three columns, b in its fourth [3 or 4, 4].
    """

    def __init__(self, matrix: Array) -> None:
        self._matrix = np.ascontiguousarray(matrix[:3, :3], np.float32)
        self._offset = np.ascontiguousarray(matrix[:3, 3], np.float32)

    def __call__(self, image: Image8, /) -> Image8:
        """Return a picture [H, W, 3] with its colours corrected."""
        # numba takes a second to load: not before there is a picture.
        from mien.capture.reading.kernels import affine

        return affine(np.ascontiguousarray(image), self._matrix, self._offset)


class PolynomialCorrection:
    """Correct linear light by a matrix over polynomial terms of it (Cheung 2004).

    Args:
        matrix: [3, N], N one of POLYNOMIAL_SIZES.

    Raises:
        ValueError: There are no N such terms.
    """

    def __init__(self, matrix: Array) -> None:
        num_terms = matrix.shape[-1]
        if num_terms not in _TERMS:
            raise ValueError(f"no polynomial of {num_terms} terms; there are {POLYNOMIAL_SIZES}")
        self._matrix = np.ascontiguousarray(matrix, np.float32)
        self._exponents = _exponents(num_terms)

    def __call__(self, image: Image8, /) -> Image8:
        """Return a picture [H, W, 3] with its colours corrected."""
        from mien.capture.reading.kernels import polynomial

        picture = np.ascontiguousarray(image)
        return polynomial(picture, _linear(), _bytes(), self._matrix, self._exponents)


@cache
def _exponents(num_terms: int) -> NDArray[np.int64]:
    """Return how often each colour stands in each term [N, 3]."""
    return np.array([[term.count(colour) for colour in "rgb"] for term in _TERMS[num_terms]])


@cache
def _linear() -> NDArray[np.float32]:
    """Return the linear light of each sRGB byte [256]."""
    return linear_from_srgb(np.arange(256) / 255)


@cache
def _bytes() -> Image8:
    """Return the sRGB byte of light in 65,536 steps from 0 to 1.

    Where the curve is steepest a step is a twentieth of a byte; the power itself would take twenty
    times as long.
    """
    return to_uint8(srgb_from_linear(np.linspace(0, 1, 1 << 16)))
