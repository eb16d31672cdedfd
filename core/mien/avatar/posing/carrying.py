"""How a posed surface carries the Gaussians bound to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mien.avatar.posing.chunks import CHUNK
from mien.avatar.posing.deforming import POINT, QUAT, STRETCH
from mien.avatar.posing.quaternions import multiply, rotate
from mien.rendering.cpu.compiling import device, stage

_ZERO, _ONE = np.float32(0), np.float32(1)
_THIRD, _FIFTH, _SEVENTH = np.float32(1 / 3), np.float32(1 / 5), np.float32(1 / 7)
_TINY = np.float32(1e-12)
_LEAST_STRETCH = np.float32(0.25)
_MOST_STRETCH = np.float32(2.25)
"""Squared bounds of how much a Gaussian is lengthened: enough to close a lid without gaps, too
little for the corners of an open mouth to smear."""

# Rows of the scratch: of the surface under each Gaussian, then of the Gaussian itself.
_P = 0
_Q = 3 * CHUNK
_S = 7 * CHUNK
_OFFSET = 13 * CHUNK
_OWN = 16 * CHUNK
_SCALE = 20 * CHUNK


@stage
def gather_surface(
    chunk: int,
    corners: Any,
    shares: Any,
    surface: Any,
    offsets: Any,
    rest_quats: Any,
    rest_log_scales: Any,
    rows: Any,
) -> None:
    """Write what lies under the chunk's Gaussians, and the Gaussians at rest, in rows."""
    first = chunk * CHUNK
    for i in range(min(CHUNK, corners.shape[0] - first)):
        n = np.uint64(first + i)
        a = np.uint64(corners[n, 0])
        share, second, third = shares[n, 0], shares[n, 1], shares[n, 2]
        if share == _ONE and second == _ZERO and third == _ZERO:
            for k in range(3):
                rows[i + _P + k * CHUNK] = surface[a, POINT + k]
            for k in range(4):
                rows[i + _Q + k * CHUNK] = surface[a, QUAT + k]
            for k in range(6):
                rows[i + _S + k * CHUNK] = surface[a, STRETCH + k]
        else:
            b, c = np.uint64(corners[n, 1]), np.uint64(corners[n, 2])
            for k in range(3):
                rows[i + _P + k * CHUNK] = (
                    share * surface[a, POINT + k]
                    + second * surface[b, POINT + k]
                    + third * surface[c, POINT + k]
                )
            for k in range(6):
                rows[i + _S + k * CHUNK] = (
                    share * surface[a, STRETCH + k]
                    + second * surface[b, STRETCH + k]
                    + third * surface[c, STRETCH + k]
                )
            # Quaternions of either sign are the same rotation: sum those on the first one's side.
            dot_b, dot_c = _ZERO, _ZERO
            for k in range(4):
                dot_b += surface[a, QUAT + k] * surface[b, QUAT + k]
                dot_c += surface[a, QUAT + k] * surface[c, QUAT + k]
            second = -second if dot_b < _ZERO else second
            third = -third if dot_c < _ZERO else third
            for k in range(4):
                rows[i + _Q + k * CHUNK] = (
                    share * surface[a, QUAT + k]
                    + second * surface[b, QUAT + k]
                    + third * surface[c, QUAT + k]
                )
        for k in range(3):
            rows[i + _OFFSET + k * CHUNK] = offsets[n, k]
            rows[i + _SCALE + k * CHUNK] = rest_log_scales[n, k]
        for k in range(4):
            rows[i + _OWN + k * CHUNK] = rest_quats[n, k]


@device
def _lengthening(s: Any, x: Any, y: Any, z: Any) -> Any:
    """Return the logarithm of how much a stretch (minus the identity) lengthens a unit vector."""
    sx = x + s[0] * x + s[1] * y + s[2] * z
    sy = y + s[1] * x + s[3] * y + s[4] * z
    sz = z + s[2] * x + s[4] * y + s[5] * z
    squared = sx * sx + sy * sy + sz * sz
    squared = _LEAST_STRETCH if squared < _LEAST_STRETCH else squared
    squared = _MOST_STRETCH if squared > _MOST_STRETCH else squared
    # Half the logarithm is the inverse hyperbolic tangent of u; four terms of its series are within
    # 0.3 % of the length at the ends of the allowed range and exact near one, for a third of the
    # cost.
    u = (squared - _ONE) / (squared + _ONE)
    uu = u * u
    return u * (_ONE + uu * (_THIRD + uu * (_FIFTH + uu * _SEVENTH)))


