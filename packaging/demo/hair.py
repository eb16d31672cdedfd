"""Hair: strands grown over the head by a style's rules, the same roots for everybody.

A strand is NUM_SEGMENTS Gaussians; styles differ in where these end up, how wide they are and
whether they are there at all, so that any two heads of hair blend. Millimetres on the person's own
head, Y up, face toward +Z.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from demo.splats import unit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep

Array = NDArray[np.float64]

NUM_STRANDS = 1500
NUM_SEGMENTS = 8
SUBSTEPS = 5


@dataclass(frozen=True, eq=False)
class Strands:
    """Centres, directions, outward normals [S, K, 3], sizes [S, K, 3] mm, opacities [S, K]."""

    centres: Array
    tangents: Array
    normals: Array
    sizes: Array
    opacities: Array


@dataclass(frozen=True, eq=False)
class Scalp:
    """The head hair grows on.

    Args:
        roots: Where strands begin, on the person [S, 3].
        neutral: The same places on the template [S, 3].
        normals: Outward, at the roots [S, 3].
        density: How much hair grows at each root [S], 0..1.
        tufts: A place near its strand's root for every Gaussian [S, K, 3], for short hair.
        tuft_normals: [S, K, 3].
        surface: Points all over the person's skin [Q, 3].
        surface_normals: [Q, 3].
    """

    roots: Array
    neutral: Array
    normals: Array
    density: Array
    tufts: Array
    tuft_normals: Array
    surface: Array
    surface_normals: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tree", cKDTree(self.surface))

    def lift(self, points: Array, least: Array) -> tuple[Array, Array]:
        """Push points out to a least distance off the skin; return them and the normals there."""
        _, near = self._tree.query(points, k=4)  # type: ignore[attr-defined]
        normals = unit(self.surface_normals[near].mean(axis=1))
        height = ((points - self.surface[near].mean(axis=1)) * normals).sum(axis=1)
        short = np.clip(least - height, 0, 12)
        return points + normals * short[:, None], normals


Rule = Callable[[Array, Array, Array, float], Array]
"""(points, previous directions, normals of the nearest skin, share grown) -> directions."""


def grow(
    scalp: Scalp, lengths: Array, rule: Rule, height: Callable[[float], Array]
) -> tuple[Array, Array]:
    """Grow strands step by step; return their points [S, K + 1, 3] and the skin's normals there."""
    steps = NUM_SEGMENTS * SUBSTEPS
    points = scalp.roots + scalp.normals * 0.5
    direction, normals = scalp.normals.copy(), scalp.normals
    line, sides = [points], [normals]
    for step in range(1, steps + 1):
        share = step / steps
        direction = unit(0.62 * direction + 0.38 * rule(points, direction, normals, share))
        moved = points + direction * (lengths / steps)[:, None]
        moved, normals = scalp.lift(moved, height(share))
        direction = unit(moved - points + 1e-9)
        points = moved
        if step % SUBSTEPS == 0:
            line.append(points)
            sides.append(normals)
    return np.stack(line, axis=1), np.stack(sides, axis=1)


def ribbons(line: Array, sides: Array, width: Array | float, opacity: Array | float) -> Strands:
    """Make a strand's Gaussians of its points [S, K + 1, 3], overlapping end to end."""
    span = np.diff(line, axis=1)
    length = np.linalg.norm(span, axis=2)
    sizes = np.stack(
        [
            0.62 * length,
            np.broadcast_to(width, length.shape),
            0.28 * np.broadcast_to(width, length.shape),
        ],
        axis=2,
    )
    return Strands(
        0.5 * (line[:, 1:] + line[:, :-1]),
        unit(span),
        unit(sides[:, 1:] + sides[:, :-1]),
        np.maximum(sizes, 0.15),
        np.broadcast_to(opacity, length.shape).copy(),
    )


def _tangent(vectors: Array, normals: Array) -> Array:
    return vectors - normals * (vectors * normals).sum(axis=1, keepdims=True)


def _noise(scalp: Scalp, frequency: float, seed: int) -> Array:
    places = scalp.neutral / 1000
    return np.stack([fractal_noise(places, frequency, seed + 10 * k, 2) for k in range(3)], axis=1)


