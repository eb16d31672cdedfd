"""FLIP: where and how much a person would see the difference of two pictures held alternately.

Andersson et al. 2020, "FLIP: A Difference Evaluator for Alternating Images", for pictures of low
dynamic range. Its authors' `flip-evaluator` takes some 600 ms for a picture of 960x540, too long
to follow a timeline; this one filters rows and columns with the same Gaussians and takes about a
tenth. Tests hold the two together to 1e-4 in the mean and 2e-3 at every pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.image import Image, linear_from_srgb

Float32 = NDArray[np.float32]

DEFAULT_PPD = 67.02064514160156
"""Pixels per degree of a 0.7 m wide 3840 pixel screen seen from 0.7 m, as the authors assume."""

_XYZ_FROM_RGB = np.array(
    [
        [10135552 / 24577794, 8788810 / 24577794, 4435075 / 24577794],
        [2613072 / 12288897, 8788810 / 12288897, 887015 / 12288897],
        [1425312 / 73733382, 8788810 / 73733382, 70074185 / 73733382],
    ]
)
"""sRGB's primaries with the white point D65."""

_EXPONENT, _KNEE, _KNEE_SHARE = 0.7, 0.4, 0.95
"""q_c, p_c and p_t of section 4.1.3."""

_FEATURE_WIDTH = 0.082
"""w of section 4.2: how wide the edges are that the eye sees best, degrees."""

_SAMPLES = 1 << 14


@dataclass(frozen=True, eq=False)
class _Filters:
    narrow: Float32
    wide: Float32
    features: Float32
    padding: int


def flip_map(image: Image, reference: Image, *, ppd: float = DEFAULT_PPD) -> Float32:
    """Return how different each pixel of two sRGB pictures [H, W, 3] in 0..1 looks [H, W], 0..1.

    Args:
        image: What is judged.
        reference: What it is held against; the two may change places.
        ppd: Pixels per degree of the eye, from how far away the pictures are seen.

    Raises:
        ValueError: The pictures differ in shape, or `ppd` is out of the range 1 to 300.
    """
    if image.shape != reference.shape or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"pictures of {image.shape} and {reference.shape} cannot be compared")
    if not 1 <= ppd <= 300:
        raise ValueError(f"{ppd:g} pixels per degree: from 1 to 300")
    # numba is half a second, which whoever only lists the metrics does not pay.
    from mien.evaluation.kernels.difference import difference_map, opponent_colors
    from mien.threads import kernel_turn

    filters, (matrices, linear, root, limits) = _filters(float(ppd)), _color_tables()
    height, width = image.shape[:2]
    padding = filters.padding
    planes = np.empty((2, 3, height + 2 * padding, width + 2 * padding), np.float32)
    result = np.empty((height, width), np.float32)
    with kernel_turn():
        for picture, written in zip((image, reference), planes, strict=True):
            opaque = np.ascontiguousarray(picture, np.float32)
            opponent_colors(opaque, linear, matrices[0], padding, written)
        difference_map(
            planes[0],
            planes[1],
            padding,
            filters.narrow,
            filters.wide,
            filters.features,
            matrices,
            root,
            limits,
            result,
        )
    return result


def flip(image: Image, reference: Image, *, ppd: float = DEFAULT_PPD) -> float:
    """Return the mean of `flip_map`: 0 for equal pictures, 1 for the most different ones."""
    return float(flip_map(image, reference, ppd=ppd).mean(dtype=np.float64))


