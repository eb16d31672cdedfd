"""What is done to each pixel of a picture, compiled. Imported when a picture needs it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.transforms import Array


@njit(cache=True, nogil=True)
def remap(image: NDArray[np.uint8], k: Array, lens: Array, repeat: bool) -> NDArray[np.uint8]:
    """Look up bilinearly, for each pixel of a pinhole, where the lens put it; centres at halves."""
    height, width, channels = image.shape
    result = np.zeros_like(image)
    k1, k2, p1, p2, k3 = lens
    for row in range(height):
        y = (row + 0.5 - k[1, 2]) / k[1, 1]
        for column in range(width):
            x = (column + 0.5 - k[0, 2]) / k[0, 0]
            r2 = x * x + y * y
            radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
            u = (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)) * k[0, 0] + k[0, 2] - 0.5
            v = (y * radial + 2 * p2 * x * y + p1 * (r2 + 2 * y * y)) * k[1, 1] + k[1, 2] - 0.5
            if not repeat and not (-0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5):
                continue
            u = min(max(u, 0.0), width - 1.0)
            v = min(max(v, 0.0), height - 1.0)
            left, top = int(u), int(v)
            right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
            s, t = u - left, v - top
            for channel in range(channels):
                above = image[top, left, channel] * (1 - s) + image[top, right, channel] * s
                below = image[bottom, left, channel] * (1 - s) + image[bottom, right, channel] * s
                result[row, column, channel] = np.uint8(above * (1 - t) + below * t + 0.5)
    return result


@njit(cache=True, nogil=True)
def affine(
    image: NDArray[np.uint8], matrix: NDArray[np.float32], offset: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Return a picture after rgb @ A + b on its sRGB values 0..1."""
    result = np.empty_like(image)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            r, g, b = image[row, column]
            for out in range(3):
                value = r * matrix[0, out] + g * matrix[1, out] + b * matrix[2, out]
                value += offset[out] * np.float32(255)
                result[row, column, out] = np.uint8(min(max(value, 0), 255) + np.float32(0.5))
    return result


@njit(cache=True, nogil=True)
def polynomial(
    image: NDArray[np.uint8],
    linear: NDArray[np.float32],
    bytes_: NDArray[np.uint8],
    matrix: NDArray[np.float32],
    exponents: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return a picture after a matrix [3, N] over products of its linear light.

    `exponents` [N, 3] say how often each colour stands in a product, `linear` [256] what light
    each byte is, `bytes_` [S] what byte each light from 0 to 1 is.
    """
    result = np.empty_like(image)
    last = np.float32(len(bytes_) - 1)
    powers = np.ones((3, 5), np.float32)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            for channel in range(3):
                light = linear[image[row, column, channel]]
                for power in range(1, 5):
                    powers[channel, power] = powers[channel, power - 1] * light
            red = green = blue = np.float32(0)
            for term in range(len(exponents)):
                value = powers[0, exponents[term, 0]] * powers[1, exponents[term, 1]]
                value *= powers[2, exponents[term, 2]]
                red += matrix[0, term] * value
                green += matrix[1, term] * value
                blue += matrix[2, term] * value
            for out, light in enumerate((red, green, blue)):
                kept = min(max(light, np.float32(0)), np.float32(1))
                result[row, column, out] = bytes_[int(kept * last + np.float32(0.5))]
    return result
