"""Hair drawn back and tied: bun, ponytail, braid."""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep
from mien.capture.synthetic.person import Hair
from mien.capture.synthetic.strands.children import Guided, Texture, fill
from mien.capture.synthetic.strands.guides import Moment, grow_guides, unit
from mien.capture.synthetic.strands.scalp import Combing, Knot, Scalp
from mien.transforms import Array

BUN_AT = np.array([0.0, 62.0, -112.0])
TAIL_AT = np.array([0.0, 48.0, -114.0])
BRAID_AT = np.array([0.0, 2.0, -112.0])
BAND = (0.025, 0.022, 0.024)
"""The elastic, linear."""


def bun(scalp: Scalp, hair: Hair) -> Combing:
    """Wind the hair up at the back of the head."""
    radius = 24.0 + 0.02 * min(hair.length_mm, 400.0)
    tie = scalp.measures.to_person(BUN_AT)
    out = unit(tie - scalp.measures.to_person(np.array([0.0, 30.0, -30.0])))
    ball = tie + 0.45 * radius * out
    return _drawn_back(scalp, hair, tie, 0.6 * radius, (_wound(ball, out, radius, scalp.seed),))


def ponytail(scalp: Scalp, hair: Hair) -> Combing:
    """Tie the hair at the back and let it hang."""
    tie = scalp.measures.to_person(TAIL_AT)
    tail = _tail(scalp, hair, tie)
    return _drawn_back(scalp, hair, tie, 8.0, (tail, _band(tie, _outward(scalp, tie), 8.5)))


def braid(scalp: Scalp, hair: Hair) -> Combing:
    """Plait the hair in three at the back."""
    tie = scalp.measures.to_person(BRAID_AT)
    line = _hanging(scalp, np.atleast_2d(tie), min(max(hair.length_mm, 150.0), 330.0) * 0.75)[0]
    rope, end = _plait(line, scalp.seed)
    return _drawn_back(scalp, hair, tie, 9.0, (rope, _band(*end, 5.5)))


def _drawn_back(
    scalp: Scalp, hair: Hair, tie: Array, width: float, knots: tuple[Knot, ...]
) -> Combing:
    away = np.linalg.norm(scalp.points - tie, axis=1)
    lengths = np.clip(1.22 * away, 8, 260)
    stray = np.stack([fractal_noise(scalp.mm / 1000, 70, 910 + k, 2) for k in range(3)], axis=1)
    swell = (1.5 + 5.0 * hair.volume) * smoothstep(15, 80, scalp.mm[:, 1])
    spot = np.random.default_rng(scalp.seed).normal(0, 0.30 * width, (len(scalp), 3))

    def rule(moment: Moment) -> Array:
        left = tie + spot - moment.points
        distance = np.linalg.norm(left, axis=1, keepdims=True)
        near = np.clip(1 - distance / 30, 0, 1)
        wish = moment.along_skin(unit(left)) + (0.2 + near) * unit(left)
        # Who has arrived stays: the rest of the hair is in the knot.
        return unit(wish + 0.12 * stray) * np.clip(distance / 4, 0, 1)

    def heights(moment: Moment) -> Array:
        near = np.clip(1 - np.linalg.norm(moment.points - tie, axis=1) / 35, 0, 1)
        return 0.8 + (0.6 + swell) * moment.ramp(0.0, 0.25) + 6.0 * near

    return Combing(
        lengths,
        rule,
        heights,
        Texture(
            wisps=26, clump=0.35, frizz=0.5 + 0.8 * hair.wave, flyaway=0.012, base_height=0.5,
            curl_radius=1.2 * hair.wave, curl_length=60, flatness=0.5, layers=1.8,
        ),
        num_strands=17000,
        num_points=14,
        width_mm=0.27,
        locks=130,
        gathering=0.35,
        raggedness=0.03,
        knots=knots,
    )  # fmt: skip


def _outward(scalp: Scalp, tie: Array) -> Array:
    return scalp.field.at(np.atleast_2d(tie))[1][0].astype(np.float64)


def _hanging(scalp: Scalp, roots: Array, length: float) -> Array:
    """Grow what hangs from a tie [n, 3]: out from the head, then down the back."""

    def rule(moment: Moment) -> Array:
        out = 0.9 * (1 - moment.ramp(0.0, 0.10))
        down = np.array([0.0, -1.0, 0.12]) * (0.3 + moment.ramp(0.0, 0.15))
        return unit(out * moment.normals + down)

    def heights(moment: Moment) -> Array:
        return np.full(len(roots), 11.0)

    return grow_guides(roots, np.full(len(roots), length), rule, heights, scalp.field)


