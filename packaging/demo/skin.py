"""Painted skin: melanin and blood, lips and lids, freckles and lines, stubble and cloth.

Everything is a function of the place on the neutral template, in millimetres, so that a freckle is
where it is for everybody; colours are linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from demo.cast import Person
from demo.face_parts import brow_line
from demo.light import to_linear
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, value_noise
from mien.capture.synthetic.paint.places import MOUTH_Y, beard_area, blob

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Place:
    """Places on the template: neutral positions in millimetres [M, 3] and soft masks [M].

    `region` holds the weights of the template's regions by name, `mask` its other masks.
    """

    mm: Array
    region: dict[str, Array]
    mask: dict[str, Array]
    cloth: Array


def paint_skin(person: Person, place: Place) -> tuple[Array, Array]:
    """Return the albedo [M, 3] and the gloss [M] of a person's skin, lips, lids and mouth."""
    skin, mm = person.skin, place.mm
    tone = to_linear(skin.tone)
    metres = mm / 1000
    broad = fractal_noise(metres, 38, 11 + person.seed, 3)[:, None]
    fine = fractal_noise(metres, 210, 31 + person.seed, 3)[:, None]
    pores = fractal_noise(metres, 900, 61 + person.seed, 2)[:, None]
    color = tone * (
        1
        + skin.mottling * 0.14 * broad * [0.6, 1.0, 1.1]
        + skin.mottling * 0.055 * fine * [0.5, 1.0, 1.0]
        + 0.02 * pores
    )
    color = _blood(person, mm, color)
    color = _lines(person, mm, color)
    color = _freckles(person, mm, color)
    color = _stubble(person, place, color)
    color = _brow_shade(person, mm, color)
    color, gloss = _lids(person, place, color)
    color, gloss = _lips(person, place, color, gloss)
    return _insides(place, color, gloss)


def _mix(color: Array, amount: Array, other: Array) -> Array:
    return color * (1 - amount[:, None]) + amount[:, None] * other


def _blood(person: Person, mm: Array, color: Array) -> Array:
    flush = to_linear(person.skin.flush)
    red = (
        0.62 * blob(mm, (38, -32, 66), (19, 16, 30))
        + 0.42 * blob(mm, (0, -37, 103), (15, 11, 16))
        + 0.35 * blob(mm, (12, -42, 90), (9, 8, 14))
        + 0.75 * blob(mm, (76, -20, -8), (16, 30, 24))
        + 0.25 * blob(mm, (0, -95, 84), (17, 11, 20))
        + 0.30 * blob(mm, (0, -165, 10), (60, 30, 60))
        + 0.22 * blob(mm, (24, -12, 76), (13, 6, 14))
    )
    noise = 1 + 0.3 * fractal_noise(mm / 1000, 90, 77 + person.seed, 2)
    color = _mix(color, np.clip(person.skin.redness * red * noise, 0, 0.8), flush)
    # The forehead is a little sallow; the shadow of the eye socket is bluish brown.
    sallow = 0.22 * blob(mm, (0, 50, 85), (45, 20, 40))
    color = color * (1 + sallow[:, None] * [0.03, 0.02, -0.16])
    under = 0.30 * blob(mm, (26, -10.5, 76), (13, 4.5, 15)) * (0.6 + 0.9 * person.skin.age)
    crease = 0.34 * blob(mm, (30, 8.0, 76), (16, 4.0, 14))
    inner = 0.34 * blob(mm, (14, -1, 76), (5.5, 8, 12))
    return color * (1 - (under + crease + inner)[:, None] * [0.42, 0.60, 0.56])


