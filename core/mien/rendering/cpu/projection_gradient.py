"""The gradient of projecting one Gaussian, the steps of `projection` in reverse."""

from __future__ import annotations

import math
from typing import Any

from mien.rendering.cpu import records as r
from mien.rendering.cpu.blending_gradient import MOMENTS
from mien.rendering.cpu.compiling import device, stage
from mien.rendering.cpu.harmonics_gradient import color_gradient
from mien.rendering.cpu.intrinsics import like
from mien.rendering.cpu.projection import CHUNK, LOG2_E, camera_point, rotation


@device
def rotation_gradient(quats: Any, i: int, out: Any, g: Any) -> None:
    """Add to `out` [4] the gradient of quaternion `i`, given that of its matrix, row by row.

    R = 1 + s F(q) with F quadratic and s = 2 / |q|^2, so no step normalises.
    """
    w, x, y, z = quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3]
    g00, g01, g02, g10, g11, g12, g20, g21, g22 = g
    two = like(w, 2)
    s = two / max(w * w + x * x + y * y + z * z, like(w, 1e-24))
    along = (
        (x * y - w * z) * g01
        + (x * z + w * y) * g02
        + (x * y + w * z) * g10
        + (y * z - w * x) * g12
        + (x * z - w * y) * g20
        + (y * z + w * x) * g21
        - (y * y + z * z) * g00
        - (x * x + z * z) * g11
        - (x * x + y * y) * g22
    )
    pull = s * along
    out[0] += s * (z * (g10 - g01) + y * (g02 - g20) + x * (g21 - g12) - pull * w)
    out[1] += s * (
        y * (g01 + g10) + z * (g02 + g20) - two * x * (g11 + g22) + w * (g21 - g12) - pull * x
    )
    out[2] += s * (
        x * (g01 + g10) + z * (g12 + g21) - two * y * (g00 + g22) + w * (g02 - g20) - pull * y
    )
    out[3] += s * (
        x * (g02 + g20) + y * (g12 + g21) - two * z * (g00 + g11) + w * (g10 - g01) - pull * z
    )


@device
def covariance_gradient(
    record: Any, share: Any, antialiased: bool, cxx: Any, cxy: Any, cyy: Any, sharp: Any
) -> Any:
    """Return the gradient of the undilated covariance in pixels, as xx, xy (of one of two), yy."""
    scale = like(sharp, -0.5 * LOG2_E)
    half = like(sharp, 0.5)
    # The inverse K of the dilated covariance, from the record; its gradient G is symmetric.
    kxx, kxy, kyy = record[r.A] / scale, half * record[r.B] / scale, record[r.C] / scale
    gxx, gxy, gyy = scale * share[3], scale * share[4], scale * share[5]
    # -K G K
    txx, txy = kxx * gxx + kxy * gxy, kxx * gxy + kxy * gyy
    tyx, tyy = kxy * gxx + kyy * gxy, kxy * gxy + kyy * gyy
    vxx = -(txx * kxx + txy * kxy)
    vxy = -(txx * kxy + txy * kyy)
    vyy = -(tyx * kxy + tyy * kyy)
    if antialiased:
        # ln(compensation) = (ln det before - ln det after) / 2, and d ln det / dC = C^-1.
        weight = half * share[0] * like(sharp, LOG2_E)
        vxx += weight * (cyy / sharp - kxx)
        vxy += weight * (-cxy / sharp - kxy)
        vyy += weight * (cxx / sharp - kyy)
    return vxx, vxy, vyy


