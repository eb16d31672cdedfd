"""How the joints of a skeleton move: axis-angle rotations down the tree to dual quaternions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mien.avatar.posing.quaternions import multiply, rotate
from mien.rendering.cpu.compiling import device, serial_kernel


@device
def _exponential(rotation: Any) -> Any:
    angle = math.sqrt(rotation[0] ** 2 + rotation[1] ** 2 + rotation[2] ** 2)
    share = math.sin(angle / 2) / angle if angle > 1e-12 else 0.5
    return math.cos(angle / 2), share * rotation[0], share * rotation[1], share * rotation[2]


@serial_kernel
def joint_motions(
    parents: Any, pivots: Any, rotations: Any, translations: Any, motions: Any
) -> None:
    """Write the unit dual quaternion [J, 8] of each joint's motion from rest.

    A joint's quaternion has the sign nearer to its parent's, so that the two may be blended.

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
        w, x, y, z = multiply(aw, ax, ay, az, bw, bx, by, bz)
        px, py, pz = float(pivots[j, 0]), float(pivots[j, 1]), float(pivots[j, 2])
        rx, ry, rz = rotate(w, x, y, z, px, py, pz)
        tx, ty, tz = px - rx, py - ry, pz - rz
        p = parents[j]
        if p >= 0:
            pw, pi, pj, pk = quats[p, 0], quats[p, 1], quats[p, 2], quats[p, 3]
            tx, ty, tz = rotate(pw, pi, pj, pk, tx, ty, tz)
            tx, ty, tz = tx + shifts[p, 0], ty + shifts[p, 1], tz + shifts[p, 2]
            w, x, y, z = multiply(pw, pi, pj, pk, w, x, y, z)
            if w * pw + x * pi + y * pj + z * pk < 0:
                w, x, y, z = -w, -x, -y, -z
        tx, ty, tz = tx + translations[j, 0], ty + translations[j, 1], tz + translations[j, 2]
        quats[j, 0], quats[j, 1], quats[j, 2], quats[j, 3] = w, x, y, z
        shifts[j, 0], shifts[j, 1], shifts[j, 2] = tx, ty, tz
        dw, dx, dy, dz = multiply(0.0, tx, ty, tz, w, x, y, z)
        motions[j, 0], motions[j, 1], motions[j, 2], motions[j, 3] = w, x, y, z
        motions[j, 4], motions[j, 5] = dw / 2, dx / 2
        motions[j, 6], motions[j, 7] = dy / 2, dz / 2
