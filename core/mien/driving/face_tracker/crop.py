"""Cut a rotated square out of a picture, as the networks want to see it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True)
class Square:
    """A rotated square in a picture, pixels from the top left; what lies outside it is allowed.

    Args:
        x: Of its centre.
        y: Of its centre.
        size: Its side.
        angle: Radians clockwise as seen, from the picture's x axis to its own.
    """

    x: float
    y: float
    size: float
    angle: float = 0.0

    def towards(self, other: Square, fraction: float) -> Square:
        """Return the square part of the way to another one, the shorter way round."""
        turn = math.remainder(other.angle - self.angle, math.tau)
        return Square(
            self.x + fraction * (other.x - self.x),
            self.y + fraction * (other.y - self.y),
            self.size + fraction * (other.size - self.size),
            self.angle + fraction * turn,
        )

    def to_picture(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return picture points [P, 2] of points [P, 2] given as fractions of the square."""
        offsets = (np.asarray(points, np.float64) - 0.5) * self.size
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return offsets @ np.array([[cos, sin], [-sin, cos]]) + [self.x, self.y]

    def crop(
        self, image: NDArray[np.uint8], resolution: int, *, low: float, high: float
    ) -> NDArray[np.float32]:
        """Sample the square bilinearly; black outside the picture.

        Args:
            image: Bytes [H, W, 3].
            resolution: Pixels along a side of the result.
            low: What black becomes.
            high: What white becomes.

        Returns:
            Values [1, resolution, resolution, 3].
        """
        out = np.empty((1, resolution, resolution, 3), np.float32)
        step = self.size / resolution
        # The first sample lies on the corner, not half a step inside, and samples are rounded to
        # bytes: MediaPipe crops so, and the networks feel it (half a pixel here moves the
        # coefficients by 0.017 on average).
        x, y = self.to_picture(np.zeros((1, 2)))[0]
        along = np.array([x, y, math.cos(self.angle) * step, math.sin(self.angle) * step])
        of_byte = np.linspace(low, high, 256, dtype=np.float32)
        x, y, cos, sin = np.rint(along * _ONE).astype(np.int64)
        _sample(image.reshape(-1), image.shape[1], out.reshape(-1), x, y, cos, sin, of_byte)
        return out


# Fixed point: positions with 20 fractional bits, weights with 7, twice as fast as floats here.
_POSITION_BITS = 20
_ONE = 1 << _POSITION_BITS
_WEIGHT_BITS = 7
_TO_WEIGHT = _POSITION_BITS - _WEIGHT_BITS
_HALF = 1 << (2 * _WEIGHT_BITS - 1)


@njit(nogil=True, cache=True)
def _sample(
    pixels: NDArray[np.uint8],
    width: int,
    out: NDArray[np.float32],
    x0: int,
    y0: int,
    cos: int,
    sin: int,
    of_byte: NDArray[np.float32],
) -> None:
    stride = 3 * width
    height = len(pixels) // stride
    resolution = int(math.sqrt(len(out) // 3))
    at = np.uint64(0)
    for row in range(resolution):
        x, y = x0 - row * sin, y0 + row * cos
        for _ in range(resolution):
            i, j = x >> _POSITION_BITS, y >> _POSITION_BITS
            u = np.int32((x & (_ONE - 1)) >> _TO_WEIGHT)
            v = np.int32((y & (_ONE - 1)) >> _TO_WEIGHT)
            inside = i >= 0 and j >= 0 and i + 1 < width and j + 1 < height
            # Unsigned, or numba would check every index for counting from the end.
            upper = np.uint64(j * stride + 3 * i)
            for channel in range(3):
                if inside:
                    c = upper + np.uint64(channel)
                    a, b = np.int32(pixels[c]), np.int32(pixels[c + np.uint64(3)])
                    c += np.uint64(stride)
                    d, e = np.int32(pixels[c]), np.int32(pixels[c + np.uint64(3)])
                else:
                    a = _pixel_or_black(pixels, stride, j, 3 * i + channel)
                    b = _pixel_or_black(pixels, stride, j, 3 * i + channel + 3)
                    d = _pixel_or_black(pixels, stride, j + 1, 3 * i + channel)
                    e = _pixel_or_black(pixels, stride, j + 1, 3 * i + channel + 3)
                top = (a << _WEIGHT_BITS) + u * (b - a)
                bottom = (d << _WEIGHT_BITS) + u * (e - d)
                value = ((top << _WEIGHT_BITS) + v * (bottom - top) + _HALF) >> (2 * _WEIGHT_BITS)
                out[at] = of_byte[np.uint64(value)]
                at += np.uint64(1)
            x, y = x + cos, y + sin


@njit(nogil=True, cache=True)
def _pixel_or_black(pixels: NDArray[np.uint8], stride: int, row: int, column: int) -> np.int32:
    if 0 <= column < stride and row >= 0 and row * stride < len(pixels):
        return np.int32(pixels[row * stride + column])
    return np.int32(0)
