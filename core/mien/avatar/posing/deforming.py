"""How a displaced surface turns, stretches and follows the joints.

The gradient of the displacements along a vertex's two tangents is split into a rotation and a
symmetric stretch (polar decomposition, in closed form for the 2x2 metric). Joints move the vertices
by blended dual quaternions (Kavan et al. 2007), which unlike blended matrices keep a turning neck
from thinning.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mien.avatar.posing.chunks import CHUNK
from mien.avatar.posing.quaternions import multiply, rotate
from mien.rendering.cpu.compiling import stage

POINT = 0
"""Columns of a vertex's record [16]: the posed point,"""
QUAT = 4
"""the unit rotation wxyz from rest,"""
STRETCH = 8
"""and the symmetric stretch minus the identity, xx xy xz yy yz zz."""
RECORD = 16
"""Floats of a record: a cache line, so that a Gaussian fetches one for each corner."""

_ZERO, _ONE, _TWO = np.float32(0), np.float32(1), np.float32(2)
_TINY = np.float32(1e-12)
_COLLAPSED = np.float32(1e-3)
"""Area ratio under which a surface has no frame left to follow."""

# Rows of the scratch. The stretch takes the place of the gradient, the quaternion follows.
_A, _B = 0, 3 * CHUNK
_P = 6 * CHUNK
_Q = 9 * CHUNK
_DUAL = 13 * CHUNK


@stage
def gather_gradients(
    chunk: int,
    displacements: Any,
    ring_starts: Any,
    ring_vertices: Any,
    ring_gradients: Any,
    rest: Any,
    rows: Any,
) -> None:
    """Write the chunk's displaced points and its displacements' gradients along both tangents."""
    first = chunk * CHUNK
    for i in range(min(CHUNK, ring_starts.shape[0] - 1 - first)):
        v = np.uint64(first + i)
        x, y, z = displacements[v, 0], displacements[v, 1], displacements[v, 2]
        ax, ay, az, bx, by, bz = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
        for ring in range(np.uint64(ring_starts[v]), np.uint64(ring_starts[v + np.uint64(1)])):
            other = np.uint64(ring_vertices[ring])
            dx = displacements[other, 0] - x
            dy = displacements[other, 1] - y
            dz = displacements[other, 2] - z
            along, across = ring_gradients[ring, 0], ring_gradients[ring, 1]
            ax += along * dx
            ay += along * dy
            az += along * dz
            bx += across * dx
            by += across * dy
            bz += across * dz
        rows[i + _A], rows[i + _A + CHUNK], rows[i + _A + 2 * CHUNK] = ax, ay, az
        rows[i + _B], rows[i + _B + CHUNK], rows[i + _B + 2 * CHUNK] = bx, by, bz
        rows[i + _P], rows[i + _P + CHUNK], rows[i + _P + 2 * CHUNK] = x, y, z
    for i in range(3 * CHUNK):
        rows[i + _P] += rest[i]


@stage
def split_gradients(tangents: Any, rows: Any) -> None:
    """Replace the chunk's gradients by rotations and stretches, given its tangents' rows [6].

    A surface that has not moved, or has collapsed, neither turns nor stretches.
    """
    for i in range(CHUNK):
        ux, uy, uz = tangents[i], tangents[i + CHUNK], tangents[i + 2 * CHUNK]
        vx, vy, vz = tangents[i + 3 * CHUNK], tangents[i + 4 * CHUNK], tangents[i + 5 * CHUNK]
        ax, ay, az = rows[i + _A], rows[i + _A + CHUNK], rows[i + _A + 2 * CHUNK]
        bx, by, bz = rows[i + _B], rows[i + _B + CHUNK], rows[i + _B + 2 * CHUNK]
        moved = abs(ax) + abs(ay) + abs(az) + abs(bx) + abs(by) + abs(bz)
        ax, ay, az = ax + ux, ay + uy, az + uz
        bx, by, bz = bx + vx, by + vy, bz + vz
        p = ax * ax + ay * ay + az * az
        q = ax * bx + ay * by + az * bz
        r = bx * bx + by * by + bz * bz
        area = p * r - q * q
        area = math.sqrt(_ZERO if area < _ZERO else area)
        still = (moved == _ZERO) | (area < _COLLAPSED)
        # From here on numbers that a still surface would break are replaced by harmless ones.
        area = _ONE if still else area
        p, q, r = _ONE if still else p, _ZERO if still else q, _ONE if still else r
        inverse = _ONE / math.sqrt(p + r + _TWO * area)
        c, d, e = (p + area) * inverse - _ONE, q * inverse, (r + area) * inverse - _ONE
        c, e = _ZERO if still else c, _ZERO if still else e
        rows[i + _A] = c * ux * ux + _TWO * d * ux * vx + e * vx * vx
        rows[i + _A + CHUNK] = c * ux * uy + d * (ux * vy + uy * vx) + e * vx * vy
        rows[i + _A + 2 * CHUNK] = c * ux * uz + d * (ux * vz + uz * vx) + e * vx * vz
        rows[i + _B] = c * uy * uy + _TWO * d * uy * vy + e * vy * vy
        rows[i + _B + CHUNK] = c * uy * uz + d * (uy * vz + uz * vy) + e * vy * vz
        rows[i + _B + 2 * CHUNK] = c * uz * uz + _TWO * d * uz * vz + e * vz * vz
        inverse = inverse / area
        c, d, e = (r + area) * inverse, -q * inverse, (p + area) * inverse
        ax, ay, az, bx, by, bz = (
            c * ax + d * bx, c * ay + d * by, c * az + d * bz,
            d * ax + e * bx, d * ay + e * by, d * az + e * bz,
        )  # fmt: skip
        # The matrix that turns the tangents and their normal into where they went.
        cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        m00, m11 = ax * ux + bx * vx + cx * nx, ay * uy + by * vy + cy * ny
        m22 = az * uz + bz * vz + cz * nz
        m01, m10 = ax * uy + bx * vy + cx * ny, ay * ux + by * vx + cy * nx
        m02, m20 = ax * uz + bx * vz + cx * nz, az * ux + bz * vx + cz * nx
        m12, m21 = ay * uz + by * vz + cy * nz, az * uy + bz * vy + cz * ny
        # Its quaternion by the largest component (Shepperd 1978), the turn from 1 where it can be.
        w, x, y, z = _ONE + m00 + m11 + m22, m21 - m12, m02 - m20, m10 - m01
        far = w <= _ONE
        xx, yy, zz = _ONE + m00 - m11 - m22, _ONE - m00 + m11 - m22, _ONE - m00 - m11 + m22
        xy, xz, yz = m10 + m01, m02 + m20, m21 + m12
        by_x = far & (xx >= yy) & (xx >= zz)
        by_y = far & (not by_x) & (yy >= zz)
        by_z = far & (not by_x) & (not by_y)
        sx, sy, sz = x, y, z
        w = sx if by_x else (sy if by_y else (sz if by_z else w))
        x = xx if by_x else (xy if by_y else (xz if by_z else x))
        y = xy if by_x else (yy if by_y else (yz if by_z else y))
        z = xz if by_x else (yz if by_y else (zz if by_z else z))
        share = _ONE / math.sqrt(w * w + x * x + y * y + z * z)
        rows[i + _Q] = _ONE if still else w * share
        rows[i + _Q + CHUNK] = _ZERO if still else x * share
        rows[i + _Q + 2 * CHUNK] = _ZERO if still else y * share
        rows[i + _Q + 3 * CHUNK] = _ZERO if still else z * share