@cache
def _filters(ppd: float) -> _Filters:
    """Return the filters of section 4.1.1 (Table 1) and 4.2 for a viewing distance."""
    # Amplitude and width of the contrast sensitivity of each channel; Cz has a sum of two.
    luminance, red_green = 0.0047, 0.0053
    blue_yellow = ((34.1, 0.04), (13.5, 0.025))
    radius = math.ceil(3 * math.sqrt(0.04 / (2 * math.pi**2)) * ppd)
    narrow = [_gaussian(_spread(width, ppd), radius) for width in (luminance, red_green)]
    wide = [_gaussian(_spread(width, ppd), radius) for _, width in blue_yellow]
    shares = np.array(
        [
            a * math.sqrt(math.pi / b) * taps.sum() ** 2
            for (a, b), taps in zip(blue_yellow, wide, strict=True)
        ]
    )
    shares /= shares.sum()
    # Each acts along both axes, so half of its share belongs to either.
    weighted = [taps / taps.sum() * math.sqrt(s) for taps, s in zip(wide, shares, strict=True)]
    features = _feature_filters(0.5 * _FEATURE_WIDTH * ppd)
    return _Filters(
        _trimmed(np.stack([taps / taps.sum() for taps in narrow])),
        np.stack(weighted).astype(np.float32),
        features,
        max(radius, features.shape[1] // 2),
    )


def _spread(width: float, ppd: float) -> float:
    """Return the standard deviation in pixels of exp(-pi² x² / width) over degrees."""
    return math.sqrt(width / (2 * math.pi**2)) * ppd


def _gaussian(deviation: float, radius: int) -> NDArray[np.float64]:
    return np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)


def _trimmed(filters: NDArray[np.float64]) -> Float32:
    """Return filters [K, T] without the ends that a float of their sum does not feel."""
    middle = filters.shape[1] // 2
    felt = np.flatnonzero((filters > 1e-9).any(axis=0))
    reach = middle - felt[0]
    return np.ascontiguousarray(filters[:, middle - reach : middle + reach + 1], np.float32)


def _feature_filters(deviation: float) -> Float32:
    """Return a Gaussian, its slope and its curvature [3, T], each side summing to one.

    The last two are scaled for a luminance of 0..116, whose offset they do not feel.
    """
    radius = math.ceil(3 * deviation)
    x = np.arange(-radius, radius + 1)
    bell = _gaussian(deviation, radius)
    slope, curvature = -x * bell, ((x / deviation) ** 2 - 1) * bell
    derivatives = [_balanced(slope) / 116, _balanced(curvature) / 116]
    return np.stack([bell / bell.sum(), *derivatives]).astype(np.float32)


def _balanced(taps: NDArray[np.float64]) -> NDArray[np.float64]:
    above, below = taps[taps > 0].sum(), -taps[taps < 0].sum()
    return np.where(taps > 0, taps / above, taps / below)


@cache
def _color_tables() -> tuple[Float32, Float32, Float32, Float32]:
    """Return matrices [2, 3, 3], the sRGB curve, the root of L*a*b* and the limits [4]."""
    white = _XYZ_FROM_RGB.sum(axis=1)
    relative = _XYZ_FROM_RGB / white[:, None]
    matrices = np.stack([relative, np.linalg.inv(relative)]).astype(np.float32)
    samples = np.linspace(0, 1, _SAMPLES)
    largest = _largest_distance(relative) ** _EXPONENT
    limits = np.array([_EXPONENT, _KNEE * largest, largest, _KNEE_SHARE], np.float32)
    return matrices, linear_from_srgb(samples), _root(samples).astype(np.float32), limits


def _root(values: ArrayLike) -> NDArray[np.float64]:
    """Return the function f of CIE L*a*b*."""
    t, delta = np.asarray(values, np.float64), 6 / 29
    return np.where(t > delta**3, np.cbrt(t), t / (3 * delta**2) + 4 / 29)


def _largest_distance(relative: NDArray[np.float64]) -> float:
    """Return the Hunt-adjusted HyAB distance of sRGB's green and blue, the largest there is."""
    fx, fy, fz = _root(relative @ np.array([[0.0, 0], [1, 0], [0, 1]]))
    lightness = 116 * fy - 16
    hunt = np.stack([5 * lightness * (fx - fy), 2 * lightness * (fy - fz)])
    return float(abs(lightness[0] - lightness[1]) + np.linalg.norm(hunt[:, 0] - hunt[:, 1]))
