"""The lines that faces have and age deepens, carved along curves on the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import Floats, smoothstep, value_noise
from mien.capture.synthetic.person import Person

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Wrinkle:
    """A line on both halves of the face.

    Args:
        curve: As seen from the front, (distance from the middle, height) in millimetres.
        width: Half-width, millimetres.
        depth: When age has done its work, millimetres.
        from_age: When it begins to show, years.
        wander: How far it strays from person to person, millimetres.
    """

    curve: Curve
    width: float
    depth: float
    from_age: float
    wander: float = 1.5


WRINKLES = (
    Wrinkle(((0, 34), (16, 35), (33, 33)), 0.85, 0.16, 32, 2.5),
    Wrinkle(((0, 41), (18, 43), (37, 40)), 0.9, 0.24, 28, 2.5),
    Wrinkle(((0, 49), (18, 51), (38, 46)), 0.9, 0.22, 34, 2.5),
    Wrinkle(((0, 57), (20, 58), (34, 54)), 0.85, 0.14, 42, 2.5),
    Wrinkle(((5.5, 9), (6.2, 17), (5.2, 27)), 0.8, 0.13, 32, 1.0),
    Wrinkle(((1.6, 12), (2.2, 20)), 0.7, 0.06, 45, 0.8),
    Wrinkle(((0, 4), (6, 3.2), (10, 1)), 0.7, 0.14, 38, 1.0),
    Wrinkle(((46, 3), (52, 6.5), (60, 12)), 0.65, 0.20, 33),
    Wrinkle(((46.5, 0), (54, 0.5), (64, 2)), 0.65, 0.24, 30),
    Wrinkle(((46, -3), (53, -6), (62, -9)), 0.65, 0.22, 32),
    Wrinkle(((44.5, -6), (50, -11), (57, -18)), 0.65, 0.16, 38),
    Wrinkle(((14.5, -6), (21, -11.5), (30, -13.5), (39, -11)), 0.75, 0.16, 30, 0.8),
    Wrinkle(((15.5, -9), (22, -17), (31, -20.5), (41, -18)), 1.2, 0.26, 40, 1.0),
    Wrinkle(((20, -8.5), (28, -9.8), (37, -8)), 0.5, 0.10, 36, 0.6),
    Wrinkle(((18.5, -41), (22.5, -50), (27.5, -59), (31, -69), (31.5, -76)), 2.4, 0.62, 20, 1.2),
    Wrinkle(((26.3, -70), (28.3, -79), (29, -90)), 2.0, 0.46, 38, 1.0),
    Wrinkle(((0, -84.5), (10, -84), (17, -80.5)), 1.8, 0.28, 18, 1.0),
    Wrinkle(((41, -36), (40, -50), (38, -63)), 0.9, 0.20, 55, 2.0),
    Wrinkle(((47, -42), (46, -56), (43, -68)), 0.9, 0.16, 62, 2.0),
    Wrinkle(((0, -122), (24, -121), (46, -112)), 1.1, 0.22, 16, 2.5),
    Wrinkle(((0, -136), (26, -134), (50, -125)), 1.2, 0.28, 22, 3.0),
    Wrinkle(((0, -150), (24, -147), (48, -138)), 1.1, 0.18, 40, 3.0),
)  # fmt: skip
"""Forehead, frown, crow's feet, under the eyes, beside nose and mouth, chin, cheeks, neck."""


def carve_wrinkles(person: Person, canvas: Canvas) -> Float32:
    """Return how deep the lines are [T], millimetres, with the fine creases of age between them."""
    depth = np.zeros(canvas.num_texels, np.float32)
    rng = np.random.default_rng([person.seed, 5])
    for wrinkle, (texels, away, along) in zip(
        WRINKLES, canvas.kept("wrinkles", _near_curves), strict=True
    ):
        strength = _strength(wrinkle, person) * rng.uniform(0.55, 1.25)
        if strength < 0.02:
            continue
        mm = canvas.mm[texels]
        seed = int(rng.integers(1 << 20))
        stray = away + wrinkle.wander * 2 * value_noise(mm, 0.055, seed)
        stray += 0.7 * value_noise(mm, 0.25, seed + 1)
        width = wrinkle.width * (1.25 + 0.5 * value_noise(mm, 0.2, seed + 2))
        ends = (
            smoothstep(0, 0.16, along) * smoothstep(1, 0.75, along)
            if wrinkle.curve[0][0]
            else (smoothstep(1, 0.7, along))
        )
        broken = np.clip(1 + 0.9 * value_noise(mm, 0.12, seed + 3), 0.3, 1.4)
        # A groove with soft shoulders that bulge a little.
        q = (stray / width) ** 2
        groove = 0.7 * np.exp(-q) + 0.45 * np.exp(-q / 4) - 0.3 * np.exp(-q / 14)
        depth[texels] += strength * wrinkle.depth * ends * broken * groove
    return depth + _creases(person, canvas)


