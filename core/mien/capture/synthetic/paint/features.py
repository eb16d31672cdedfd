"""Lips, lids, nostrils and the inside of the mouth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, value_noise
from mien.capture.synthetic.paint.pigment import blend, darken, linear
from mien.capture.synthetic.paint.places import MOUTH_Y, blob
from mien.capture.synthetic.person import Person


@dataclass(frozen=True, eq=False)
class Features:
    """Soft masks [T] of what is not plain skin. The same for everybody.

    Args:
        lips: The red of the lips.
        border: The pale roll around it.
        lip_shade: How deep its red is: the upper lip's and toward the slit more.
        corners: The corners of the mouth.
        wet_rim: The moist edge of the lids.
        lash_line: Where lashes grow, the upper lid's denser.
        lid: Skin of the upper lid, which make-up covers.
        tear: The inner corner of the eye.
        nostrils: Their openings.
        mouth: Its lining.
        sockets: Behind the lids.
        folds: What little light reaches: inside ears, nostrils, the mouth's corners.
    """

    lips: Float32
    border: Float32
    lip_shade: Float32
    corners: Float32
    wet_rim: Float32
    lash_line: Float32
    lid: Float32
    tear: Float32
    nostrils: Float32
    mouth: Float32
    sockets: Float32
    folds: Float32


def features_of(canvas: Canvas) -> Features:
    """Return the features of a canvas of skin, found once."""
    return canvas.kept("features", _find)


def paint_features(person: Person, canvas: Canvas, color: Float32) -> None:
    """Paint lips, lids, nostrils and the mouth's lining over a colour [T, 3], in place."""
    found = features_of(canvas)
    skin, tone = person.skin, linear(person.skin.tone)
    _paint_lids(person, found, tone, color)
    darken(color, found.border * -0.10, (0.9, 1.0, 1.0))
    lip = linear(skin.lips)
    natural = (0.74 + 0.26 * skin.lip_paint) * lip + 0.26 * (1 - skin.lip_paint) * tone
    blend(color, (0.82 + 0.14 * skin.lip_paint) * found.lips, natural.astype(np.float32))
    darken(color, found.lips * found.lip_shade, (0.60, 1.0, 0.95))
    darken(color, found.corners, (0.55, 0.85, 0.85))
    darken(color, found.nostrils, (0.80, 0.96, 0.96))
    flesh = np.array([0.34, 0.10, 0.09], np.float32) * (1 - 0.35 * skin.melanin)
    blend(color, found.mouth, flesh)
    blend(color, 0.9 * found.sockets, np.array([0.40, 0.15, 0.12], np.float32))


def _paint_lids(person: Person, found: Features, tone: Float32, color: Float32) -> None:
    """Moist pink rims, the roots of the lashes, and make-up if any."""
    skin = person.skin
    pink = (tone * [0.84, 0.72, 0.70] + [0.02, 0.012, 0.012]).astype(np.float32)
    blend(color, 0.45 * found.wet_rim, pink)
    blend(color, 0.45 * found.tear, (pink * [1.0, 0.72, 0.70]).astype(np.float32))
    roots = (0.07 * tone + 0.12 * linear(person.brows.color) + 0.004).astype(np.float32)
    blend(color, np.clip(found.lash_line * (0.72 + 0.28 * skin.liner), 0, 0.92), roots)
    darken(color, 0.32 * skin.liner * found.lid, (0.75, 1.0, 1.0))


def _find(canvas: Canvas) -> Features:
    mm, mask = canvas.mm, canvas.mask
    x, y, z = np.abs(mm[:, 0]), mm[:, 1], mm[:, 2]
    inside = smoothstep(0.35, 0.85, mask["mouth_inside"])
    ragged = mask["lips"] + 0.10 * value_noise(mm, 0.5, 47)
    red = smoothstep(0.26, 0.70, ragged)
    border = np.exp(-(((ragged - 0.14) / 0.10) ** 2)) * (z > 55) * (x < 30)
    sockets = smoothstep(0.4, 0.9, mask["sockets"])
    rim = mask["lid_rims"] * (1 - sockets)
    upper = smoothstep(-2.5, 0.5, y - 0.06 * (x - 30))
    edge = np.exp(-(((rim - 0.38) / 0.20) ** 2)) * canvas.region["eyes"] * (1 - sockets)
    # Lashes leave the very inner corner free.
    edge = edge * smoothstep(15.5, 20, x) * (0.42 + 0.58 * upper)
    lid = blob(mm, (30, 7.0, 74), (15, 5.0, 14)) * upper * (1 - sockets) * (1 - rim)
    tear = blob(mm, (14.6, -1.6, 72), (2.8, 2.2, 8)) * (1 - sockets)
    nostrils = np.clip(
        1.2 * blob(mm, (8.3, -44.3, 88), (4.2, 2.5, 5.5)) + blob(mm, (7, -40, 84), (4.2, 4.5, 5)),
        0, 1,
    )  # fmt: skip
    corner = blob(mm, (23.2, -67, 82), (2.2, 1.5, 8))
    deep = smoothstep(78, 40, z)
    ear = mask["ears"] * smoothstep(0.75, 0.2, np.abs(canvas.normals[:, 0]))
    folds = np.clip(0.9 * nostrils + 0.5 * corner + 0.35 * ear + 0.8 * inside * deep, 0, 0.95)
    arrays = (
        red * (1 - inside), border * (1 - inside), _lip_shade(mm), 0.22 * corner,
        smoothstep(0.55, 0.95, rim), edge, lid, tear, 0.85 * nostrils,
        inside * (0.9 - 0.2 * deep), sockets, folds,
    )  # fmt: skip
    return Features(*(np.ascontiguousarray(array, np.float32) for array in arrays))


def _lip_shade(mm: Float32) -> Float32:
    creases = value_noise(mm * [1.0, 0.14, 0.14], 1.0, 41)
    mottled = fractal_noise(mm, 0.22, 43, 2)
    upper = smoothstep(-68, -62, mm[:, 1])
    slit = np.exp(-(((mm[:, 1] - MOUTH_Y) / 1.7) ** 2)) * smoothstep(25, 18, np.abs(mm[:, 0]))
    shade = 0.10 * upper + 0.34 * slit + 0.16 * creases + 0.10 * mottled
    return np.asarray(shade, np.float32)
