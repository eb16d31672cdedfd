"""Hair that falls from a parting: bob, fringe, long and straight, long and wavy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep
from mien.capture.synthetic.person import Hair
from mien.capture.synthetic.strands.children import Texture
from mien.capture.synthetic.strands.guides import Moment, unit
from mien.capture.synthetic.strands.scalp import Combing, Scalp
from mien.transforms import Array

DOWN = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True)
class Fall:
    """What tells falling styles apart.

    Args:
        inward: How much the ends turn in to the neck.
        layering: How much shorter the upper hair is than the lower, 0..1.
        behind: How much of the side hair is swept back behind the ears, 0..1.
        waves: How wavy it is at least, 0..1.
        fringe: Whether the front is cut to a fringe over the brows.
    """

    inward: float = 0.0
    layering: float = 0.1
    behind: float = 0.0
    waves: float = 0.0
    fringe: bool = False


def parted(parting_mm: float) -> Callable[[Array], Array]:
    """Return to which side places on the template are combed: +1 left, -1 right, 0 at the back."""

    def side(mm: Array) -> Array:
        x, y, z = mm.T
        on_top = smoothstep(-82, -30, z + 0.5 * (y - 70))
        # The line of the parting is never quite straight.
        line = parting_mm + 1.5 * np.sin(z / 9.0)
        return np.tanh((x - line) / 4.0) * on_top + 0.35 * np.tanh(x / 25.0) * (1 - on_top)

    return side


def bangs_of(mm: Array) -> Array:
    """Return how much hair at places on the template belongs to a fringe [M], 0..1."""
    x, y, z = mm.T
    back = 30 + 0.010 * x**2
    return smoothstep(-3, 3, z - back) * smoothstep(45, 40, np.abs(x)) * (y > 45)


def fall(scalp: Scalp, hair: Hair, look: Fall) -> Combing:
    """Comb hair from a parting and let it fall to one level."""
    x, y, z = scalp.mm.T
    side_of = parted(hair.parting_mm)
    side = side_of(scalp.mm)
    bangs = bangs_of(scalp.mm) if look.fringe else np.zeros(len(scalp))
    end = 92.0 - 0.92 * hair.length_mm
    # From the top of the head hair has to come around it; lower down it falls at once.
    around = 0.16 * np.clip(y - 20, 0, 90) + 0.22 * np.abs(x - hair.parting_mm) * (y > 40)
    lengths = np.clip(1.04 * (y - end) + around, 35, 420)
    upper = smoothstep(30, 95, y)
    lengths = lengths * (1 - look.layering * upper)
    lengths = np.where(bangs > 0.5, np.clip((y - 22.0) * 1.10 + 6, 25, 85), lengths)
    drift = np.stack([fractal_noise(scalp.mm / 1000, 38, 310 + k, 2) for k in range(3)], axis=1)
    is_bang = bangs > 0.5
    swell = 0.35 + 0.65 * hair.volume
    # Behind a fringe nothing is combed back, or its edge would open to the skin.
    behind_fringe = smoothstep(45, 0, z) if look.fringe else 1.0
    backward = np.where(is_bang, 0.9, -(0.30 + 0.5 * look.behind) * behind_fringe)
    before = smoothstep(-35, 15, z + 12 * drift[:, 0]) * (1 - look.behind)

    def rule(moment: Moment) -> Array:
        place = scalp.measures.to_template(moment.points)
        rise = (1 - moment.ramp(0.0, 0.12)) * (0.35 + 0.9 * swell) * upper * (~is_bang)
        comb = np.stack([side * np.where(is_bang, 0.10, 1.0), 0 * x, backward], axis=1)
        comb = comb * (1 - moment.ramp(0.12, 0.55))
        weight = 0.30 + 0.75 * moment.ramp(0.0, 0.4)
        wish = moment.along_skin(comb + weight * DOWN) + 0.35 * weight * DOWN
        wish = wish + rise[:, None] * moment.normals
        wish = wish + _off_face(place, side, is_bang)
        turn = look.inward * moment.ramp(0.72, 1.0) * (~is_bang)
        inward = np.stack([-np.sign(place[:, 0]), 0 * x, -0.25 * np.sign(place[:, 2])], axis=1)
        wish = wish + turn[:, None] * inward + _over_shoulders(place, before)
        return unit(wish) + 0.30 * drift * moment.ramp(0.05, 0.5)

    def heights(moment: Moment) -> Array:
        body = 1.2 + (2.0 + 9.0 * swell * (0.3 + 0.7 * upper)) * moment.ramp(0.0, 0.22)
        return np.where(is_bang, 1.0 + 3.0 * moment.ramp(0.0, 0.4), body)

    long = hair.length_mm > 230
    wave = look.waves + (1 - look.waves) * hair.wave * (0.35 if look.waves == 0 else 1)
    return Combing(
        lengths,
        rule,
        heights,
        Texture(
            wisps=16 + round(24 * wave),
            flyaway=0.018,
            clump=0.62 + 0.15 * wave,
            frizz=1.2 + 1.2 * wave,
            curl_radius=0.5 + (12.0 if long else 7.0) * wave,
            curl_root=0.05,
            curl_length=95.0 if long else 70.0,
            flatness=0.45,
            coherence=0.8,
            scatter=0.10,
            layers=2.0 + 5.0 * swell,
        ),
        num_strands=17000,
        num_points=24 if long else 18,
        side=lambda mm: side_of(mm) + (1.2 * bangs_of(mm) if look.fringe else 0),
        locks=170,
        bare_forehead=not look.fringe,
        gathering=0.30 + 0.25 * wave,
    )


def _over_shoulders(place: Array, before: Array) -> Array:
    """Return a push for hair that reaches the shoulders: part falls before them, part behind.

    Args:
        place: Ends of guides on the template [G, 3].
        before: How much of each belongs to the front [G], 0..1.
    """
    low = smoothstep(-55, -115, place[:, 1])
    wide = np.clip((np.abs(place[:, 0]) - 52) / 45, 0, 1)
    return np.stack(
        [-1.3 * low * wide * np.sign(place[:, 0]), 0 * low, low * (1.2 * before - 0.10)], axis=1
    )


def _off_face(place: Array, side: Array, is_bang: NDArray[np.bool_]) -> Array:
    """Return a push outward for hair that would hang before the face."""
    depth = np.clip(1.15 - np.linalg.norm((place - [0, -28, 72]) / [59, 96, 66], axis=1), 0, 1)
    ahead = np.clip((place[:, 2] - 46) / 20, 0, 1) * smoothstep(48, 18, place[:, 1])
    depth, ahead = np.where(is_bang, 0, depth), np.where(is_bang, 0, ahead)
    way = np.where(np.abs(place[:, 0]) < 20, np.sign(side + 1e-3), np.sign(place[:, 0]))
    return np.stack(
        [(4.0 * depth + 1.0 * ahead) * way, 0 * depth, -2.2 * depth - 2.6 * ahead], axis=1
    )
