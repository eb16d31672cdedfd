"""Project one Gaussian onto the image plane (EWA splatting, Zwicker et al. 2002).

The formulas are those of 3D Gaussian Splatting and gsplat: a local affine camera at the mean, whose
lateral position is clamped to a little outside the image, and 0.3 square pixels of dilation. The
determinant is computed from the two rows of the projected frame, which keeps it positive where the
difference of products would cancel.
"""

from __future__ import annotations

import math
from typing import Any

from mien.rendering.cpu import records as r
from mien.rendering.cpu.compiling import device, stage
from mien.rendering.cpu.harmonics import channel_color
from mien.rendering.cpu.intrinsics import float_bits, like

LOG2_E = 1.4426950408889634
LN_255 = 5.541263545158426
LN_2 = 0.6931471805599453
FAR_PLANE = 1e10

MAX_EXTENT = 1e8
"""Pixels; beyond, and for colours beyond `MAX_COLOR`, float32 overflows further on. What is not a
number fails the same comparisons."""

MAX_COLOR = 1e10

CHUNK = 1024
"""Gaussians a thread projects at a time."""


@device
def clamp(value: Any, low: Any, high: Any) -> Any:
    """Return the value, or the bound it lies beyond."""
    return min(max(value, low), high)


@device
def rotation(quats: Any, i: int) -> Any:
    """Return the rotation matrix, row by row, of quaternion `i` (wxyz, any length but zero)."""
    w, x, y, z = quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3]
    one, two = like(w, 1), like(w, 2)
    scale = two / max(w * w + x * x + y * y + z * z, like(w, 1e-24))
    return (
        one - scale * (y * y + z * z),
        scale * (x * y - w * z),
        scale * (x * z + w * y),
        scale * (x * y + w * z),
        one - scale * (x * x + z * z),
        scale * (y * z - w * x),
        scale * (x * z - w * y),
        scale * (y * z + w * x),
        one - scale * (x * x + y * y),
    )


@device
def camera_point(means: Any, i: int, camera: Any) -> Any:
    """Return mean `i` in camera space."""
    x, y, z = means[i, 0], means[i, 1], means[i, 2]
    return (
        camera[0] * x + camera[1] * y + camera[2] * z + camera[9],
        camera[3] * x + camera[4] * y + camera[5] * z + camera[10],
        camera[6] * x + camera[7] * y + camera[8] * z + camera[11],
    )


@device
def projected_frame(
    quats: Any, log_scales: Any, i: int, camera: Any, x: Any, y: Any, z: Any
) -> Any:
    """Return the two rows of M [2, 3] with M M^T the covariance in pixels, undilated."""
    inverse = like(z, 1) / z
    lateral = clamp(x * inverse, -camera[r.CAMERA_LIMITS], camera[r.CAMERA_LIMITS + 1])
    vertical = clamp(y * inverse, -camera[r.CAMERA_LIMITS + 2], camera[r.CAMERA_LIMITS + 3])
    u, v = camera[r.CAMERA_FX] * inverse, camera[r.CAMERA_FY] * inverse
    # Rows of J W: the affine camera in the world's axes.
    j0 = u * (camera[0] - lateral * camera[6])
    j1 = u * (camera[1] - lateral * camera[7])
    j2 = u * (camera[2] - lateral * camera[8])
    k0 = v * (camera[3] - vertical * camera[6])
    k1 = v * (camera[4] - vertical * camera[7])
    k2 = v * (camera[5] - vertical * camera[8])
    r0, r1, r2, r3, r4, r5, r6, r7, r8 = rotation(quats, i)
    s0, s1, s2 = (
        math.exp(log_scales[i, 0]),
        math.exp(log_scales[i, 1]),
        math.exp(log_scales[i, 2]),
    )
    return (
        (j0 * r0 + j1 * r3 + j2 * r6) * s0,
        (j0 * r1 + j1 * r4 + j2 * r7) * s1,
        (j0 * r2 + j1 * r5 + j2 * r8) * s2,
        (k0 * r0 + k1 * r3 + k2 * r6) * s0,
        (k0 * r1 + k1 * r4 + k2 * r7) * s1,
        (k0 * r2 + k1 * r5 + k2 * r8) * s2,
    )


