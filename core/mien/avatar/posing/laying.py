"""Lay Gaussians on pieces of triangles: their places, rotations and sizes, in one pass."""

from __future__ import annotations

import math
from typing import Any

from numba import prange

from mien.rendering.cpu.compiling import device, kernel


@device
def _quat(
    m00: Any, m10: Any, m20: Any, m01: Any, m11: Any, m21: Any, m02: Any, m12: Any, m22: Any
) -> Any:
    """Return the quaternion wxyz of a rotation, given by its columns (Shepperd)."""
    trace = m00 + m11 + m22
    if trace > 0:
        s = 2 * math.sqrt(1 + trace)
        return s / 4, (m21 - m12) / s, (m02 - m20) / s, (m10 - m01) / s
    if m00 >= m11 and m00 >= m22:
        s = 2 * math.sqrt(1 + m00 - m11 - m22)
        return (m21 - m12) / s, s / 4, (m10 + m01) / s, (m20 + m02) / s
    if m11 >= m22:
        s = 2 * math.sqrt(1 - m00 + m11 - m22)
        return (m02 - m20) / s, (m10 + m01) / s, s / 4, (m21 + m12) / s
    s = 2 * math.sqrt(1 - m00 - m11 + m22)
    return (m10 - m01) / s, (m20 + m02) / s, (m21 + m12) / s, s / 4


@device
def _unit(x: Any, y: Any, z: Any) -> Any:
    length = math.sqrt(x * x + y * y + z * z)
    if length < 1e-20:
        return 1.0, 0.0, 0.0
    return x / length, y / length, z / length


@device
def _ellipse(px: Any, py: Any, pz: Any, qx: Any, qy: Any, qz: Any) -> Any:
    """Return the longer axis of a triangle with edges p and q, and its two mean squares.

    Points spread evenly over a triangle have a twelfth of the covariance that its corners'
    distances from the middle sum up to.
    """
    rx, ry, rz = _unit(px, py, pz)
    nx, ny, nz = _unit(py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx)
    ux, uy, uz = ny * rz - nz * ry, nz * rx - nx * rz, nx * ry - ny * rx
    # The corners in the plane: (0, 0), (p, 0), (q, h).
    p = px * rx + py * ry + pz * rz
    q, h = qx * rx + qy * ry + qz * rz, qx * ux + qy * uy + qz * uz
    mx, my = (p + q) / 3, h / 3
    a = mx * mx + (p - mx) ** 2 + (q - mx) ** 2
    b = mx * my - (p - mx) * my + (q - mx) * (h - my)
    c = 2 * my * my + (h - my) ** 2
    half, lean = (a + c) / 2, (a - c) / 2
    reach = math.sqrt(lean * lean + b * b)
    # Half of the angle whose cosine is lean / reach; a circle has no longer axis.
    double = lean / reach if reach > 1e-30 else 1.0
    cosine = math.sqrt(max(1 + double, 0.0) / 2)
    sine = math.copysign(math.sqrt(max(1 - double, 0.0) / 2), b)
    return (
        cosine * rx + sine * ux,
        cosine * ry + sine * uy,
        cosine * rz + sine * uz,
        (half + reach) / 12,
        max(half - reach, 0.0) / 12,
    )


@kernel
def lay(
    surface: Any,
    normals: Any,
    faces: Any,
    triangles: Any,
    shares: Any,
    pieces: Any,
    shape: Any,
    points: Any,
    quats: Any,
    log_scales: Any,
) -> None:
    """Write Gaussians that cover a surface.

    Args:
        surface: Vertices [V, 3].
        normals: Their unit normals [V, 3].
        faces: Triangles [F, 3].
        triangles: The triangle of each Gaussian [N].
        shares: Its barycentric weights [N, 3].
        pieces: Into how many the edges of each triangle are cut [F].
        shape: Standard deviations in those of a piece's points, the least share of the longer one,
            and the thickness as a share of the shorter one [3].
        points: Written [N, 3].
        quats: Written [N, 4], wxyz: the longer axis, the shorter one and the normal.
        log_scales: Written [N, 3].
    """
    flat = math.log(shape[2])
    for g in prange(len(triangles)):
        t = triangles[g]
        i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
        u, v, w = shares[g, 0], shares[g, 1], shares[g, 2]
        for c in range(3):
            points[g, c] = u * surface[i, c] + v * surface[j, c] + w * surface[k, c]
        nx, ny, nz = _unit(
            u * normals[i, 0] + v * normals[j, 0] + w * normals[k, 0],
            u * normals[i, 1] + v * normals[j, 1] + w * normals[k, 1],
            u * normals[i, 2] + v * normals[j, 2] + w * normals[k, 2],
        )
        ax, ay, az, longer, shorter = _ellipse(
            float(surface[j, 0]) - float(surface[i, 0]),
            float(surface[j, 1]) - float(surface[i, 1]),
            float(surface[j, 2]) - float(surface[i, 2]),
            float(surface[k, 0]) - float(surface[i, 0]),
            float(surface[k, 1]) - float(surface[i, 1]),
            float(surface[k, 2]) - float(surface[i, 2]),
        )
        along = ax * nx + ay * ny + az * nz
        ax, ay, az = _unit(ax - along * nx, ay - along * ny, az - along * nz)
        quats[g, 0], quats[g, 1], quats[g, 2], quats[g, 3] = _quat(
            ax, ay, az,
            ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax,
            nx, ny, nz,
        )  # fmt: skip
        reach = max(shape[0] * math.sqrt(longer) / pieces[t], 1e-6)
        across = max(shape[0] * math.sqrt(shorter) / pieces[t], shape[1] * reach)
        log_scales[g, 0] = math.log(reach)
        thin = math.log(across)
        log_scales[g, 1] = thin
        log_scales[g, 2] = flat + thin