@device
def project_gradient(
    means: Any,
    quats: Any,
    log_scales: Any,
    logit_opacities: Any,
    sh: Any,
    i: int,
    camera: Any,
    degree: int,
    antialiased: bool,
    record: Any,
    share: Any,
    means_out: Any,
    quats_out: Any,
    scales_out: Any,
    opacities_out: Any,
    sh_out: Any,
) -> None:
    """Add what Gaussian `i` owes, given the sums of its shares over all tiles."""
    x, y, z = camera_point(means, i, camera)
    one, two = like(z, 1), like(z, 2)
    inverse = one / z
    slope_x, slope_y = x * inverse, y * inverse
    limit = r.CAMERA_LIMITS
    lateral = min(max(slope_x, -camera[limit]), camera[limit + 1])
    vertical = min(max(slope_y, -camera[limit + 2]), camera[limit + 3])
    u, v = camera[r.CAMERA_FX] * inverse, camera[r.CAMERA_FY] * inverse
    a0, a1, a2 = (
        camera[0] - lateral * camera[6],
        camera[1] - lateral * camera[7],
        camera[2] - lateral * camera[8],
    )
    b0, b1, b2 = (
        camera[3] - vertical * camera[6],
        camera[4] - vertical * camera[7],
        camera[5] - vertical * camera[8],
    )
    r0, r1, r2, r3, r4, r5, r6, r7, r8 = rotation(quats, i)
    s0, s1, s2 = (
        math.exp(log_scales[i, 0]),
        math.exp(log_scales[i, 1]),
        math.exp(log_scales[i, 2]),
    )
    m0 = u * (a0 * r0 + a1 * r3 + a2 * r6) * s0
    m1 = u * (a0 * r1 + a1 * r4 + a2 * r7) * s1
    m2 = u * (a0 * r2 + a1 * r5 + a2 * r8) * s2
    n0 = v * (b0 * r0 + b1 * r3 + b2 * r6) * s0
    n1 = v * (b0 * r1 + b1 * r4 + b2 * r7) * s1
    n2 = v * (b0 * r2 + b1 * r5 + b2 * r8) * s2
    p, q, s = m1 * n2 - m2 * n1, m2 * n0 - m0 * n2, m0 * n1 - m1 * n0
    gxx, gxy, gyy = covariance_gradient(
        record,
        share,
        antialiased,
        m0 * m0 + m1 * m1 + m2 * m2,
        m0 * n0 + m1 * n1 + m2 * n2,
        n0 * n0 + n1 * n1 + n2 * n2,
        p * p + q * q + s * s,
    )

    # C = M M^T: the gradient of M is 2 G M; its columns carry the scales.
    gm0, gm1, gm2 = (
        two * (gxx * m0 + gxy * n0),
        two * (gxx * m1 + gxy * n1),
        two * (gxx * m2 + gxy * n2),
    )
    gn0, gn1, gn2 = (
        two * (gxy * m0 + gyy * n0),
        two * (gxy * m1 + gyy * n1),
        two * (gxy * m2 + gyy * n2),
    )
    scales_out[i, 0] += gm0 * m0 + gn0 * n0
    scales_out[i, 1] += gm1 * m1 + gn1 * n1
    scales_out[i, 2] += gm2 * m2 + gn2 * n2
    gm0, gm1, gm2, gn0, gn1, gn2 = gm0 * s0, gm1 * s1, gm2 * s2, gn0 * s0, gn1 * s1, gn2 * s2
    ua0, ua1, ua2, vb0, vb1, vb2 = u * a0, u * a1, u * a2, v * b0, v * b1, v * b2
    rotation_gradient(
        quats,
        i,
        quats_out[i],
        (
            ua0 * gm0 + vb0 * gn0,
            ua0 * gm1 + vb0 * gn1,
            ua0 * gm2 + vb0 * gn2,
            ua1 * gm0 + vb1 * gn0,
            ua1 * gm1 + vb1 * gn1,
            ua1 * gm2 + vb1 * gn2,
            ua2 * gm0 + vb2 * gn0,
            ua2 * gm1 + vb2 * gn1,
            ua2 * gm2 + vb2 * gn2,
        ),
    )

    # The affine camera's rows, u * a and v * b, and through them the point in camera space.
    ga0, ga1, ga2 = (
        gm0 * r0 + gm1 * r1 + gm2 * r2,
        gm0 * r3 + gm1 * r4 + gm2 * r5,
        gm0 * r6 + gm1 * r7 + gm2 * r8,
    )
    gb0, gb1, gb2 = (
        gn0 * r0 + gn1 * r1 + gn2 * r2,
        gn0 * r3 + gn1 * r4 + gn2 * r5,
        gn0 * r6 + gn1 * r7 + gn2 * r8,
    )
    gz = share[9] - inverse * (
        u * (ga0 * a0 + ga1 * a1 + ga2 * a2) + v * (gb0 * b0 + gb1 * b1 + gb2 * b2)
    )
    # Centre: X = fx x / z + cx, and the moments are of pixel minus centre.
    g_slope_x = -camera[r.CAMERA_FX] * (two * record[r.A] * share[1] + record[r.B] * share[2])
    g_slope_y = -camera[r.CAMERA_FY] * (record[r.B] * share[1] + two * record[r.C] * share[2])
    if lateral == slope_x:
        g_slope_x -= u * (ga0 * camera[6] + ga1 * camera[7] + ga2 * camera[8])
    if vertical == slope_y:
        g_slope_y -= v * (gb0 * camera[6] + gb1 * camera[7] + gb2 * camera[8])
    gx, gy = g_slope_x * inverse, g_slope_y * inverse
    gz -= inverse * (g_slope_x * slope_x + g_slope_y * slope_y)

    # d ln sigmoid / d logit = 1 - sigmoid.
    opacities_out[i] += share[0] * like(z, LOG2_E) / (one + math.exp(logit_opacities[i]))

    vx = means[i, 0] - camera[r.CAMERA_POSITION]
    vy = means[i, 1] - camera[r.CAMERA_POSITION + 1]
    vz = means[i, 2] - camera[r.CAMERA_POSITION + 2]
    near = one / math.sqrt(max(vx * vx + vy * vy + vz * vz, like(z, 1e-24)))
    vx, vy, vz = vx * near, vy * near, vz * near
    zero = like(z, 0)
    red = share[6] if record[r.RED] > zero else zero
    green = share[7] if record[r.GREEN] > zero else zero
    blue = share[8] if record[r.BLUE] > zero else zero
    hx, hy, hz = color_gradient(sh[i], sh_out[i], degree, vx, vy, vz, red, green, blue)
    radial = hx * vx + hy * vy + hz * vz
    means_out[i, 0] += camera[0] * gx + camera[3] * gy + camera[6] * gz + near * (hx - radial * vx)
    means_out[i, 1] += camera[1] * gx + camera[4] * gy + camera[7] * gz + near * (hy - radial * vy)
    means_out[i, 2] += camera[2] * gx + camera[5] * gy + camera[8] * gz + near * (hz - radial * vz)


@stage
def gaussian_gradients(
    means: Any,
    quats: Any,
    log_scales: Any,
    logit_opacities: Any,
    sh: Any,
    camera: Any,
    degree: int,
    antialiased: bool,
    chunk: int,
    order: Any,
    firsts: Any,
    visible: int,
    records: Any,
    shares: Any,
    total: Any,
    means_out: Any,
    quats_out: Any,
    scales_out: Any,
    opacities_out: Any,
    sh_out: Any,
) -> None:
    """Sum the shares of one chunk of visible Gaussians and take them back to their parameters.

    Gaussian order[k] owns shares[firsts[k]:firsts[k + 1]], and no other thread touches it.
    """
    start = chunk * CHUNK
    for k in range(start, min(start + CHUNK, visible)):
        total[:] = like(total[0], 0)
        for slot in range(firsts[k], firsts[k + 1]):
            for moment in range(MOMENTS):
                total[moment] += shares[slot, moment]
        i = order[k]
        project_gradient(
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            i,
            camera,
            degree,
            antialiased,
            records[i],
            total,
            means_out,
            quats_out,
            scales_out,
            opacities_out,
            sh_out,
        )
