"""What covers the shoulders: necklines drawn on the bust, cloth a little off the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from demo.cast import Garment
from demo.light import to_linear
from numpy.typing import NDArray

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, value_noise

Array = NDArray[np.float64]

NECK = np.array([0.0, -136.9, -48.9])
UP_THE_NECK = np.array([0.0, 0.935, 0.353])
REACH = {"crew": 66.0, "vee": 68.0, "boat": 84.0, "collar": 62.0}
"""How far from the neck's axis each neckline lies on the shoulders, millimetres."""


@dataclass(frozen=True, eq=False)
class Cloth:
    """Cloth at places: cover [M] 0..1, distance from its edge [M] mm, lift off the skin [M] m."""

    cover: Array
    inside_mm: Array
    lift: Array


def drape(garment: Garment, mm: Array) -> Cloth:
    """Lay a garment over places on the neutral template [M, 3], millimetres."""
    away = mm - NECK
    height = away @ UP_THE_NECK
    radius = np.linalg.norm(away - height[:, None] * UP_THE_NECK, axis=1)
    front = smoothstep(-10, 40, away[:, 2])
    inside = radius - REACH[garment.neckline] - 1.1 * height
    across = np.abs(mm[:, 0])
    if garment.neckline == "vee":
        inside = inside - front * 62 * np.clip(1 - across / 46, 0, 1)
    elif garment.neckline == "collar":
        inside = inside - front * 44 * np.clip(1 - across / 24, 0, 1)
    elif garment.neckline == "boat":
        inside = inside + (1 - front) * 8
    inside = np.where(mm[:, 1] > -88, np.minimum(inside, -10), inside)
    cover = smoothstep(-1.2, 1.2, inside)
    roll = np.exp(-(((inside - 5) / 5) ** 2))
    lift = {"collar": 0.0052}.get(garment.neckline, 0.0018) * roll
    return Cloth(cover, inside, cover * (0.0022 + lift))


def paint_cloth(garment: Garment, cloth: Cloth, mm: Array, seed: int) -> Array:
    """Return the linear albedo [M, 3] of the cloth: its weave, folds and the trim at its edge."""
    width = {"collar": 15.0, "boat": 5.0}.get(garment.neckline, 7.5)
    trim = smoothstep(width + 1, width - 1, cloth.inside_mm)[:, None]
    weave = (
        1
        + 0.10 * value_noise(mm / 1000, 700, seed + 3)
        + 0.06 * value_noise(mm * [1, 0.2, 1] / 1000, 300, seed + 4)
    )
    folds = 1 + 0.16 * fractal_noise(mm * [1, 0.45, 1] / 1000, 22, seed + 5, 2)
    color = to_linear(garment.color) * (1 - trim) + to_linear(garment.trim) * trim
    seam = np.exp(-(((cloth.inside_mm - width) / 0.9) ** 2)) + 0.8 * np.exp(
        -((cloth.inside_mm / 1.5) ** 2)
    )
    return color * (weave * folds * (1 - 0.42 * np.clip(seam, 0, 1)))[:, None]