def fall(
    scalp: Scalp, rng: np.random.Generator, *, end: float, parting: float, wave: float, fringe: bool
) -> Strands:
    """Hair that falls from a parting to a height `end`, wavy or straight, with a fringe or not."""
    x, y, z = scalp.neutral.T
    # The parting runs over the top only; at the back all hair falls straight down.
    # On top it is soft, so that no furrow opens; in front it is sharp, to keep hair off the face.
    sharp = smoothstep(-15, 25, z)
    side = (1 - sharp) * np.tanh((x - parting) / 7) + sharp * np.where(x > parting, 1.0, -1.0)
    side = side * smoothstep(-75, -20, z + 0.6 * (y - 60))
    end = end + rng.normal(0, 1.5 if fringe else 4, len(x))
    end = end + (-8.0 if fringe else 8.0) * smoothstep(20, -60, z)
    reach = np.abs(x - parting) * 0.25 + 14
    lengths = np.clip((y - end) * 1.07 + reach, 26, 260)
    bangs = np.zeros(len(x), bool)
    if fringe:
        bangs = (z > 27) & (np.abs(x) < 40) & (y > 52)
        lengths = np.where(bangs, np.clip((y - 19.5) * 1.12 + 3, 20, 90), lengths)
    layer = rng.random(len(x))
    clump = _noise(scalp, 60 if fringe else 42, 300)
    phase = 6.3 * clump[:, 0] + 0.3 * rng.normal(size=len(x))

    def rule(points: Array, previous: Array, normals: Array, share: float) -> Array:
        out = 0.22 * max(0.0, 0.2 - share) / 0.2
        fall = np.array([0.0, -1.0, 0.0]) * (0.35 + 0.65 * smoothstep(0.0, 0.35, np.array(share)))
        comb = np.c_[side * np.where(bangs, 0.02, 0.85), 0 * x, np.where(bangs, 0.9, -0.38)]
        comb = comb * (1 - smoothstep(0.15, 0.55, np.array(share)))
        force = _tangent(comb + fall, normals) + 0.45 * fall + out * normals
        swing = wave * 0.42 * np.sin(phase + 13 * share) * smoothstep(0.25, 0.7, np.array(share))
        force = force + swing[:, None] * np.array([0.55, 0, 0.85])
        curl = smoothstep(0.78, 1.0, np.array(share)) * (0.55 if fringe else 0.35)
        inward = np.c_[-np.sign(points[:, 0]), 0 * x, -0.3 * np.sign(points[:, 2])]
        force = force + np.where(bangs, 0, curl)[:, None] * inward
        force = force + _part_face(points, bangs)
        return unit(force + 0.22 * clump * (0.6 if fringe else 1.0))

    def height(share: float) -> Array:
        swell = smoothstep(0.0, 0.3, np.array(share))
        body = 2.0 + (3.2 + 8.5 * layer) * swell
        return np.where(bangs, 2.0 + (1.2 + 3.0 * layer) * swell, body)

    line, sides = grow(scalp, lengths, rule, height)
    width = np.interp(np.arange(NUM_SEGMENTS), [0, 2, 7], [2.2, 2.1, 1.6])
    return ribbons(line, sides, width[None], 0.97 * smoothstep(0.25, 0.6, scalp.density)[:, None])


def _part_face(points: Array, bangs: Array) -> Array:
    """Return a push sideways for hair that would hang before the face."""
    away = (points - [0, -25, 78]) / [57, 92, 62]
    depth = np.clip(1.12 - np.linalg.norm(away, axis=1), 0, 1)
    push = np.c_[np.sign(points[:, 0]) * 3.2, 0 * depth, 0.6 + 0 * depth]
    return np.where(bangs, 0, depth)[:, None] * push


def afro(scalp: Scalp, rng: np.random.Generator, *, top: float, sides: float) -> Strands:
    """A cloud of tight curls, thicker on top than at the sides."""
    shape = scalp.tufts.shape
    y = scalp.tufts[..., 1]
    thick = sides + (top - sides) * smoothstep(8, 72, y)
    edge = smoothstep(0.3, 0.9, scalp.density)[:, None]
    thick = thick * (0.35 + 0.65 * edge)
    depth = np.sqrt(rng.random(shape[:2]))
    bumps = 1 + 0.16 * fractal_noise(scalp.tufts.reshape(-1, 3) / 1000, 130, 401, 2).reshape(
        y.shape
    )
    centres = scalp.tufts + scalp.tuft_normals * (thick * depth * bumps)[..., None]
    centres = centres + rng.normal(0, 0.7, shape)
    loops = unit(rng.normal(size=shape) - 0.2 * scalp.tuft_normals)
    sizes = np.stack(
        [rng.uniform(1.7, 2.8, y.shape), rng.uniform(0.9, 1.5, y.shape), 0.6 + 0 * y], axis=2
    )
    shrink = (0.55 + 0.45 * edge) * np.where(depth > 0.93, 0.75, 1.0)
    opacity = 0.93 * smoothstep(0.22, 0.7, scalp.density)[:, None] * np.ones_like(y)
    return Strands(
        centres, loops, unit(scalp.tuft_normals + 0.4 * loops), sizes * shrink[..., None], opacity
    )