def _tail(scalp: Scalp, hair: Hair, tie: Array) -> Knot:
    rng = np.random.default_rng([scalp.seed, 5])
    out = _outward(scalp, tie)
    length = min(max(hair.length_mm, 120.0), 380.0) * 0.85
    centre = tie + 9 * out
    starts = centre + _disc(out, 6.0, 160, rng)
    guides = _hanging(scalp, starts, length)
    # The elastic holds the hair together; below it the tail swells and thins out again.
    share = np.linspace(0, 1, guides.shape[1])
    swell = 1 + (1.1 + 1.2 * hair.volume) * smoothstep(0, 0.3, share) * (1 - 0.55 * share)
    middle = guides.mean(axis=0, keepdims=True)
    guides = middle + (guides - middle) * swell[None, :, None]
    roots = centre + _disc(out, 6.5, 5200, rng)
    points = fill(
        roots, roots, guides, Guided.between(roots, starts),
        rng.uniform(0.72, 1.0, len(roots)),
        Texture(
            wisps=40, clump=0.62, frizz=2.2 + 3 * hair.wave, flyaway=0.04,
            curl_radius=1.0 + 8.0 * hair.wave, curl_root=0.05, curl_length=80, flatness=0.5,
            base_height=2.0, layers=2.0,
        ),
        scalp.field, num_points=24, seed=scalp.seed,
    )  # fmt: skip
    return Knot(points)


def _disc(normal: Array, radius: float, count: int, rng: np.random.Generator) -> Array:
    u = unit(np.cross(normal, [1.0, 0.0, 0.0]))
    v = np.cross(normal, u)
    turn, far = 2 * np.pi * rng.random((count, 1)), radius * np.sqrt(rng.random((count, 1)))
    return far * (np.cos(turn) * u + np.sin(turn) * v)


def _band(at: Array, axis: Array, radius: float) -> Knot:
    """Return an elastic around an axis."""
    rng = np.random.default_rng(7)
    u = unit(np.cross(axis, [1.0, 0.2, 0.0]))
    v = np.cross(axis, u)
    turn = np.linspace(0, 2 * np.pi, 25)
    offset = rng.uniform(1.5, 7.0, (60, 1, 1)) * axis
    ring = radius * (1 + 0.06 * rng.random((60, 1, 1)))
    circle = np.cos(turn)[:, None] * u + np.sin(turn)[:, None] * v
    return Knot((at + offset + ring * circle).astype(np.float32), width_mm=0.6, tint=BAND)


def _wound(ball: Array, axis: Array, radius: float, seed: int) -> Knot:
    """Return a bun: ropes of hair that spiral in from its rim to its middle."""
    rng = np.random.default_rng([seed, 6])
    count, points = 5200, 22
    u = unit(np.cross(axis, [1.0, 0.0, 0.0]))
    v = np.cross(axis, u)
    rope = rng.integers(0, 4, count)
    start = 2 * np.pi * (rope / 4 + 0.10 * rng.normal(size=count))
    share = np.linspace(0, 1, points)
    turn = start[:, None] + 3.6 * share
    # From the rim at the head over the ball to the middle of its outside.
    polar = np.clip(2.05 - 1.75 * share + 0.13 * rng.normal(size=(count, 1)), 0.05, 2.3)
    ridge = 1 + 0.085 * np.cos(4 * (turn - 2.06 * (2.05 - polar)))
    depth = (0.86 + 0.14 * np.sqrt(rng.random((count, 1)))) * radius * ridge
    flat = depth * np.sin(polar)
    line = (
        ball
        + (flat * np.cos(turn))[..., None] * u
        + (flat * np.sin(turn))[..., None] * v
        + (0.80 * depth * np.cos(polar))[..., None] * axis
    )
    line = line + 0.35 * rng.normal(size=(count, 1, 3))
    return Knot(line.astype(np.float32))


def _plait(line: Array, seed: int) -> tuple[Knot, tuple[Array, Array]]:
    """Return a braid of three along a line [K, 3], and the place and the axis of its end."""
    rng = np.random.default_rng([seed, 8])
    count, points = 5400, 44
    spots = np.linspace(0, len(line) - 1, points)
    centre = np.stack([np.interp(spots, np.arange(len(line)), line[:, k]) for k in range(3)], 1)
    along = unit(np.gradient(centre, axis=0))
    across = unit(np.cross(along, [0.0, 0.0, 1.0]))
    out = np.cross(across, along)
    share = np.linspace(0, 1, points)
    length = np.linalg.norm(np.diff(centre, axis=0), axis=1).sum()
    rope = rng.integers(0, 3, count)
    phase = 2 * np.pi * (share * length / 62)[None] + (2 * np.pi / 3 * rope)[:, None]
    size = 16.0 * (1 - 0.45 * share)
    # Each rope weaves from side to side once while it dips behind and before twice.
    x = 0.62 * size * np.sin(phase)
    z = 0.36 * size * np.sin(2 * phase)
    turn = 2 * np.pi * rng.random((count, 1)) + 5 * share
    inner = 0.46 * size * np.sqrt(rng.random((count, 1)))
    tip = 1 + 0.6 * smoothstep(0.93, 1.0, share)
    x = x * (2 - tip) + inner * tip * np.cos(turn)
    z = z * (2 - tip) + 0.85 * inner * tip * np.sin(turn)
    points_at = centre + x[..., None] * across + z[..., None] * out
    end = int(0.93 * (points - 1))
    return Knot(points_at.astype(np.float32)), (centre[end] - 4 * along[end], along[end])
