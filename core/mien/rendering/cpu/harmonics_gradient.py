"""The gradient of a view-dependent colour: to the coefficients and to the viewing direction."""

from __future__ import annotations

from typing import Any

from mien.rendering.cpu.compiling import device
from mien.rendering.cpu.harmonics import C0, C1, C2_0, C2_1, C2_2, C3_0, C3_1, C3_2, C3_3, C3_4
from mien.rendering.cpu.intrinsics import like


@device
def _add(sh: Any, out: Any, k: int, value: Any, red: Any, green: Any, blue: Any) -> Any:
    """Give coefficient k its gradient, the basis' value times the colour's.

    Returns:
        The gradient of the basis function itself.
    """
    out[k, 0] += value * red
    out[k, 1] += value * green
    out[k, 2] += value * blue
    return sh[k, 0] * red + sh[k, 1] * green + sh[k, 2] * blue


@device
def color_gradient(
    sh: Any, out: Any, degree: int, x: Any, y: Any, z: Any, red: Any, green: Any, blue: Any
) -> Any:
    """Add to `out` [K, 3] the gradient of sh [K, 3]; return that of the direction (x, y, z)."""
    zero = like(x, 0)
    _add(sh, out, 0, like(x, C0), red, green, blue)
    if degree < 1:
        return zero, zero, zero
    one = like(x, C1)
    gx = -one * _add(sh, out, 3, -one * x, red, green, blue)
    gy = -one * _add(sh, out, 1, -one * y, red, green, blue)
    gz = one * _add(sh, out, 2, one * z, red, green, blue)
    if degree < 2:
        return gx, gy, gz

    two, three, four = like(x, 2), like(x, 3), like(x, 4)
    xx, yy, zz = x * x, y * y, z * z
    c = like(x, C2_0)
    g = c * _add(sh, out, 4, c * x * y, red, green, blue)
    gx += g * y
    gy += g * x
    g = c * _add(sh, out, 5, -c * y * z, red, green, blue)
    gy -= g * z
    gz -= g * y
    g = c * _add(sh, out, 7, -c * x * z, red, green, blue)
    gx -= g * z
    gz -= g * x
    c = two * like(x, C2_1)
    g = c * _add(sh, out, 6, c * (zz - (xx + yy) / two), red, green, blue)
    gx -= g * x
    gy -= g * y
    gz += two * g * z
    c = like(x, C2_2)
    g = two * c * _add(sh, out, 8, c * (xx - yy), red, green, blue)
    gx += g * x
    gy -= g * y
    if degree < 3:
        return gx, gy, gz

    c = like(x, C3_0)
    g = c * _add(sh, out, 9, c * y * (yy - three * xx), red, green, blue)
    gx -= g * like(x, 6) * x * y
    gy += g * three * (yy - xx)
    g = c * _add(sh, out, 15, c * x * (three * yy - xx), red, green, blue)
    gx += g * three * (yy - xx)
    gy += g * like(x, 6) * x * y
    c = like(x, C3_1)
    g = c * _add(sh, out, 10, c * x * y * z, red, green, blue)
    gx += g * y * z
    gy += g * x * z
    gz += g * x * y
    c = like(x, C3_2)
    ring = xx + yy - four * zz
    g = c * _add(sh, out, 11, c * y * ring, red, green, blue)
    gx += g * two * x * y
    gy += g * (ring + two * yy)
    gz -= g * like(x, 8) * y * z
    g = c * _add(sh, out, 13, c * x * ring, red, green, blue)
    gx += g * (ring + two * xx)
    gy += g * two * x * y
    gz -= g * like(x, 8) * x * z
    c = like(x, C3_3)
    g = c * _add(sh, out, 12, c * z * (two * zz - three * (xx + yy)), red, green, blue)
    gx -= g * like(x, 6) * x * z
    gy -= g * like(x, 6) * y * z
    gz += g * three * (two * zz - xx - yy)
    c = like(x, C3_4)
    g = c * _add(sh, out, 14, c * z * (xx - yy), red, green, blue)
    gx += g * two * x * z
    gy -= g * two * y * z
    gz += g * (xx - yy)
    return gx, gy, gz