@device
def project(
    means: Any,
    quats: Any,
    log_scales: Any,
    logit_opacities: Any,
    sh: Any,
    i: int,
    camera: Any,
    width: int,
    height: int,
    degree: int,
    antialiased: bool,
    records: Any,
) -> bool:
    """Write the record of Gaussian `i`; return whether it can be seen at all."""
    x, y, z = camera_point(means, i, camera)
    one = like(z, 1)
    if not (z > camera[r.CAMERA_NEAR] and z < like(z, FAR_PLANE)):
        return False
    m0, m1, m2, n0, n1, n2 = projected_frame(quats, log_scales, i, camera, x, y, z)
    dilation = camera[r.CAMERA_DILATION]
    cxx = m0 * m0 + m1 * m1 + m2 * m2
    cxy = m0 * n0 + m1 * n1 + m2 * n2
    cyy = n0 * n0 + n1 * n1 + n2 * n2
    p, q, s = m1 * n2 - m2 * n1, m2 * n0 - m0 * n2, m0 * n1 - m1 * n0
    sharp = p * p + q * q + s * s
    det = sharp + dilation * (cxx + cyy) + dilation * dilation
    compensation = math.sqrt(sharp / det)
    cxx += dilation
    cyy += dilation

    opacity = camera[r.CAMERA_GAIN] / (one + math.exp(-logit_opacities[i]))
    if antialiased:
        opacity *= compensation
    log_opacity = math.log(opacity)
    reach = like(z, 2) * (log_opacity + like(z, LN_255))
    if not reach > like(z, 0):
        return False
    extent_x, extent_y = math.sqrt(reach * cxx), math.sqrt(reach * cyy)
    pixel_x = camera[r.CAMERA_FX] * x / z + camera[r.CAMERA_CX]
    pixel_y = camera[r.CAMERA_FY] * y / z + camera[r.CAMERA_CY]
    if not (
        pixel_x + extent_x > like(z, 0)
        and pixel_x - extent_x < like(z, width)
        and pixel_y + extent_y > like(z, 0)
        and pixel_y - extent_y < like(z, height)
        and extent_x + extent_y < like(z, MAX_EXTENT)
    ):
        return False

    vx = means[i, 0] - camera[r.CAMERA_POSITION]
    vy = means[i, 1] - camera[r.CAMERA_POSITION + 1]
    vz = means[i, 2] - camera[r.CAMERA_POSITION + 2]
    inverse = one / math.sqrt(max(vx * vx + vy * vy + vz * vz, like(z, 1e-24)))
    vx, vy, vz = vx * inverse, vy * inverse, vz * inverse
    record = records[i]
    for channel in range(3):
        color = channel_color(sh, i, channel, degree, vx, vy, vz)
        if not abs(color) < like(z, MAX_COLOR):
            return False
        record[r.RED + channel] = max(color, like(z, 0))

    scale = like(z, -0.5 * LOG2_E) / det
    record[r.X], record[r.Y], record[r.DEPTH] = pixel_x, pixel_y, z
    record[r.A], record[r.B], record[r.C] = scale * cyy, like(z, -2) * scale * cxy, scale * cxx
    record[r.LOG_OPACITY] = log_opacity * like(z, LOG2_E)
    record[r.SLOPE_X], record[r.SLOPE_Y] = cxy / cyy, cxy / cxx
    record[r.EXTENT_X], record[r.EXTENT_Y] = extent_x, extent_y
    record[r.COMPENSATION] = compensation
    return True


@stage
def project_chunk(
    means: Any,
    quats: Any,
    log_scales: Any,
    logit_opacities: Any,
    sh: Any,
    chunk: int,
    camera: Any,
    width: int,
    height: int,
    degree: int,
    antialiased: bool,
    records: Any,
    keys: Any,
    ids: Any,
    counts: Any,
) -> None:
    """Project one chunk of Gaussians.

    The visible ones and the bits of their depths come to stand at the beginning of the chunk's own
    stretch of `ids` and `keys`, and their number in counts[chunk].
    """
    start = chunk * CHUNK
    place = start
    for i in range(start, min(start + CHUNK, means.shape[0])):
        if project(
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            i,
            camera,
            width,
            height,
            degree,
            antialiased,
            records,
        ):
            keys[place] = float_bits(records[i, r.DEPTH])
            ids[place] = i
            place += 1
    counts[chunk] = place - start
