"""Structural similarity and its gradient as one compiled kernel, far faster than convolutions.

SSIM (Wang et al. 2004) with a Gaussian window of 11 pixels and sigma 1.5, for values 0..1, over the
windows that lie wholly inside the picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from mien.rendering.cpu.compiling import kernel, stage
from mien.threads import kernel_turn

WINDOW = 11
SIGMA = 1.5
C1, C2 = 0.01**2, 0.03**2

_C1, _C2 = np.float32(C1), np.float32(C2)
_ONE, _TWO, _ZERO = np.float32(1), np.float32(2), np.float32(0)
_CHANNELS = 3
_PAD = (WINDOW - 1) * _CHANNELS
_BAND = 16
"""Rows a thread takes at a time."""


def window() -> NDArray[np.float32]:
    """Return the Gaussian weights [WINDOW]; they sum to one."""
    places = np.arange(WINDOW) - (WINDOW - 1) / 2
    weights = np.exp(-(places**2) / (2 * SIGMA**2))
    return (weights / weights.sum()).astype(np.float32)


def ssim_and_gradient(
    image: NDArray[np.float32], reference: NDArray[np.float32]
) -> tuple[float, NDArray[np.float32]]:
    """Return the mean SSIM of pictures [H, W, 3] and its gradient by `image` [H, W, 3].

    Raises:
        ValueError: The pictures differ in size or are smaller than the window.
    """
    height, width = image.shape[:2]
    if image.shape != reference.shape or min(height, width) < WINDOW:
        raise ValueError(f"SSIM needs two pictures of one size from {WINDOW} pixels a side")
    rows, columns = height - WINDOW + 1, (width - WINDOW + 1) * _CHANNELS
    partials = np.empty((3, rows, columns), np.float32)
    sums = np.empty((rows + _BAND - 1) // _BAND, np.float64)
    gradient = np.empty((height, width * _CHANNELS), np.float32)
    flat = [np.ascontiguousarray(picture).reshape(height, -1) for picture in (image, reference)]
    weights = window()
    with kernel_turn():
        _similarity(flat[0], flat[1], weights, partials, sums)
        _gradient(flat[0], flat[1], weights, partials, gradient)
    count = rows * columns
    return float(sums.sum() / count), gradient.reshape(image.shape) / np.float32(count)


@stage
def _tall_moments(image: Any, reference: Any, weights: Any, row: int, tall: Any) -> None:
    """Write the five moments [5, W * 3] of the columns of a window's rows."""
    columns = np.uint64(tall.shape[1])
    tall[:] = _ZERO
    # Row by row, for then the lines are read in order and the sums stay in the nearest cache.
    for k in range(WINDOW):
        weight, xs, ys = weights[k], image[row + k], reference[row + k]
        for i in range(columns):
            x, y = xs[i], ys[i]
            wx, wy = weight * x, weight * y
            tall[0, i] += wx
            tall[1, i] += wy
            tall[2, i] += wx * x
            tall[3, i] += wy * y
            tall[4, i] += wx * y


@stage
def _wide(line: Any, weights: Any, blurred: Any) -> None:
    """Blur a line of interleaved colours: as many fewer as the window is longer than one."""
    a, b, c = weights[0], weights[1], weights[2]
    d, e, f = weights[3], weights[4], weights[5]
    for i in range(np.uint64(len(blurred))):
        blurred[i] = (
            a * (line[i] + line[i + np.uint64(30)])
            + b * (line[i + np.uint64(3)] + line[i + np.uint64(27)])
            + c * (line[i + np.uint64(6)] + line[i + np.uint64(24)])
            + d * (line[i + np.uint64(9)] + line[i + np.uint64(21)])
            + e * (line[i + np.uint64(12)] + line[i + np.uint64(18)])
            + f * line[i + np.uint64(15)]
        )


@stage
def _partials(moments: Any, d_mean: Any, d_square: Any, d_product: Any) -> Any:
    """Return a row's sum of SSIM; write its derivatives by the moments that know the image."""
    total = _ZERO
    for i in range(len(d_mean)):
        mx, my = moments[0, i], moments[1, i]
        # a, c: twice the product and the sum of the squared means; b, d: of the variances.
        a = _TWO * mx * my + _C1
        b = _TWO * (moments[4, i] - mx * my) + _C2
        c = mx * mx + my * my + _C1
        d = moments[2, i] + moments[3, i] - mx * mx - my * my + _C2
        share = _ONE / (c * d)
        value = a * b * share
        total += value
        d_mean[i] = _TWO * share * (my * (b - a) - mx * value * (d - c))
        d_square[i] = -value * c * share
        d_product[i] = _TWO * a * share
    return total


@stage
def _similarity_band(
    band: int, image: Any, reference: Any, weights: Any, partials: Any, tall: Any, moments: Any
) -> Any:
    total = 0.0
    for row in range(band * _BAND, min((band + 1) * _BAND, partials.shape[1])):
        _tall_moments(image, reference, weights, row, tall)
        for q in range(5):
            _wide(tall[q], weights, moments[q])
        total += _partials(moments, partials[0, row], partials[1, row], partials[2, row])
    return total


@kernel
def _similarity(image: Any, reference: Any, weights: Any, partials: Any, sums: Any) -> None:
    for band in prange(len(sums)):
        tall = np.empty((5, image.shape[1]), np.float32)
        moments = np.empty((5, partials.shape[2]), np.float32)
        sums[band] = _similarity_band(band, image, reference, weights, partials, tall, moments)


@stage
def _tall_partials(partial: Any, weights: Any, row: int, tall: Any) -> None:
    """Write at [_PAD:] what the windows over a row say of each column; rows beyond say nothing."""
    rows, columns = partial.shape
    for i in range(columns):
        tall[np.uint64(i + _PAD)] = _ZERO
    for k in range(max(0, row - rows + 1), min(WINDOW, row + 1)):
        weight = weights[k]
        line = partial[row - k]
        for i in range(np.uint64(columns)):
            tall[i + np.uint64(_PAD)] += weight * line[i]


@stage
def _gradient_band(
    band: int, image: Any, reference: Any, weights: Any, partials: Any, tall: Any, spread: Any,
    gradient: Any,
) -> None:  # fmt: skip
    for row in range(band * _BAND, min((band + 1) * _BAND, len(image))):
        for q in range(3):
            _tall_partials(partials[q], weights, row, tall)
            # The window is symmetric: gathering is blurring.
            _wide(tall, weights, spread[q])
        x, y, out = image[row], reference[row], gradient[row]
        for i in range(len(out)):
            out[i] = spread[0, i] + _TWO * x[i] * spread[1, i] + y[i] * spread[2, i]


@kernel
def _gradient(image: Any, reference: Any, weights: Any, partials: Any, gradient: Any) -> None:
    """Gather at each value what all windows around it say."""
    for band in prange((len(image) + _BAND - 1) // _BAND):
        tall = np.zeros(partials.shape[2] + 2 * _PAD, np.float32)
        spread = np.empty((3, image.shape[1]), np.float32)
        _gradient_band(band, image, reference, weights, partials, tall, spread, gradient)
