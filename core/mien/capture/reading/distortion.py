"""Lens distortion: the radial and tangential model of OpenCV and COLMAP, and how to undo it.

With x, y on the plane at depth 1 and r² = x² + y², what a lens shows of it is

    x (1 + k1 r² + k2 r⁴ + k3 r⁶) + 2 p1 x y + p2 (r² + 2 x²)
    y (1 + k1 r² + k2 r⁴ + k3 r⁶) + 2 p2 x y + p1 (r² + 2 y²)

after Brown, "Decentering distortion of lenses", 1966.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.capture.protocol import View
from mien.transforms import Array


@dataclass(frozen=True)
class Distortion:
    """Coefficients of a lens; all zero for a pinhole."""

    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0

    def __bool__(self) -> bool:
        return any(astuple(self))

    def distorted(self, plane: Array) -> Array:
        """Return where a lens shows points [P, 2] of the plane at depth 1."""
        x, y = np.moveaxis(np.asarray(plane, np.float64), -1, 0)
        r2 = x * x + y * y
        radial = 1 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))
        across = x * radial + 2 * self.p1 * x * y + self.p2 * (r2 + 2 * x * x)
        down = y * radial + 2 * self.p2 * x * y + self.p1 * (r2 + 2 * y * y)
        return np.stack([across, down], axis=-1)


def undistorted(view: View, intrinsics: Array, lens: Distortion) -> View:
    """Return a view as a pinhole with the same intrinsics would have seen it.

    Beyond what the lens saw the picture repeats its border, and the mask is empty. Depth is left
    out: it cannot be blended between pixels.
    """
    if not lens:
        return view
    k = np.ascontiguousarray(intrinsics, np.float64)
    coefficients = np.array(astuple(lens))
    picture = _remap(np.ascontiguousarray(view.image), k, coefficients, True)
    if view.mask is None:
        return View(picture)
    layer = np.ascontiguousarray(view.mask)[..., None]
    return View(picture, _remap(layer, k, coefficients, False)[..., 0])


@njit(cache=True, nogil=True)
def _remap(
    image: NDArray[np.uint8], k: Array, lens: Array, repeat: bool
) -> NDArray[np.uint8]:  # pragma: no cover - compiled
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
