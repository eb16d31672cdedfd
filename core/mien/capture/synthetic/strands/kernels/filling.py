"""Strands between guides: drawn into wisps, curled, strayed and kept off the skin."""

from __future__ import annotations

import math
from typing import Any

from mien.capture.synthetic.strands.kernels.distances import distance_at
from mien.rendering.cpu.compiling import device, serial_kernel


@serial_kernel
def follow_guides(
    roots: Any, guides: Any, which: Any, weights: Any, lengths: Any, strands: Any
) -> None:
    """Write the guides' way, from each strand's own root."""
    count, last = strands.shape[1], guides.shape[1] - 1
    for s in range(len(strands)):
        for k in range(count):
            along = min(lengths[s] * k / (count - 1), 1.0) * last
            i = min(int(along), last - 1)
            share = along - i
            for axis in range(3):
                off = 0.0
                for n in range(weights.shape[1]):
                    g = which[s, n]
                    here = guides[g, i, axis] * (1 - share) + guides[g, i + 1, axis] * share
                    off += weights[s, n] * (here - guides[g, 0, axis])
                strands[s, k, axis] = roots[s, axis] + off


@device
def _wander(own: Any, s: int, along: Any, axis: int) -> Any:
    """Return a strand's own slow drift at a place along it: three sines of its own phases."""
    phase = 6.2832 * own[s, axis]
    other = 6.2832 * own[s, axis + 3]
    slow = math.sin(phase + along * (2.2 + 1.5 * own[s, 6]))
    return slow - math.sin(phase) + 0.5 * (math.sin(other + along * 6.3) - math.sin(other))


@serial_kernel
def finish_strands(
    strands: Any,
    wisp: Any,
    own: Any,
    phase: Any,
    loose: Any,
    reach: Any,
    texture: Any,
    low: Any,
    distances: Any,
    finished: Any,
) -> None:
    """Write strands drawn into wisps, curled by their phase, strayed and lifted off the skin."""
    clump, power, frizz, radius = texture[0], texture[1], texture[2], texture[3]
    root_curl, pitch, flat, scatter = texture[4], texture[5], texture[6], texture[7]
    base, layers = texture[8], texture[9]
    count = strands.shape[1]
    for s in range(len(strands)):
        leader = wisp[s]
        stray = 3.0 if loose[s] else 1.0
        hold = 0.0 if loose[s] else clump * (0.55 + 0.45 * own[s, 7])
        turn = 6.2832 * (phase[leader] + scatter * (own[s, 1] - 0.5))
        coil = radius * (0.7 + 0.6 * own[leader, 3]) * (1 + scatter * (own[s, 4] - 0.5))
        rate = 6.2832 * reach[s] / (pitch * (0.8 + 0.4 * own[leader, 2]))
        bx, by, bz = 0.0, 0.0, 0.0
        for k in range(count):
            t = k / (count - 1)
            tight = hold * t**power
            x = strands[s, k, 0] + tight * (strands[leader, k, 0] - strands[s, k, 0])
            y = strands[s, k, 1] + tight * (strands[leader, k, 1] - strands[s, k, 1])
            z = strands[s, k, 2] + tight * (strands[leader, k, 2] - strands[s, k, 2])
            away = frizz * stray * t
            x += away * _wander(own, s, 2 * t, 0)
            y += away * _wander(own, s, 2 * t, 1)
            z += away * _wander(own, s, 2 * t, 2)
            if coil > 0:
                # The axes across the hair: one carried along it, so that coils do not flip.
                a, b = min(k + 1, count - 1), max(k - 1, 0)
                tx = strands[leader, a, 0] - strands[leader, b, 0]
                ty = strands[leader, a, 1] - strands[leader, b, 1]
                tz = strands[leader, a, 2] - strands[leader, b, 2]
                norm = 1 / (math.sqrt(tx * tx + ty * ty + tz * tz) + 1e-6)
                tx, ty, tz = tx * norm, ty * norm, tz * norm
                if k == 0:
                    _, bx, by, bz = distance_at(low, distances, x, y, z)
                    bx, by = bx + 0.013, by + 0.007
                dot = bx * tx + by * ty + bz * tz
                bx, by, bz = bx - dot * tx, by - dot * ty, bz - dot * tz
                norm = 1 / (math.sqrt(bx * bx + by * by + bz * bz) + 1e-6)
                bx, by, bz = bx * norm, by * norm, bz * norm
                cx, cy, cz = ty * bz - tz * by, tz * bx - tx * bz, tx * by - ty * bx
                size = coil * (root_curl + (1 - root_curl) * t) * min(1.0, 6 * t)
                one = size * math.sin(turn + rate * t)
                two = (1 - flat) * size * math.cos(turn + rate * t)
                x += one * cx + two * bx
                y += one * cy + two * by
                z += one * cz + two * bz
            least = base * min(1.0, 8 * t) + layers * own[s, 5] * min(1.0, 2.5 * t) - 0.2
            height, gx, gy, gz = distance_at(low, distances, x, y, z)
            if height < least and k > 0:
                lift = min(least - height, 12.0)
                x, y, z = x + lift * gx, y + lift * gy, z + lift * gz
            finished[s, k, 0], finished[s, k, 1], finished[s, k, 2] = x, y, z