@stage
def skin_chunk(weights: Any, motions: Any, rows: Any) -> None:
    """Move the chunk's points and rotations by its joints' rows of weights [J].

    The motions [J, 8] are unit dual quaternions, all of signs that may be blended.
    """
    for i in range(8 * CHUNK):
        rows[i + _DUAL] = _ZERO
    for joint in range(motions.shape[0]):
        shares = weights[joint * CHUNK : (joint + 1) * CHUNK]
        w, x, y, z = motions[joint, 0], motions[joint, 1], motions[joint, 2], motions[joint, 3]
        dw, dx, dy, dz = motions[joint, 4], motions[joint, 5], motions[joint, 6], motions[joint, 7]
        for i in range(CHUNK):
            share = shares[i]
            rows[i + _DUAL] += share * w
            rows[i + _DUAL + CHUNK] += share * x
            rows[i + _DUAL + 2 * CHUNK] += share * y
            rows[i + _DUAL + 3 * CHUNK] += share * z
            rows[i + _DUAL + 4 * CHUNK] += share * dw
            rows[i + _DUAL + 5 * CHUNK] += share * dx
            rows[i + _DUAL + 6 * CHUNK] += share * dy
            rows[i + _DUAL + 7 * CHUNK] += share * dz
    for i in range(CHUNK):
        w, x = rows[i + _DUAL], rows[i + _DUAL + CHUNK]
        y, z = rows[i + _DUAL + 2 * CHUNK], rows[i + _DUAL + 3 * CHUNK]
        dw, dx = rows[i + _DUAL + 4 * CHUNK], rows[i + _DUAL + 5 * CHUNK]
        dy, dz = rows[i + _DUAL + 6 * CHUNK], rows[i + _DUAL + 7 * CHUNK]
        norm = w * w + x * x + y * y + z * z
        share = _ONE / math.sqrt(_TINY if norm < _TINY else norm)
        w, x, y, z = w * share, x * share, y * share, z * share
        dw, dx, dy, dz = dw * share, dx * share, dy * share, dz * share
        px, py, pz = rotate(
            w, x, y, z, rows[i + _P], rows[i + _P + CHUNK], rows[i + _P + 2 * CHUNK]
        )
        # The translation is twice the vector part of dual times conjugated real.
        rows[i + _P] = px + _TWO * (-dw * x + dx * w - dy * z + dz * y)
        rows[i + _P + CHUNK] = py + _TWO * (-dw * y + dx * z + dy * w - dz * x)
        rows[i + _P + 2 * CHUNK] = pz + _TWO * (-dw * z - dx * y + dy * x + dz * w)
        qw, qx, qy, qz = multiply(
            w, x, y, z,
            rows[i + _Q], rows[i + _Q + CHUNK],
            rows[i + _Q + 2 * CHUNK], rows[i + _Q + 3 * CHUNK],
        )  # fmt: skip
        rows[i + _Q], rows[i + _Q + CHUNK] = qw, qx
        rows[i + _Q + 2 * CHUNK], rows[i + _Q + 3 * CHUNK] = qy, qz


@stage
def write_records(chunk: int, rows: Any, surface: Any) -> None:
    """Write the chunk's vertices into the posed surface [V, RECORD]."""
    first = chunk * CHUNK
    for i in range(CHUNK):
        v = np.uint64(first + i)
        for k in range(3):
            surface[v, POINT + k] = rows[i + _P + k * CHUNK]
        surface[v, POINT + 3] = _ZERO
        for k in range(4):
            surface[v, QUAT + k] = rows[i + _Q + k * CHUNK]
        for k in range(6):
            surface[v, STRETCH + k] = rows[i + _A + k * CHUNK]
        surface[v, STRETCH + 6] = _ZERO
        surface[v, STRETCH + 7] = _ZERO