def _lines(person: Person, mm: Array, color: Array) -> Array:
    """Draw the lines that age draws: forehead, eye corners, beside nose and mouth."""
    age = person.skin.age
    if age <= 0:
        return color
    x, y, z = np.abs(mm[:, 0]), mm[:, 1], mm[:, 2]
    wave = 1.6 * np.sin(x / 17 + person.seed) + 2.0 * value_noise(mm / 1000, 60, 91)
    depth = np.zeros(len(mm))
    for height, strength in ((37, 0.7), (45, 1.0), (53, 0.75)):
        depth += strength * np.exp(-(((y - height - wave) / 0.8) ** 2)) * smoothstep(40, 20, x)
    for angle, strength in ((12, 0.8), (-8, 1.0), (-26, 0.7)):
        along = x - 45
        off = (y - 0.5) - np.tan(np.radians(angle)) * along
        span = smoothstep(0, 3, along) * smoothstep(17, 8, along)
        depth += strength * np.exp(-((off / 0.7) ** 2)) * span * (z > 30)
    fold = x - np.interp(y, [-78, -66, -52, -44], [31, 28.5, 22.5, 18.5])
    depth += 1.1 * np.exp(-((fold / 1.2) ** 2)) * smoothstep(-82, -72, y) * smoothstep(-40, -46, y)
    corner = x - np.interp(y, [-92, -72], [27.5, 25.5])
    depth += (
        0.8 * np.exp(-((corner / 1.1) ** 2)) * smoothstep(-94, -86, y) * smoothstep(-69, -73, y)
    )
    frown = np.exp(-(((x - 5.5) / 1.0) ** 2)) * smoothstep(10, 14, y) * smoothstep(30, 22, y)
    depth += 0.5 * frown * (z > 60)
    spots = smoothstep(0.27, 0.36, value_noise(mm / 1000, 85, 123 + person.seed))
    color = color * (1 - age * 0.26 * np.clip(depth, 0, 1.3)[:, None] * [0.75, 1.0, 1.0])
    return color * (1 - 0.22 * age * spots[:, None] * [0.6, 1.0, 1.1])


def _freckles(person: Person, mm: Array, color: Array) -> Array:
    if person.skin.freckles <= 0:
        return color
    where = (
        blob(mm, (22, -18, 80), (24, 17, 30))
        + 0.9 * blob(mm, (0, -22, 96), (14, 20, 20))
        + 0.35 * blob(mm, (0, 42, 86), (45, 22, 40))
        + 0.06
    )
    large = smoothstep(0.23, 0.33, value_noise(mm / 1000, 330, 5 + person.seed))
    small = smoothstep(0.26, 0.34, value_noise(mm / 1000, 520, 6 + person.seed))
    amount = np.clip(person.skin.freckles * where * (0.85 * large + 0.7 * small), 0, 0.85)
    return color * (1 - amount[:, None] * [0.34, 0.55, 0.66])


def bearded(place: Place) -> Array:
    """Return where a beard grows [M], 0..1."""
    return beard_area(place.mm, place.mask["lips"] + place.mask["mouth_inside"] + place.cloth)


def _stubble(person: Person, place: Place, color: Array) -> Array:
    amount = person.beard.stubble
    if amount <= 0:
        return color
    dots = 0.75 + 0.9 * value_noise(place.mm / 1000, 750, 88 + person.seed)
    full = 0.62 + 0.28 * min(1.0, person.beard.length_mm / 6)
    shade = np.clip(full * amount * bearded(place) * dots, 0, 0.9)
    tint = 0.45 * to_linear(person.beard.color) + 0.18 * color
    return _mix(color, shade, tint)


def _brow_shade(person: Person, mm: Array, color: Array) -> Array:
    """Darken the skin under the brows, so that their hairs need not cover it."""
    line, _ = brow_line(np.linspace(0.02, 0.98, 60))
    line[:, 1] += person.brows.raise_mm + person.brows.arch_mm * np.interp(
        np.linspace(0, 1, 60), [0, 0.4, 0.68, 1], [-0.3, 0.4, 1, 0.1]
    )
    away, near = cKDTree(line).query(np.c_[np.abs(mm[:, 0]), mm[:, 1]])
    half = person.brows.thickness * np.interp(
        near / 59, [0, 0.12, 0.5, 0.8, 1], [1.5, 2.3, 2.1, 1.4, 0.6]
    )
    cover = np.exp(-((away / half) ** 2)) * (mm[:, 2] > 50) * smoothstep(-1, 4, near.astype(float))
    shade = 0.55 * np.clip(person.brows.density, 0, 1.1) * cover
    return _mix(color, shade, 0.8 * to_linear(person.brows.color) + 0.12 * color)


