"""Fill a head of guides with hair: wisps, curls, flyaways, kept off the skin. Millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mien.capture.synthetic.strands.distance import DistanceField, distance_at
from mien.rendering.cpu.compiling import device, serial_kernel

Array = NDArray[np.float64]
Float32 = NDArray[np.float32]

_NUM_GUIDES = 3


@dataclass(frozen=True)
class Texture:
    """What hair is like from near by. Lengths in millimetres.

    Args:
        wisps: How many strands come together in a wisp, about.
        clump: How far the tips of a wisp come together, 0..1.
        clump_power: Above 1 they come together late, below early.
        frizz: How far single strands stray at their tips.
        flyaway: Share of strands that keep to nothing.
        curl_radius: Of the coils or waves at the tip.
        curl_root: The same near the root, as a share of it.
        curl_length: From one turn to the next along the hair.
        flatness: 0 coils, 1 waves in a plane.
        scatter: How much the strands of a wisp curl apart, 0..1.
        base_height: How far off the skin the lowest strands are.
        layers: How much higher the highest.
    """

    wisps: int = 14
    clump: float = 0.6
    clump_power: float = 1.0
    frizz: float = 1.2
    flyaway: float = 0.03
    curl_radius: float = 0.0
    curl_root: float = 0.3
    curl_length: float = 60.0
    flatness: float = 0.0
    scatter: float = 0.15
    base_height: float = 0.5
    layers: float = 2.0


@dataclass(frozen=True, eq=False)
class Guided:
    """Which guides a strand follows.

    Args:
        guides: Indices [S, 3].
        weights: How much of each [S, 3]; rows sum to one.
    """

    guides: NDArray[np.int32]
    weights: Float32

    @staticmethod
    def between(strand_places: Array, guide_places: Array) -> Guided:
        """Let strands follow the guides that grow near them.

        Args:
            strand_places: Roots on the template [S, D]; a style may add dimensions that keep
                apart what is combed apart.
            guide_places: The same for the guides [G, D].
        """
        away, guides = cKDTree(guide_places).query(strand_places, k=_NUM_GUIDES)
        near = 1 / (away**2 + 0.25)
        # The furthest fades out, so that nothing jumps where another takes its place.
        near = near - 0.85 * near[:, -1:]
        weights = near / near.sum(axis=1, keepdims=True)
        return Guided(guides.astype(np.int32), weights.astype(np.float32))


def fill(
    roots: Array,
    places: Array,
    guides: Array,
    guided: Guided,
    lengths: Array,
    texture: Texture,
    field: DistanceField,
    *,
    num_points: int,
    seed: int,
) -> Float32:
    """Return strands [S, num_points, 3] between guides [G, K, 3].

    Args:
        roots: Where strands begin on the person [S, 3].
        places: Where on the template [S, D]: near ones share a wisp.
        guides: What `grow_guides` returned.
        guided: Which of them each strand follows.
        lengths: As shares of the guides' [S].
        texture: How the hair is from near by.
        field: Distances from the person.
        num_points: From root to tip.
        seed: What chance decides.
    """
    rng = np.random.default_rng(seed)
    count = len(roots)
    leaders = np.arange(0, count, max(1, texture.wisps))
    wisp = leaders[cKDTree(places[leaders]).query(places)[1]].astype(np.int32)
    own = rng.random((count, 8)).astype(np.float32)
    loose = rng.random(count) < texture.flyaway
    strands = np.empty((count, num_points, 3), np.float32)
    _follow(
        roots.astype(np.float32),
        np.ascontiguousarray(guides, np.float32),
        guided.guides,
        guided.weights,
        lengths.astype(np.float32),
        strands,
    )
    reach = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1)
    finished = np.empty_like(strands)
    _finish(
        strands,
        wisp,
        own,
        loose,
        reach.astype(np.float32),
        np.array(
            [
                texture.clump, texture.clump_power, texture.frizz, texture.curl_radius,
                texture.curl_root, texture.curl_length, texture.flatness, texture.scatter,
                texture.base_height, texture.layers,
            ],
            np.float32,
        ),
        field.low,
        field.distances,
        finished,
    )  # fmt: skip
    return finished


@serial_kernel
def _follow(roots: Any, guides: Any, which: Any, weights: Any, lengths: Any, strands: Any) -> None:
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
def _finish(
    strands: Any,
    wisp: Any,
    own: Any,
    loose: Any,
    reach: Any,
    texture: Any,
    low: Any,
    distances: Any,
    finished: Any,
) -> None:
    clump, power, frizz, radius = texture[0], texture[1], texture[2], texture[3]
    root_curl, pitch, flat, scatter = texture[4], texture[5], texture[6], texture[7]
    base, layers = texture[8], texture[9]
    count = strands.shape[1]
    for s in range(len(strands)):
        leader = wisp[s]
        stray = 3.0 if loose[s] else 1.0
        hold = 0.0 if loose[s] else clump * (0.55 + 0.45 * own[s, 7])
        turn = 6.2832 * (own[leader, 0] + scatter * (own[s, 1] - 0.5))
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
