"""Spherical harmonics of degree 0 to 3 in the order and signs of 3D Gaussian Splatting.

The real basis in Cartesian form (Sloan 2008, "Stupid Spherical Harmonics Tricks", appendix A2).
"""

from __future__ import annotations

from typing import Any

from mien.rendering.cpu.compiling import device
from mien.rendering.cpu.intrinsics import like

C0 = 0.28209479177387814
C1 = 0.4886025119029199
C2 = (1.0925484305920792, 0.31539156525252005, 0.5462742152960396)
C3 = (
    0.5900435899266435,
    2.890611442640554,
    0.4570457994644658,
    0.3731763325901154,
    1.445305721320277,
)
C2_0, C2_1, C2_2 = C2
C3_0, C3_1, C3_2, C3_3, C3_4 = C3


@device
def channel_color(sh: Any, i: int, channel: int, degree: int, x: Any, y: Any, z: Any) -> Any:
    """Return one channel of Gaussian `i` seen along the unit direction (x, y, z), unclamped."""
    s = sh[i]
    color = like(x, 0.5) + like(x, C0) * s[0, channel]
    if degree < 1:
        return color
    color += like(x, C1) * (z * s[2, channel] - y * s[1, channel] - x * s[3, channel])
    if degree < 2:
        return color
    xx, yy, zz = x * x, y * y, z * z
    color += like(x, C2_0) * (x * y * s[4, channel] - y * z * s[5, channel] - x * z * s[7, channel])
    color += like(x, C2_1) * (like(x, 2) * zz - xx - yy) * s[6, channel]
    color += like(x, C2_2) * (xx - yy) * s[8, channel]
    if degree < 3:
        return color
    color += like(x, C3_0) * (y * (yy - like(x, 3) * xx) * s[9, channel])
    color += like(x, C3_1) * (x * y * z * s[10, channel])
    color += like(x, C3_2) * (xx + yy - like(x, 4) * zz) * (y * s[11, channel] + x * s[13, channel])
    color += like(x, C3_3) * z * (like(x, 2) * zz - like(x, 3) * (xx + yy)) * s[12, channel]
    color += like(x, C3_4) * z * (xx - yy) * s[14, channel]
    color += like(x, C3_0) * x * (like(x, 3) * yy - xx) * s[15, channel]
    return color