def _strength(wrinkle: Wrinkle, person: Person) -> float:
    years = person.age_years - wrinkle.from_age
    return float(0.16 * smoothstep(-6, 8, years) + 0.95 * smoothstep(0, 42, years)) * (
        0.45 + 0.9 * person.skin.wrinkles
    )


def _creases(person: Person, canvas: Canvas) -> Float32 | float:
    """Return the fine net of lines of old skin and the lines above old lips."""
    age = float(smoothstep(42, 80, person.age_years)) * (0.4 + 0.8 * person.skin.wrinkles)
    if age <= 0.01:
        return 0.0
    return np.float32(age) * canvas.kept("creases", _net)


def _net(canvas: Canvas) -> Float32:
    mm = canvas.mm
    face = smoothstep(-10, 25, mm[:, 2]) * smoothstep(-190, -150, mm[:, 1])
    net = np.abs(value_noise(mm * [0.5, 1.0, 0.5], 0.55, 811)) * -0.16
    net = net + np.abs(value_noise(mm * [1.0, 0.55, 0.8], 0.42, 812)) * -0.14
    over_lip = smoothstep(-50, -56, mm[:, 1]) * smoothstep(-66, -62, mm[:, 1])
    over_lip = over_lip * smoothstep(24, 16, np.abs(mm[:, 0])) * (mm[:, 2] > 60)
    lines = np.abs(value_noise(mm * [1.0, 0.08, 0.08], 0.40, 813))
    clear = np.clip(1 - canvas.mask["lips"] - canvas.mask["mouth_inside"], 0, 1)
    depth = face * (0.05 + net) + over_lip * 0.22 * smoothstep(0.10, 0.0, lines)
    return (clear * depth).astype(np.float32)


def _near_curves(canvas: Canvas) -> list[tuple[NDArray[np.int64], Float32, Float32]]:
    """Return per wrinkle the texels around it, their signed distance [n] and share along it [n]."""
    front = np.flatnonzero(
        (canvas.normals[:, 2] > -0.2)
        & (canvas.mask["mouth_inside"] < 0.3)
        & (canvas.mask["sockets"] < 0.3)
    )
    flat = np.stack([np.abs(canvas.mm[front, 0]), canvas.mm[front, 1]], axis=1)
    reach = 9.0
    found: list[tuple[NDArray[np.int64], Float32, Float32]] = []
    for wrinkle in WRINKLES:
        curve = _resampled(wrinkle.curve)
        low, high = curve.min(axis=0) - reach, curve.max(axis=0) + reach
        near = np.flatnonzero(((flat > low) & (flat < high)).all(axis=1))
        away, along = _to_curve(flat[near], curve)
        close = np.abs(away) < reach
        found.append((front[near[close]], away[close], along[close]))
    return found


def _resampled(curve: Curve) -> Floats:
    points = np.array(curve, float)
    turns = np.linspace(0, len(points) - 1, 25)
    # A quadratic or cubic through the points is smooth enough for so short a line.
    fit = np.polyfit(np.arange(len(points)), points, min(3, len(points) - 1))
    return np.stack([np.polyval(fit[:, k], turns) for k in (0, 1)], axis=1)


def _to_curve(flat: Float32, curve: Floats) -> tuple[Float32, Float32]:
    from scipy.spatial import KDTree

    fine = np.stack(
        [np.interp(np.linspace(0, 24, 241), np.arange(25), curve[:, k]) for k in (0, 1)], axis=1
    )
    found: Any = KDTree(fine).query(flat)
    away, which = found
    tangent = np.gradient(fine, axis=0)[which]
    offset = flat - fine[which]
    side = np.sign(tangent[:, 0] * offset[:, 1] - tangent[:, 1] * offset[:, 0])
    # Beyond the ends the distance keeps growing, so the line fades out there by itself.
    return (away * side).astype(np.float32), (which / 240).astype(np.float32)