def tousled(scalp: Scalp, rng: np.random.Generator) -> Strands:
    """Short sides and a longer top that is pushed up and to one side."""
    x, y, z = scalp.neutral.T
    up = smoothstep(26, 66, y)
    lengths = 11 + 37 * up * rng.uniform(0.8, 1.12, len(x)) + 5 * smoothstep(20, -60, z)
    clump = _noise(scalp, 95, 700)
    layer = rng.random(len(x))

    def rule(points: Array, previous: Array, normals: Array, share: float) -> Array:
        rise = (
            np.array([0.0, 1.0, 0.35])
            * (1 - share)
            * up[:, None]
            * (1.5 * smoothstep(0, 60, z))[:, None]
        )
        sweep = np.c_[0.75 * up, -0.25 * up - 0.95 * (1 - up), -0.55 * up - 0.35 * (1 - up)]
        stray = 1.5 * clump * (0.3 + 0.7 * up)[:, None]
        return unit(_tangent(sweep + stray, normals) + rise + 0.5 * normals * (1 - share))

    def height(share: float) -> Array:
        return 1.0 + (1.8 + (4 + 9 * layer) * up) * smoothstep(0.0, 0.45, np.array(share))

    line, sides = grow(scalp, lengths, rule, height)
    width = (1.75 + 0.45 * up)[:, None] * np.interp(np.arange(NUM_SEGMENTS), [0, 4, 7], [1, 1, 0.7])
    return ribbons(line, sides, width, 0.95 * smoothstep(0.2, 0.65, scalp.density)[:, None])


BUN = np.array([0.0, 42.0, -124.0])
BUN_RADIUS = 29.0


def bun(scalp: Scalp, rng: np.random.Generator) -> Strands:
    """Hair drawn back tightly and wound into a bun."""
    target = BUN + [0, 0, 14]
    away = np.linalg.norm(scalp.roots - target, axis=1)
    wound = away.argsort()[: int(0.2 * len(away))]
    lengths = np.clip(1.16 * away, 12, 210)
    layer = rng.random(len(away))
    clump = _noise(scalp, 80, 1300)

    def rule(points: Array, previous: Array, normals: Array, share: float) -> Array:
        pull = unit(target - points)
        return unit(_tangent(pull, normals) + 0.35 * pull + 0.07 * clump)

    def height(share: float) -> Array:
        return 1.2 + (1.2 + 2.4 * layer) * smoothstep(0, 0.2, np.array(share))

    line, sides = grow(scalp, lengths, rule, height)
    # Strands that have arrived stay: the rest of their length is inside the bun.
    gone = np.linalg.norm(line - BUN, axis=2) < BUN_RADIUS * 0.8
    width = np.interp(np.arange(NUM_SEGMENTS), [0, 3, 7], [2.2, 2.3, 1.7])
    strands = ribbons(
        line, sides, width[None], 0.97 * smoothstep(0.25, 0.6, scalp.density)[:, None]
    )
    strands.opacities[gone[:, 1:]] *= 0.6
    return _wind(strands, wound, rng)


def _wind(strands: Strands, wound: NDArray[np.int64], rng: np.random.Generator) -> Strands:
    """Turn some strands into loops over a ball: twisted ropes round its axis."""
    count = len(wound)
    turn = 2 * np.pi * rng.random(count)[:, None] + np.arange(NUM_SEGMENTS + 1) * 0.30
    tilt = np.arccos(rng.uniform(-0.9, 1.0, count))[:, None] + 0.10 * np.arange(NUM_SEGMENTS + 1)
    out = np.stack(
        [np.cos(turn) * np.sin(tilt), np.sin(turn) * np.sin(tilt), -np.cos(tilt)], axis=2
    )
    rope = 1 + 0.06 * np.sin(3 * tilt + 2 * turn)
    line = BUN + BUN_RADIUS * (rope * rng.uniform(0.90, 1.03, (count, 1)))[..., None] * out * [
        1,
        0.92,
        0.8,
    ]
    loops = ribbons(line, out, 2.3, 0.97)
    for name in ("centres", "tangents", "normals", "sizes", "opacities"):
        getattr(strands, name)[wound] = getattr(loops, name)
    return strands


STYLES: dict[str, Callable[[Scalp, np.random.Generator], Strands]] = {
    "bob": partial(fall, end=-84.0, parting=17.0, wave=1.0, fringe=False),
    "fringe": partial(fall, end=-92.0, parting=0.0, wave=0.0, fringe=True),
    "long": partial(fall, end=-150.0, parting=-9.0, wave=1.5, fringe=False),
    "afro": partial(afro, top=19.0, sides=7.5),
    "tousled": tousled,
    "bun": bun,
}
"""How each style of `demo.cast.Hair` is grown."""
