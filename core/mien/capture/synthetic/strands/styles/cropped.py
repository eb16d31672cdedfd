"""Short hair: buzz cut, crop, side parting, tousled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep
from mien.capture.synthetic.person import Hair
from mien.capture.synthetic.strands.children import Texture
from mien.capture.synthetic.strands.guides import Moment, unit
from mien.capture.synthetic.strands.scalp import Combing, Scalp
from mien.transforms import Array

WHORL = np.array([7.0, 96.0, -56.0])
"""The crown that hair grows away from, on the template."""


def growth_flow(mm: Array) -> Array:
    """Return the way hair lies by itself at places on the template [M, 3]: out from the crown."""
    away = mm - WHORL
    around = np.stack([away[:, 2], 0 * away[:, 0], -away[:, 0]], axis=1)
    near = np.exp(-((np.linalg.norm(away, axis=1) / 32) ** 2))[:, None]
    return unit(unit(away) + (0.15 + 1.1 * near) * unit(around) + [0, -0.25, 0])


def faded(mm: Array, side: float, top: float) -> Array:
    """Return a length that grows from the sides and the nape [M] to the top."""
    _, y, z = mm.T
    # The line of the fade falls toward the back of the head.
    level = y + 0.18 * np.clip(-z, -40, 120)
    return side + (top - side) * smoothstep(18, 78, level)


def buzz(scalp: Scalp, hair: Hair) -> Combing:
    """Clip everything to millimetres, shorter at the sides."""
    flow = growth_flow(scalp.mm)
    length = min(max(hair.length_mm, 3.0), 14.0)

    def rule(moment: Moment) -> Array:
        return unit(moment.along_skin(flow) + 0.75 * moment.normals)

    return Combing(
        faded(scalp.mm, 0.5 * length, length),
        rule,
        _least(0.3),
        Texture(clump=0.10, frizz=0.5, flyaway=0.0, base_height=0.4, layers=0.4),
        num_strands=26000,
        num_points=4,
        width_mm=0.17,
        raggedness=0.3,
    )


def _least(height_mm: float) -> Callable[[Moment], Array]:
    return lambda moment: np.full(len(moment.points), height_mm)


def crop(scalp: Scalp, hair: Hair) -> Combing:
    """Cut the sides short and comb a textured top forward."""
    length = min(max(hair.length_mm, 18.0), 60.0)
    flow = growth_flow(scalp.mm)
    up = smoothstep(35, 80, scalp.mm[:, 1])
    forward = np.array([0.15, 0.05, 1.0])
    stray = _strays(scalp, 75, 710)

    def rule(moment: Moment) -> Array:
        wish = flow * (1 - 0.6 * up[:, None]) + 0.8 * up[:, None] * forward
        rise = (0.55 + 0.5 * hair.volume * up) * (1 - 0.7 * moment.share)
        turn = moment.along_skin(wish + (0.4 + 0.9 * up[:, None]) * stray)
        return unit(turn + rise[:, None] * moment.normals)

    def heights(moment: Moment) -> Array:
        return 0.6 + (0.5 + (2.0 + 7.0 * hair.volume) * up) * moment.ramp(0.0, 0.5)

    return Combing(
        faded(scalp.mm, 11.0, length),
        rule,
        heights,
        Texture(
            wisps=15, clump=0.62, clump_power=1.3, frizz=1.0, flyaway=0.03, base_height=0.4,
            curl_radius=1.6 * hair.wave, curl_length=26, layers=2.5,
        ),
        num_strands=21000,
        num_points=8,
        width_mm=0.22,
        locks=420,
        gathering=0.25 + 0.30 * up,
        raggedness=0.35,
    )  # fmt: skip


def side_part(scalp: Scalp, hair: Hair) -> Combing:
    """Comb a longer top across from a parting, its front lifted; the sides back and down."""
    length = min(max(hair.length_mm, 35.0), 110.0)
    sign = 1.0 if hair.parting_mm >= 0 else -1.0
    line = sign * max(abs(hair.parting_mm), 24.0)

    def side(mm: Array) -> Array:
        front = smoothstep(-70, -35, mm[:, 2])
        across = np.where(sign * (line - mm[:, 0]) > 0, -sign, sign)
        return across * front * (mm[:, 1] > 45)

    _, y, z = scalp.mm.T
    over = (side(scalp.mm) * sign < 0).astype(float)
    up = smoothstep(48, 80, y)
    front = smoothstep(-10, 60, z) * up * over
    flow = growth_flow(scalp.mm)
    stray = _strays(scalp, 45, 730)
    sides = np.stack([0 * y, -0.75 + 0 * y, -0.75 + 0.5 * smoothstep(40, 90, -z)], axis=1)

    def rule(moment: Moment) -> Array:
        sweep = np.stack([-sign * (0.95 + 0 * y), 0 * y, -0.75 + 0.25 * front], axis=1)
        across = (up * over)[:, None]
        wish = across * sweep + (1 - across) * (0.75 * sides + 0.25 * flow)
        rise = (0.5 + 1.5 * front + 0.4 * over * up) * (1 - moment.ramp(0.0, 0.55))
        fall = np.array([0, -0.5, 0]) * moment.ramp(0.5, 1.0) * across
        turn = moment.along_skin(wish + 0.35 * stray)
        return unit(turn + fall + rise[:, None] * moment.normals * (0.6 + 0.6 * hair.volume))

    def heights(moment: Moment) -> Array:
        body = (2.5 + 9.0 * hair.volume) * over * up + (4 + 9 * hair.volume) * front
        return 0.8 + (0.8 + body) * moment.ramp(0.0, 0.45)

    lengths = faded(scalp.mm, 15.0, length) * (1 + 0.15 * front) * np.where(over > 0, 1, 0.65)
    return Combing(
        lengths,
        rule,
        heights,
        Texture(
            wisps=20, clump=0.55, frizz=0.9, flyaway=0.02, base_height=0.5, layers=3.0,
            curl_radius=2.5 * hair.wave, curl_length=60, flatness=0.6,
        ),
        num_strands=19000,
        num_points=10,
        width_mm=0.24,
        side=side,
        locks=200,
        gathering=0.15 + 0.35 * up * over,
        raggedness=0.2,
    )  # fmt: skip


def tousled(scalp: Scalp, hair: Hair) -> Combing:
    """Leave the top long and push it up and aside with the fingers."""
    length = min(max(hair.length_mm, 35.0), 110.0)
    sign = -1.0 if hair.parting_mm >= 0 else 1.0
    _, y, z = scalp.mm.T
    up = smoothstep(32, 75, y)
    front = smoothstep(0, 60, z) * up
    stray = _strays(scalp, 60, 700)
    flow = growth_flow(scalp.mm)

    def rule(moment: Moment) -> Array:
        sweep = np.stack([sign * (0.55 + 0 * y), 0.2 * front, 0.15 - 0.45 * front], axis=1)
        wish = up[:, None] * sweep + (1 - up[:, None]) * flow + 0.25 * flow
        rise = (0.55 + (0.9 + 0.9 * hair.volume) * front + 0.5 * up) * (1 - moment.ramp(0.1, 0.8))
        loose = (0.5 + 1.0 * up[:, None]) * stray * (0.4 + moment.share)
        fall = np.array([0, -0.9, 0.1]) * (moment.ramp(0.35, 1.0) * (0.3 + 0.7 * up))[:, None]
        return unit(moment.along_skin(wish + loose) + fall + rise[:, None] * moment.normals)

    def heights(moment: Moment) -> Array:
        return 0.8 + (1.0 + (3.0 + 9.0 * hair.volume) * up) * moment.ramp(0.0, 0.4)

    return Combing(
        faded(scalp.mm, 18.0, length),
        rule,
        heights,
        Texture(
            wisps=18, clump=0.7, clump_power=1.1, frizz=1.6, flyaway=0.05, base_height=0.5,
            curl_radius=1.0 + 5.0 * hair.wave, curl_length=45, flatness=0.4, layers=4.0,
        ),
        num_strands=19000,
        num_points=12,
        width_mm=0.24,
        locks=260,
        gathering=0.25 + 0.45 * up,
        raggedness=0.4,
    )  # fmt: skip


def _strays(scalp: Scalp, frequency: float, seed: int) -> Array:
    """Return a smooth random vector at each place [G, 3], of about half a unit."""
    return np.stack(
        [fractal_noise(scalp.mm / 1000, frequency, seed + 10 * k, 2) for k in range(3)], axis=1
    )