def _lids(person: Person, place: Place, color: Array) -> tuple[Array, Array]:
    rim = place.mask["lid_rims"]
    tone = to_linear(person.skin.tone)
    wet = 0.75 * tone * [0.95, 0.52, 0.50] + 0.04
    gloss = person.skin.shine * (0.75 + 0.5 * blob(place.mm, (0, -36, 102), (14, 14, 20)))
    gloss = gloss * (1 + 0.5 * blob(place.mm, (0, 46, 84), (42, 22, 40)))
    color = _mix(color, 0.65 * smoothstep(0.25, 0.8, rim), wet)
    # The lash line: the outer edge of the rim, darker above than below.
    x, y = np.abs(place.mm[:, 0]), place.mm[:, 1]
    edge = (
        np.exp(-(((rim - 0.35) / 0.22) ** 2)) * place.region["eyes"] * (1 - place.mask["sockets"])
    )
    upper = smoothstep(-2.5, 0.5, y - 0.06 * (x - 30))
    line = edge * (0.34 + 0.30 * upper + 0.36 * person.skin.liner * upper)
    color = _mix(color, np.clip(line, 0, 0.85), np.array([0.020, 0.013, 0.011]) + 0.06 * tone)
    return color, gloss


def _lips(person: Person, place: Place, color: Array, gloss: Array) -> tuple[Array, Array]:
    mm, skin = place.mm, person.skin
    lips = smoothstep(0.28, 0.72, place.mask["lips"]) * (1 - place.mask["mouth_inside"])
    creases = value_noise(mm * [1.0, 0.12, 0.12] / 1000, 1300, 41)
    natural = 0.8 * to_linear(skin.lips) + 0.2 * to_linear(skin.tone)
    paint = (1 - skin.lip_paint) * natural + skin.lip_paint * to_linear(skin.lips)
    shade = paint * (1 + 0.16 * creases + 0.10 * fractal_noise(mm / 1000, 240, 43, 2))[:, None]
    # The upper lip faces down and is the deeper red; both deepen toward the slit.
    shade = shade * (1 - 0.10 * smoothstep(-68, -62, mm[:, 1]))[:, None]
    slit = np.exp(-(((mm[:, 1] - MOUTH_Y) / 1.9) ** 2)) * smoothstep(24, 18, np.abs(mm[:, 0]))
    shade = shade * (1 - 0.45 * slit[:, None] * [0.8, 1.0, 1.0])
    color = _mix(color, 0.94 * lips, shade)
    corner = blob(mm, (23.5, -67, 82), (3.5, 2.6, 9))
    color = color * (1 - 0.40 * corner[:, None] * [0.75, 1, 1])
    return color, gloss + lips * 0.9


def _insides(place: Place, color: Array, gloss: Array) -> tuple[Array, Array]:
    inside = smoothstep(0.35, 0.9, place.mask["mouth_inside"])
    deep = smoothstep(80, 45, place.mm[:, 2])[:, None]
    flesh = np.array([0.33, 0.075, 0.070]) * (1 - 0.82 * deep)
    color = _mix(color, inside, flesh)
    socket = place.mask["sockets"]
    color = _mix(color, 0.9 * socket, np.array([0.30, 0.11, 0.09]))
    nostril = blob(place.mm, (8.5, -44.5, 88), (4.2, 2.6, 5)) + 0.8 * blob(
        place.mm, (7, -40, 84), (4, 4, 5)
    )
    color = color * (1 - 0.72 * np.clip(nostril, 0, 1)[:, None] * [0.85, 1, 1])
    return np.clip(color, 0.002, 1), gloss * (1 - inside) * (1 - socket)