@stage
def carry_rows(rows: Any) -> None:
    """Move, turn and stretch the chunk's Gaussians, in place of what they were at rest."""
    for i in range(CHUNK):
        w, x, y, z = (
            rows[i + _Q], rows[i + _Q + CHUNK],
            rows[i + _Q + 2 * CHUNK], rows[i + _Q + 3 * CHUNK],
        )  # fmt: skip
        norm = w * w + x * x + y * y + z * z
        share = _ONE / math.sqrt(_TINY if norm < _TINY else norm)
        w, x, y, z = w * share, x * share, y * share, z * share
        ox, oy, oz = rotate(
            w, x, y, z,
            rows[i + _OFFSET], rows[i + _OFFSET + CHUNK], rows[i + _OFFSET + 2 * CHUNK],
        )  # fmt: skip
        rows[i + _OFFSET] = rows[i + _P] + ox
        rows[i + _OFFSET + CHUNK] = rows[i + _P + CHUNK] + oy
        rows[i + _OFFSET + 2 * CHUNK] = rows[i + _P + 2 * CHUNK] + oz
        aw, ax = rows[i + _OWN], rows[i + _OWN + CHUNK]
        ay, az = rows[i + _OWN + 2 * CHUNK], rows[i + _OWN + 3 * CHUNK]
        qw, qx, qy, qz = multiply(w, x, y, z, aw, ax, ay, az)
        rows[i + _OWN], rows[i + _OWN + CHUNK] = qw, qx
        rows[i + _OWN + 2 * CHUNK], rows[i + _OWN + 3 * CHUNK] = qy, qz
        s = (
            rows[i + _S], rows[i + _S + CHUNK], rows[i + _S + 2 * CHUNK],
            rows[i + _S + 3 * CHUNK], rows[i + _S + 4 * CHUNK], rows[i + _S + 5 * CHUNK],
        )  # fmt: skip
        stretched = abs(s[0]) + abs(s[1]) + abs(s[2]) + abs(s[3]) + abs(s[4]) + abs(s[5])
        norm = aw * aw + ax * ax + ay * ay + az * az
        share = _ONE / math.sqrt(_TINY if norm < _TINY else norm)
        aw, ax, ay, az = aw * share, ax * share, ay * share, az * share
        ex, ey, ez = rotate(aw, ax, ay, az, _ONE, _ZERO, _ZERO)
        change = _lengthening(s, ex, ey, ez)
        rows[i + _SCALE] += _ZERO if stretched == _ZERO else change
        ex, ey, ez = rotate(aw, ax, ay, az, _ZERO, _ONE, _ZERO)
        change = _lengthening(s, ex, ey, ez)
        rows[i + _SCALE + CHUNK] += _ZERO if stretched == _ZERO else change
        ex, ey, ez = rotate(aw, ax, ay, az, _ZERO, _ZERO, _ONE)
        change = _lengthening(s, ex, ey, ez)
        rows[i + _SCALE + 2 * CHUNK] += _ZERO if stretched == _ZERO else change


@stage
def write_gaussians(chunk: int, rows: Any, means: Any, quats: Any, log_scales: Any) -> None:
    """Write the chunk's Gaussians: means [N, 3], quats [N, 4], log_scales [N, 3]."""
    first = chunk * CHUNK
    for i in range(min(CHUNK, means.shape[0] - first)):
        n = np.uint64(first + i)
        for k in range(3):
            means[n, k] = rows[i + _OFFSET + k * CHUNK]
            log_scales[n, k] = rows[i + _SCALE + k * CHUNK]
        for k in range(4):
            quats[n, k] = rows[i + _OWN + k * CHUNK]
