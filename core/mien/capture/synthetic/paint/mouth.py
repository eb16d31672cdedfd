"""Teeth, gums, tongue and what is behind them."""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.figure import Paint
from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import Floats, fractal_noise, smoothstep, value_noise
from mien.capture.synthetic.paint.pigment import linear
from mien.capture.synthetic.paint.relief import normal_map
from mien.capture.synthetic.person import Person
from mien.image import srgb_from_linear, to_uint8

_GUMS = (0.71, 0.40, 0.39)


def paint_teeth(person: Person, canvas: Canvas, *, upper: bool, gums: bool) -> Paint:
    """Paint a row of teeth; with `gums`, the root of the row is gum, as on one without its own."""
    mm = canvas.mm
    low, high = float(mm[:, 1].min()), float(mm[:, 1].max())
    toward_root = (mm[:, 1] - low) / max(high - low, 1e-6)
    root = toward_root if upper else 1 - toward_root
    along = np.degrees(np.arctan2(mm[:, 0], mm[:, 2] - 34))
    tooth = np.floor(np.abs(along) / (10.0 if upper else 8.0)) * np.sign(along)
    hue = np.random.default_rng([person.seed, 9]).normal(0, 1, 64)[tooth.astype(int) % 64]
    age = float(smoothstep(25, 80, person.age_years))
    enamel = linear((0.925 - 0.05 * age, 0.89 - 0.075 * age, 0.815 - 0.14 * age))
    # Enamel is thicker and whiter at mid-tooth, yellower at the neck, glassy at the edge.
    neck, edge = smoothstep(0.35, 0.85, root), smoothstep(0.16, 0.0, root)
    color = enamel * (1 + 0.035 * hue)[:, None]
    color = color * (1 - neck[:, None] * [0.08, 0.16, 0.30])
    color = color * (1 - 0.22 * edge[:, None] * [1.1, 0.9, 0.75])
    color = color * (1 + 0.06 * value_noise(mm, 0.5, 23 + person.seed))[:, None]
    gum = smoothstep(0.70, 0.78, root) * float(gums)
    color = color + gum[:, None] * (linear(_GUMS) * _flesh(mm)[:, None] - color)
    deep = smoothstep(62, 38, mm[:, 2]) if not gums else smoothstep(17, 44, np.abs(along))
    inner = _tongue_side(canvas)
    color = color * (1 - 0.6 * np.maximum(deep, 0.5 * inner))[:, None]
    return _wet(canvas, color, rough=0.17, strength=0.6, scatter=0.55, cavity=1 - 0.6 * deep)


def paint_gums(person: Person, canvas: Canvas) -> Paint:
    """Paint gums: pink, more violet where there is melanin."""
    tint = 1 - person.skin.melanin * np.array([0.35, 0.40, 0.30], np.float32)
    color = linear(_GUMS) * tint * _flesh(canvas.mm)[:, None]
    deep = smoothstep(62, 30, canvas.mm[:, 2])
    return _wet(canvas, color, rough=0.24, strength=0.65, scatter=0.7, cavity=1 - 0.7 * deep)


def paint_tongue(person: Person, canvas: Canvas) -> Paint:
    """Paint a tongue: its groove, its bumps, paler on its back."""
    mm = canvas.mm
    groove = np.exp(-((mm[:, 0] / 1.8) ** 2)) * smoothstep(-0.2, 0.5, canvas.normals[:, 1])
    bumps = value_noise(mm, 0.9, 17) + 0.6 * value_noise(mm, 1.6, 18)
    coat = 0.25 * smoothstep(0.1, 0.8, canvas.normals[:, 1])
    color = linear((0.77, 0.45, 0.43)) * (1 + 0.18 * bumps - 0.22 * groove)[:, None]
    color = color + coat[:, None] * (linear((0.80, 0.60, 0.57)) - color)
    deep = smoothstep(62, 15, mm[:, 2])
    relief = (0.14 * bumps - 0.5 * groove).astype(np.float32)
    return _wet(canvas, color, 0.34, 0.55, scatter=0.7, cavity=1 - 0.7 * deep, relief=relief)


def paint_lining(person: Person, canvas: Canvas) -> Paint:
    """Paint cheeks, palate and throat: red flesh that gets dark toward the throat."""
    mm = canvas.mm
    deep = smoothstep(66, 20, mm[:, 2])
    ridges = value_noise(mm * [0.4, 0.4, 1.0], 0.35, 27)
    color = linear((0.72, 0.38, 0.365)) * (_flesh(mm) + 0.12 * ridges)[:, None]
    color = color * (1 - 0.6 * deep)[:, None]
    return _wet(canvas, color, rough=0.26, strength=0.6, scatter=0.6, cavity=1 - 0.75 * deep)


def _flesh(mm: Float32) -> Float32:
    return np.asarray(1 + 0.22 * fractal_noise(mm, 0.16, 25, 3), np.float32)


def _tongue_side(canvas: Canvas) -> Float32:
    outward = np.stack([canvas.mm[:, 0], canvas.mm[:, 2] - 34], axis=1)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    facing = (canvas.normals[:, [0, 2]] * outward).sum(axis=1)
    return np.asarray(smoothstep(0.2, -0.3, facing), np.float32)


def _wet(
    canvas: Canvas,
    color: Floats,
    rough: float,
    strength: float,
    *,
    scatter: float,
    cavity: Float32,
    relief: Float32 | None = None,
) -> Paint:
    surface = np.empty((canvas.num_texels, 4), np.float32)
    surface[:, 0], surface[:, 1], surface[:, 2], surface[:, 3] = rough, strength, scatter, cavity
    return Paint(
        canvas.image(to_uint8(srgb_from_linear(np.clip(color, 0, 1)))),
        canvas.image(to_uint8(surface)),
        None if relief is None else normal_map(canvas, relief),
    )
