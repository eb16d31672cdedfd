"""Rotations and rigid motions on numpy arrays: quaternions are wxyz, matrices act on columns.

Every function takes leading batch dimensions, written `...`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]

IDENTITY_QUAT = np.array([1.0, 0.0, 0.0, 0.0])


def normalize(vectors: ArrayLike) -> Array:
    """Scale vectors [..., D] to length one; zero vectors stay zero."""
    values = np.asarray(vectors)
    norms = np.linalg.norm(values, axis=-1, keepdims=True)
    return values / np.where(norms > 0, norms, 1)


def quat_multiply(left: ArrayLike, right: ArrayLike) -> Array:
    """Return the Hamilton product [..., 4] of quaternions wxyz: first `right`, then `left`."""
    a, b = np.asarray(left), np.asarray(right)
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def quat_conjugate(quats: ArrayLike) -> Array:
    """Return the inverse [..., 4] of unit quaternions."""
    return np.asarray(quats) * np.array([1, -1, -1, -1])


def matrix_from_quat(quats: ArrayLike) -> Array:
    """Return rotation matrices [..., 3, 3] of quaternions [..., 4], normalised on the way."""
    w, x, y, z = np.moveaxis(normalize(quats), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quat_from_matrix(matrices: ArrayLike) -> Array:
    """Return unit quaternions [..., 4] with w >= 0 of rotation matrices [..., 3, 3].

    Takes the largest of the four candidate components, so no angle is ill-conditioned (Shepperd).
    """
    m = np.asarray(matrices, dtype=np.float64)
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    squares = np.stack(
        [1 + m00 + m11 + m22, 1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22], -1
    )
    d0, d1, d2 = (
        m[..., 2, 1] - m[..., 1, 2],
        m[..., 0, 2] - m[..., 2, 0],
        m[..., 1, 0] - m[..., 0, 1],
    )
    s0, s1, s2 = (
        m[..., 1, 0] + m[..., 0, 1],
        m[..., 0, 2] + m[..., 2, 0],
        m[..., 2, 1] + m[..., 1, 2],
    )
    candidates = np.stack(
        [
            np.stack([squares[..., 0], d0, d1, d2], -1),
            np.stack([d0, squares[..., 1], s0, s1], -1),
            np.stack([d1, s0, squares[..., 2], s2], -1),
            np.stack([d2, s1, s2, squares[..., 3]], -1),
        ],
        axis=-2,
    )
    best = np.argmax(squares, axis=-1)
    quats = normalize(np.take_along_axis(candidates, best[..., None, None], axis=-2)[..., 0, :])
    return np.where(quats[..., :1] < 0, -quats, quats)


def matrix_from_axis_angle(rotations: ArrayLike) -> Array:
    """Return rotation matrices [..., 3, 3] of axis-angle vectors [..., 3] in radians."""
    return matrix_from_quat(quat_from_axis_angle(rotations))


def quat_from_axis_angle(rotations: ArrayLike) -> Array:
    """Return unit quaternions [..., 4] of axis-angle vectors [..., 3] in radians."""
    vectors = np.asarray(rotations, dtype=np.float64)
    half = np.linalg.norm(vectors, axis=-1, keepdims=True) / 2
    # sin(x)/x through numpy's sinc, which has no hole at zero.
    return np.concatenate([np.cos(half), vectors * (0.5 * np.sinc(half / np.pi))], axis=-1)


def axis_angle_from_matrix(matrices: ArrayLike) -> Array:
    """Return axis-angle vectors [..., 3] in radians of rotation matrices [..., 3, 3]."""
    quats = quat_from_matrix(matrices)
    sines = np.linalg.norm(quats[..., 1:], axis=-1, keepdims=True)
    angles = 2 * np.arctan2(sines, quats[..., :1])
    return quats[..., 1:] * np.where(sines > 1e-12, angles / np.where(sines > 0, sines, 1), 2.0)


def quat_slerp(start: ArrayLike, end: ArrayLike, fraction: ArrayLike) -> Array:
    """Return quaternions [..., 4] on the shorter great arc from start to end (Shoemake 1985)."""
    a, b = normalize(start), normalize(end)
    t = np.asarray(fraction)[..., None]
    dots = np.sum(a * b, axis=-1, keepdims=True)
    b = np.where(dots < 0, -b, b)
    angles = np.arccos(np.clip(np.abs(dots), 0, 1))
    sines = np.sin(angles)
    near = sines < 1e-6
    safe = np.where(near, 1, sines)
    left = np.where(near, 1 - t, np.sin((1 - t) * angles) / safe)
    right = np.where(near, t, np.sin(t * angles) / safe)
    return normalize(left * a + right * b)


def rigid(rotation: ArrayLike, translation: ArrayLike) -> Array:
    """Return rigid motions [..., 4, 4] of rotations [..., 3, 3] and translations [..., 3]."""
    r, t = np.asarray(rotation, dtype=np.float64), np.asarray(translation, dtype=np.float64)
    batch = np.broadcast_shapes(r.shape[:-2], t.shape[:-1])
    motion = np.zeros((*batch, 4, 4))
    motion[..., :3, :3] = r
    motion[..., :3, 3] = t
    motion[..., 3, 3] = 1
    return motion


def rigid_inverse(motions: ArrayLike) -> Array:
    """Return the inverses of rigid motions [..., 4, 4], without a general matrix inverse."""
    m = np.asarray(motions, dtype=np.float64)
    rotation = np.swapaxes(m[..., :3, :3], -1, -2)
    return rigid(rotation, -(rotation @ m[..., :3, 3:])[..., 0])


def apply(motions: ArrayLike, points: ArrayLike) -> Array:
    """Move points [..., P, 3] by motions [..., 4, 4]."""
    m, p = np.asarray(motions), np.asarray(points)
    return p @ np.swapaxes(m[..., :3, :3], -1, -2) + m[..., None, :3, 3]


def look_at(eye: ArrayLike, target: ArrayLike, up: ArrayLike = (0, 1, 0)) -> Array:
    """Return world_from_camera [4, 4] of an OpenCV camera (x right, y down, z forward).

    Looking straight along `up` is allowed: another axis then stands in for it.
    """
    eye_, target_ = np.asarray(eye, dtype=np.float64), np.asarray(target, dtype=np.float64)
    forward = normalize(target_ - eye_)
    right = np.cross(forward, np.asarray(up, dtype=np.float64))
    if np.linalg.norm(right) < 1e-9:
        right = np.cross(forward, np.array([0.0, 0.0, 1.0]))
    if np.linalg.norm(right) < 1e-9:
        right = np.cross(forward, np.array([1.0, 0.0, 0.0]))
    right = normalize(right)
    down = np.cross(forward, right)
    return rigid(np.stack([right, down, forward], axis=-1), eye_)
