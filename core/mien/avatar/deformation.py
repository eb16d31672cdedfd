"""The kernels that pose a rig: morph targets, surface frames, skinning, and the bound Gaussians.

Compiled, parallel, and without the interpreter's lock. Every sum runs in one order whatever the
number of threads, so the same state gives the same bits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange

_ONE = np.float32(1)
_THIRD, _FIFTH, _SEVENTH = np.float32(1 / 3), np.float32(1 / 5), np.float32(1 / 7)
_TWO = np.float32(2)
_HALF = np.float32(0.5)
_ZERO = np.float32(0)
_TINY = np.float32(1e-12)
_COLLAPSED = np.float32(1e-3)
"""Area ratio under which a surface has no frame left to follow."""
_LEAST_STRETCH = np.float32(0.25)
_MOST_STRETCH = np.float32(2.25)
"""Squared bounds of how much a Gaussian is lengthened: enough to close a lid without gaps, too
little for the corners of an open mouth to smear."""

# `contract` and friends, but not `nnan`: a broken number must stay visible.
_FAST = {"contract", "arcp", "nsz", "reassoc"}


@njit(cache=True, nogil=True, error_model="numpy")
def _multiply(aw: Any, ax: Any, ay: Any, az: Any, bw: Any, bx: Any, by: Any, bz: Any) -> Any:
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _rotate(w: Any, x: Any, y: Any, z: Any, px: Any, py: Any, pz: Any) -> Any:
    # p + 2 w (v x p) + 2 v x (v x p), for a unit quaternion (w, v).
    cx, cy, cz = y * pz - z * py, z * px - x * pz, x * py - y * px
    cx, cy, cz = cx + cx, cy + cy, cz + cz
    return (
        px + w * cx + y * cz - z * cy,
        py + w * cy + z * cx - x * cz,
        pz + w * cz + x * cy - y * cx,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _exponential(rotation: Any) -> Any:
    angle = math.sqrt(rotation[0] ** 2 + rotation[1] ** 2 + rotation[2] ** 2)
    share = math.sin(angle / 2) / angle if angle > 1e-12 else 0.5
    return math.cos(angle / 2), share * rotation[0], share * rotation[1], share * rotation[2]


@njit(cache=True, nogil=True, error_model="numpy")
def joint_motions(
    parents: Any, pivots: Any, rotations: Any, translations: Any, motions: Any
) -> None:
    """Write the unit dual quaternion [J, 8] of each joint's motion from rest.

    Args:
        parents: [J], a parent before its children, -1 for none.
        pivots: Rest positions [J, 3].
        rotations: Two axis-angle vectors [J, 2, 3] at each joint; the second acts first.
        translations: Of each joint beyond its parent's [J, 3], in the avatar's own axes.
        motions: Written: real part wxyz, then dual part, float32.
    """
    count = len(parents)
    quats = np.empty((count, 4), np.float64)
    shifts = np.empty((count, 3), np.float64)
    for j in range(count):
        aw, ax, ay, az = _exponential(rotations[j, 0])
        bw, bx, by, bz = _exponential(rotations[j, 1])
        w, x, y, z = _multiply(aw, ax, ay, az, bw, bx, by, bz)
        px, py, pz = float(pivots[j, 0]), float(pivots[j, 1]), float(pivots[j, 2])
        rx, ry, rz = _rotate(w, x, y, z, px, py, pz)
        tx, ty, tz = px - rx, py - ry, pz - rz
        p = parents[j]
        if p >= 0:
            pw, pi, pj, pk = quats[p, 0], quats[p, 1], quats[p, 2], quats[p, 3]
            tx, ty, tz = _rotate(pw, pi, pj, pk, tx, ty, tz)
            tx, ty, tz = tx + shifts[p, 0], ty + shifts[p, 1], tz + shifts[p, 2]
            w, x, y, z = _multiply(pw, pi, pj, pk, w, x, y, z)
        tx, ty, tz = tx + translations[j, 0], ty + translations[j, 1], tz + translations[j, 2]
        quats[j, 0], quats[j, 1], quats[j, 2], quats[j, 3] = w, x, y, z
        shifts[j, 0], shifts[j, 1], shifts[j, 2] = tx, ty, tz
        dw, dx, dy, dz = _multiply(0.0, tx, ty, tz, w, x, y, z)
        motions[j, 0], motions[j, 1], motions[j, 2], motions[j, 3] = w, x, y, z
        motions[j, 4], motions[j, 5] = dw / 2, dx / 2
        motions[j, 6], motions[j, 7] = dy / 2, dz / 2


@njit(cache=True, nogil=True, error_model="numpy")
def _quat_of_frames(ax: Any, ay: Any, az: Any, bx: Any, by: Any, bz: Any, rest: Any) -> Any:
    """Return the quaternion that turns a rest frame [2, 3] into the frame of two tangents."""
    cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    ux, uy, uz = rest[0, 0], rest[0, 1], rest[0, 2]
    vx, vy, vz = rest[1, 0], rest[1, 1], rest[1, 2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    m00, m01, m02 = (
        ax * ux + bx * vx + cx * nx,
        ax * uy + bx * vy + cx * ny,
        ax * uz + bx * vz + cx * nz,
    )
    m10, m11, m12 = (
        ay * ux + by * vx + cy * nx,
        ay * uy + by * vy + cy * ny,
        ay * uz + by * vz + cy * nz,
    )
    m20, m21, m22 = (
        az * ux + bz * vx + cz * nx,
        az * uy + bz * vy + cz * ny,
        az * uz + bz * vz + cz * nz,
    )
    trace = m00 + m11 + m22
    if trace > 0:
        share = _HALF / math.sqrt(_ONE + trace)
        return (_ONE + trace) * share, (m21 - m12) * share, (m02 - m20) * share, (m10 - m01) * share
    # Turned by more than a third of a circle: the largest component first (Shepperd 1978).
    w, x, y, z = _ZERO, _ONE + m00 - m11 - m22, _ONE - m00 + m11 - m22, _ONE - m00 - m11 + m22
    if x >= y and x >= z:
        w, y, z = m21 - m12, m10 + m01, m02 + m20
    elif y >= z:
        w, x, z = m02 - m20, m10 + m01, m21 + m12
    else:
        w, x, y = m10 - m01, m02 + m20, m21 + m12
    share = _ONE / math.sqrt(w * w + x * x + y * y + z * z)
    return w * share, x * share, y * share, z * share


@njit(cache=True, nogil=True, parallel=True, fastmath=_FAST, error_model="numpy")
def displace(starts: Any, shapes: Any, deltas: Any, weights: Any, displacements: Any) -> None:
    """Sum the morph targets: displacements [V, 3] from entries sorted by vertex."""
    for v in prange(len(starts) - 1):
        x, y, z = _ZERO, _ZERO, _ZERO
        for m in range(starts[v], starts[v + 1]):
            weight = weights[np.uint32(shapes[m])]
            x += weight * deltas[m, 0]
            y += weight * deltas[m, 1]
            z += weight * deltas[m, 2]
        displacements[v, 0], displacements[v, 1], displacements[v, 2] = x, y, z


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _turn(
    v: Any,
    displacements: Any,
    ring_starts: Any,
    ring_vertices: Any,
    ring_gradients: Any,
    tangents: Any,
    stretches: Any,
) -> Any:
    """Return how the surface around a vertex turned, and write how it stretched.

    The gradient of the displacements along the two tangents is split into a rotation and a
    symmetric stretch (polar decomposition, in closed form for the 2x2 metric).
    """
    x, y, z = displacements[v, 0], displacements[v, 1], displacements[v, 2]
    ax, ay, az, bx, by, bz = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    for r in range(ring_starts[v], ring_starts[v + 1]):
        other = np.uint32(ring_vertices[r])
        dx = displacements[other, 0] - x
        dy = displacements[other, 1] - y
        dz = displacements[other, 2] - z
        along, across = ring_gradients[r, 0], ring_gradients[r, 1]
        ax += along * dx
        ay += along * dy
        az += along * dz
        bx += across * dx
        by += across * dy
        bz += across * dz
    for k in range(6):
        stretches[v, k] = _ZERO
    if ax == 0 and ay == 0 and az == 0 and bx == 0 and by == 0 and bz == 0:
        return _ONE, _ZERO, _ZERO, _ZERO
    frame = tangents[v]
    ux, uy, uz = frame[0, 0], frame[0, 1], frame[0, 2]
    vx, vy, vz = frame[1, 0], frame[1, 1], frame[1, 2]
    ax, ay, az = ax + ux, ay + uy, az + uz
    bx, by, bz = bx + vx, by + vy, bz + vz
    p = ax * ax + ay * ay + az * az
    q = ax * bx + ay * by + az * bz
    r = bx * bx + by * by + bz * bz
    area = math.sqrt(max(p * r - q * q, _ZERO))
    if area < _COLLAPSED:
        return _ONE, _ZERO, _ZERO, _ZERO
    trace = math.sqrt(p + r + _TWO * area)
    inverse = _ONE / trace
    c, d, e = (p + area) * inverse - _ONE, q * inverse, (r + area) * inverse - _ONE
    stretches[v, 0] = c * ux * ux + _TWO * d * ux * vx + e * vx * vx
    stretches[v, 1] = c * ux * uy + d * (ux * vy + uy * vx) + e * vx * vy
    stretches[v, 2] = c * ux * uz + d * (ux * vz + uz * vx) + e * vx * vz
    stretches[v, 3] = c * uy * uy + _TWO * d * uy * vy + e * vy * vy
    stretches[v, 4] = c * uy * uz + d * (uy * vz + uz * vy) + e * vy * vz
    stretches[v, 5] = c * uz * uz + _TWO * d * uz * vz + e * vz * vz
    inverse = inverse / area
    c, d, e = (r + area) * inverse, -q * inverse, (p + area) * inverse
    return _quat_of_frames(
        c * ax + d * bx, c * ay + d * by, c * az + d * bz,
        d * ax + e * bx, d * ay + e * by, d * az + e * bz,
        frame,
    )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _skin(joints: Any, weights: Any, motions: Any) -> Any:
    """Return the blended unit dual quaternion of a vertex (Kavan et al. 2007).

    Unlike blended matrices these keep a turning neck from thinning.
    """
    lead = motions[joints[0]]
    share = weights[0]
    w, i, j, k = share * lead[0], share * lead[1], share * lead[2], share * lead[3]
    dw, di, dj, dk = share * lead[4], share * lead[5], share * lead[6], share * lead[7]
    for n in range(1, 4):
        weight = weights[n]
        if weight == 0:
            continue
        m = motions[joints[n]]
        if m[0] * lead[0] + m[1] * lead[1] + m[2] * lead[2] + m[3] * lead[3] < 0:
            weight = -weight
        w, i, j, k = w + weight * m[0], i + weight * m[1], j + weight * m[2], k + weight * m[3]
        dw, di = dw + weight * m[4], di + weight * m[5]
        dj, dk = dj + weight * m[6], dk + weight * m[7]
    if share != 1:
        share = _ONE / math.sqrt(max(w * w + i * i + j * j + k * k, _TINY))
        w, i, j, k = w * share, i * share, j * share, k * share
        dw, di, dj, dk = dw * share, di * share, dj * share, dk * share
    # The translation is twice the vector part of dual times conjugated real.
    return (
        w, i, j, k,
        _TWO * (-dw * i + di * w - dj * k + dk * j),
        _TWO * (-dw * j + di * k + dj * w - dk * i),
        _TWO * (-dw * k - di * j + dj * i + dk * w),
    )  # fmt: skip


@njit(cache=True, nogil=True, parallel=True, fastmath=_FAST, error_model="numpy")
def deform(
    rest: Any,
    displacements: Any,
    ring_starts: Any,
    ring_vertices: Any,
    ring_gradients: Any,
    tangents: Any,
    joints: Any,
    weights: Any,
    motions: Any,
    points: Any,
    quats: Any,
    stretches: Any,
) -> None:
    """Pose a surface: displace its vertices and carry them along with the joints.

    Args:
        rest: [V, 3].
        displacements: [V, 3].
        ring_starts: [V + 1]; with the next three, a SurfaceFrames.
        ring_vertices: [R].
        ring_gradients: [R, 2].
        tangents: [V, 2, 3].
        joints: [V, 4].
        weights: [V, 4].
        motions: Unit dual quaternions [J, 8], or none [0, 8] where all joints rest.
        points: Written: posed vertices [V, 3].
        quats: Written: unit rotations of the surface from rest [V, 4].
        stretches: Written: its symmetric stretch minus the identity [V, 6], xx xy xz yy yz zz.
    """
    for v in prange(len(rest)):
        x = rest[v, 0] + displacements[v, 0]
        y = rest[v, 1] + displacements[v, 1]
        z = rest[v, 2] + displacements[v, 2]
        qw, qx, qy, qz = _turn(
            v, displacements, ring_starts, ring_vertices, ring_gradients, tangents, stretches
        )
        if len(motions):
            w, i, j, k, tx, ty, tz = _skin(joints[v], weights[v], motions)
            x, y, z = _rotate(w, i, j, k, x, y, z)
            x, y, z = x + tx, y + ty, z + tz
            qw, qx, qy, qz = _multiply(w, i, j, k, qw, qx, qy, qz)
        points[v, 0], points[v, 1], points[v, 2] = x, y, z
        quats[v, 0], quats[v, 1], quats[v, 2], quats[v, 3] = qw, qx, qy, qz


@njit(cache=True, nogil=True, error_model="numpy")
def _lengthening(s: Any, x: Any, y: Any, z: Any) -> Any:
    """Return the logarithm of how much a stretch (minus the identity) lengthens a unit vector."""
    sx = x + s[0] * x + s[1] * y + s[2] * z
    sy = y + s[1] * x + s[3] * y + s[4] * z
    sz = z + s[2] * x + s[4] * y + s[5] * z
    squared = min(max(sx * sx + sy * sy + sz * sz, _LEAST_STRETCH), _MOST_STRETCH)
    # Half the logarithm is the inverse hyperbolic tangent of u; four terms of its series are within
    # 0.3 % of the length at the ends of the allowed range and exact near one, for a third of the
    # cost.
    u = (squared - _ONE) / (squared + _ONE)
    uu = u * u
    return u * (_ONE + uu * (_THIRD + uu * (_FIFTH + uu * _SEVENTH)))


@njit(cache=True, nogil=True, parallel=True, fastmath=_FAST, error_model="numpy")
def carry(
    corners: Any,
    barycentric: Any,
    points: Any,
    surface_quats: Any,
    stretches: Any,
    offsets: Any,
    rest_quats: Any,
    rest_log_scales: Any,
    means: Any,
    quats: Any,
    log_scales: Any,
) -> None:
    """Place bound Gaussians on a posed surface: centres, rotations and sizes all follow it.

    Args:
        corners: Vertices of each Gaussian's triangle [N, 3].
        barycentric: Their weights [N, 3].
        points: Posed vertices [V, 3].
        surface_quats: Rotations of the surface from rest [V, 4].
        stretches: Of the surface, minus the identity [V, 6].
        offsets: At rest [N, 3].
        rest_quats: [N, 4].
        rest_log_scales: [N, 3].
        means: Written [N, 3].
        quats: Written [N, 4].
        log_scales: Written [N, 3].
    """
    for n in prange(len(corners)):
        px, py, pz = _ZERO, _ZERO, _ZERO
        w, x, y, z = _ZERO, _ZERO, _ZERO, _ZERO
        s0, s1, s2, s3, s4, s5 = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
        for c in range(3):
            share = barycentric[n, c]
            if share == 0:
                continue
            v = corners[n, c]
            px, py, pz = (
                px + share * points[v, 0],
                py + share * points[v, 1],
                pz + share * points[v, 2],
            )
            s0, s1 = s0 + share * stretches[v, 0], s1 + share * stretches[v, 1]
            s2, s3 = s2 + share * stretches[v, 2], s3 + share * stretches[v, 3]
            s4, s5 = s4 + share * stretches[v, 4], s5 + share * stretches[v, 5]
            q = surface_quats[v]
            if w * q[0] + x * q[1] + y * q[2] + z * q[3] < 0:
                share = -share
            w, x, y, z = w + share * q[0], x + share * q[1], y + share * q[2], z + share * q[3]
        norm = w * w + x * x + y * y + z * z
        if norm != 1:
            share = _ONE / math.sqrt(max(norm, _TINY))
            w, x, y, z = w * share, x * share, y * share, z * share
        ox, oy, oz = _rotate(w, x, y, z, offsets[n, 0], offsets[n, 1], offsets[n, 2])
        means[n, 0], means[n, 1], means[n, 2] = px + ox, py + oy, pz + oz
        aw, ax, ay, az = rest_quats[n, 0], rest_quats[n, 1], rest_quats[n, 2], rest_quats[n, 3]
        quats[n, 0], quats[n, 1], quats[n, 2], quats[n, 3] = _multiply(w, x, y, z, aw, ax, ay, az)
        for k in range(3):
            log_scales[n, k] = rest_log_scales[n, k]
        if s0 == 0 and s1 == 0 and s2 == 0 and s3 == 0 and s4 == 0 and s5 == 0:
            continue
        s = (s0, s1, s2, s3, s4, s5)
        share = _ONE / math.sqrt(max(aw * aw + ax * ax + ay * ay + az * az, _TINY))
        aw, ax, ay, az = aw * share, ax * share, ay * share, az * share
        ex, ey, ez = _rotate(aw, ax, ay, az, _ONE, _ZERO, _ZERO)
        log_scales[n, 0] += _lengthening(s, ex, ey, ez)
        ex, ey, ez = _rotate(aw, ax, ay, az, _ZERO, _ONE, _ZERO)
        log_scales[n, 1] += _lengthening(s, ex, ey, ez)
        ex, ey, ez = _rotate(aw, ax, ay, az, _ZERO, _ZERO, _ONE)
        log_scales[n, 2] += _lengthening(s, ex, ey, ez)
