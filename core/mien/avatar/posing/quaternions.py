"""Quaternions in registers: what the posing kernels turn things with."""

from __future__ import annotations

from typing import Any

from mien.rendering.cpu.compiling import device


@device
def multiply(aw: Any, ax: Any, ay: Any, az: Any, bw: Any, bx: Any, by: Any, bz: Any) -> Any:
    """Return the product of two quaternions wxyz."""
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@device
def rotate(w: Any, x: Any, y: Any, z: Any, px: Any, py: Any, pz: Any) -> Any:
    """Return a point turned by a unit quaternion wxyz."""
    # p + 2 w (v x p) + 2 v x (v x p), for a unit quaternion (w, v).
    cx, cy, cz = y * pz - z * py, z * px - x * pz, x * py - y * px
    cx, cy, cz = cx + cx, cy + cy, cz + cz
    return (
        px + w * cx + y * cz - z * cy,
        py + w * cy + z * cx - x * cz,
        pz + w * cz + x * cy - y * cx,
    )
