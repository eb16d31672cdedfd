"""Lens distortion: the radial and tangential model of OpenCV and COLMAP, and how to undo it.

With x, y on the plane at depth 1 and r² = x² + y², what a lens shows of it is

    x (1 + k1 r² + k2 r⁴ + k3 r⁶) + 2 p1 x y + p2 (r² + 2 x²)
    y (1 + k1 r² + k2 r⁴ + k3 r⁶) + 2 p2 x y + p1 (r² + 2 y²)

after Brown, "Decentering distortion of lenses", 1966.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np

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


def undistorted(view: View, intrinsics: Array, lens: Distortion) -> View:
    """Return a view as a pinhole with the same intrinsics would have seen it.

    Beyond what the lens saw the picture repeats its border, and the mask is empty. Depth is left
    out: it cannot be blended between pixels.
    """
    if not lens:
        return view
    # numba takes a second to load and most captures have no lenses.
    from mien.capture.reading.kernels import remap

    k = np.ascontiguousarray(intrinsics, np.float64)
    coefficients = np.array(astuple(lens))
    picture = remap(np.ascontiguousarray(view.image), k, coefficients, True)
    if view.mask is None:
        return View(picture)
    layer = np.ascontiguousarray(view.mask)[..., None]
    return View(picture, remap(layer, k, coefficients, False)[..., 0])
