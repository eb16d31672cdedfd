"""Eyeballs: iris, pupil and the white with its veins.

An eye's paint is the view of the ball from its front: u to the person's left, v up, and the ball's
outline the circle that fits the map. So a place on the iris's plane is a place on the map, which
is what a shader needs that refracts light at the cornea.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.figure import Paint
from mien.capture.synthetic.paint.noise import Floats, fractal_noise, smoothstep, value_noise
from mien.capture.synthetic.paint.pigment import linear
from mien.capture.synthetic.person import Person
from mien.image import srgb_from_linear, to_uint8
from mien.template.head import HeadTemplate

Float32 = NDArray[np.float32]

IRIS_MM = 5.85
"""Radius of the iris: it hardly differs between people (Hashemi et al. 2015: 11.8 mm across)."""

PUPIL_MM = 1.75
_FILLED = 0.98
"""Share of the map's half side that the ball's radius takes."""


def ball_of(template: HeadTemplate, part: str) -> tuple[Floats, float]:
    """Return an eyeball's centre [3] and radius on the neutral template, metres."""
    centre = template.joint_positions[template.joint_names.index(part)].astype(np.float64)
    points = template.neutral[template.part_vertices(part)] - centre
    # The cornea bulges; the sides of the ball are its true radius.
    return centre, float(np.linalg.norm(points[:, :2], axis=1).max())


def eye_uv(template: HeadTemplate, part: str) -> Float32:
    """Return the texture coordinates [F, 3, 2] of an eyeball's triangles."""
    centre, radius = ball_of(template, part)
    away = (template.neutral[template.faces[template.part_faces(part)]] - centre) / radius
    flat, behind = away[..., :2], away[..., 2:] < 0
    length = np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-9)
    flat = np.where(behind, flat / length, flat)
    return (0.5 + 0.5 * _FILLED * flat).astype(np.float32)


def paint_eye(person: Person, template: HeadTemplate, part: str, size: int = 512) -> Paint:
    """Paint an eyeball."""
    _, radius = ball_of(template, part)
    place = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    x, y = (axis.ravel() * 1000 * radius / _FILLED for axis in np.meshgrid(place, -place))
    away = np.hypot(x, y)
    nasal = -x if part == "eye_left" else x
    color = _white(person, x, y, away / (1000 * radius), nasal)
    inside = np.flatnonzero(away < IRIS_MM * 1.12)
    iris, cover = _iris(person, x[inside], y[inside], away[inside], part)
    color[inside] += cover[:, None] * (iris - color[inside])
    surface = np.zeros((len(x), 4), np.float32)
    on_iris = smoothstep(IRIS_MM * 1.05, IRIS_MM * 0.97, away)
    surface[:, 0] = 0.16 - 0.10 * on_iris
    surface[:, 1] = 0.85
    surface[:, 2] = 0.35 * (1 - on_iris)
    surface[:, 3] = 1 - 0.45 * smoothstep(0.55, 0.95, np.abs(x) / (1000 * radius))
    albedo = to_uint8(srgb_from_linear(color)).reshape(size, size, 3)
    return Paint(albedo, to_uint8(surface).reshape(size, size, 4))


def _white(person: Person, x: Floats, y: Floats, rim: Floats, nasal: Floats) -> Float32:
    """Return the sclera [n, 3]: not white, pink toward the corners, yellower with age."""
    age = float(smoothstep(40, 80, person.age_years))
    white = linear((0.81 - 0.03 * age, 0.785 - 0.04 * age, 0.765 - 0.075 * age))
    white = white * (1 - person.skin.melanin * np.array([0.10, 0.14, 0.20], np.float32))
    place = np.stack([x, y, 0 * x], axis=1)
    turn = np.arctan2(y, x)
    wander = 1.5 * fractal_noise(place, 0.35, 71 + person.seed, 2)
    spokes = np.stack([np.cos(turn), np.sin(turn), 0.05 * rim], axis=1) * 4.2
    branch = np.abs(value_noise(spokes + 0.35 * wander[:, None], 1.7, 72 + person.seed))
    fine = np.abs(fractal_noise(place, 0.55, 73 + person.seed, 2))
    veins = smoothstep(0.045, 0.0, branch) + 0.6 * smoothstep(0.05, 0.0, fine)
    reach = smoothstep(0.45, 0.85, rim) * (0.55 + 0.45 * smoothstep(-0.2, 0.8, np.abs(x) / 12))
    red = np.clip((0.25 + 0.9 * person.eyes.veins) * 0.55 * veins * reach, 0, 0.7)
    pink = 0.42 * smoothstep(0.50, 1.0, rim) + 0.30 * smoothstep(6.5, 11.5, nasal)
    loss = red[:, None] * [0.12, 0.72, 0.72] + np.clip(pink, 0, 0.8)[:, None] * [0.08, 0.34, 0.32]
    return (white * np.clip(1 - loss, 0.1, 1)).astype(np.float32)


def _iris(person: Person, x: Floats, y: Floats, away: Floats, part: str) -> tuple[Float32, Float32]:
    """Return the colour [n, 3] of iris and pupil, and how much they cover [n]."""
    eyes, seed = person.eyes, person.seed + (part == "eye_right")
    turn, q = np.arctan2(y, x), away / IRIS_MM
    spokes = np.stack([np.cos(turn) * 7, np.sin(turn) * 7, q * 1.3], axis=1)
    fibres = fractal_noise(spokes, 1.5, 19 + seed, 3)
    threads = fractal_noise(spokes * [2.3, 2.3, 0.6], 1.6, 29 + seed, 2)
    base = linear(eyes.iris)
    brightness = float(base.mean())
    # The paler the iris, the more of its fibres are seen; crypts are darker gaps between them.
    light = 1 + 1.35 * fibres + 0.9 * threads
    crypts = smoothstep(0.10, 0.26, value_noise(spokes * [0.8, 0.8, 1.9], 1.0, 39 + seed))
    color = base * np.clip(light * (1 - 0.38 * crypts), 0.25, 2.2)[:, None]
    # Around the pupil melanin lies in a ragged collar, warmer than the rest.
    ragged = q + 0.10 * fractal_noise(spokes, 0.8, 49 + seed, 2)
    collar = 0.75 * smoothstep(0.62, 0.40, ragged)
    warm = linear((0.47, 0.31, 0.15)) * min(1.0, 0.25 + 4.0 * brightness)
    color += collar[:, None] * (0.55 * warm + 0.45 * color - color)
    limbus = smoothstep(0.76, 1.0, q) * (0.45 + 0.5 * eyes.rim)
    color *= 1 - limbus[:, None] * [0.86, 0.82, 0.76]
    pupil = smoothstep(PUPIL_MM + 0.16, PUPIL_MM - 0.10, away + 0.10 * threads)
    color += pupil[:, None] * (0.003 - color)
    cover = smoothstep(1.07, 0.94, q + 0.03 * fibres)
    return np.clip(color, 0.002, 0.85).astype(np.float32), np.asarray(cover, np.float32)
