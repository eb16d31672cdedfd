"""Freckles, moles and the spots of age: where melanin gathers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, spots
from mien.capture.synthetic.paint.places import blob
from mien.capture.synthetic.person import Person

Marks = tuple[NDArray[np.int64], Float32]
"""Texels, and how much more melanin each has."""

_SUNNED_FROM_MM = -215
_NUM_CANDIDATES = 400


def paint_marks(person: Person, canvas: Canvas, color: Float32) -> None:
    """Add freckles, moles and the spots of age to a colour [T, 3], in place."""
    for found, absorbs in (
        (freckles(person, canvas), (0.55, 1.0, 1.3)),
        (moles(person, canvas), (1.5, 2.1, 2.2)),
        (spots_of_age(person, canvas), (0.4, 0.62, 0.75)),
    ):
        if found is not None:
            texels, strength = found
            color[texels] *= np.exp(-strength[:, None] * np.array(absorbs, np.float32))


def freckles(person: Person, canvas: Canvas) -> Marks | None:
    """Return freckles: most on nose and cheeks, each its own size and depth."""
    if person.skin.freckles <= 0:
        return None
    texels, where = canvas.kept("sunny", _sunny)
    mm = canvas.mm[texels]
    clumps = np.clip(0.55 + 1.6 * fractal_noise(mm, 0.07, 5 + person.seed, 2), 0, 1.4)
    fine, own = spots(mm, 0.42, 6 + person.seed, share=0.62, radius=0.42)
    large, other = spots(mm, 0.24, 7 + person.seed, share=0.34, radius=0.33)
    strength = smoothstep(0.0, 0.7, fine) * (0.35 + 0.65 * own)
    strength = np.maximum(strength, smoothstep(0.0, 0.55, large) * (0.5 + 0.5 * other))
    return texels, (0.85 * person.skin.freckles * where * clumps * strength).astype(np.float32)


def spots_of_age(person: Person, canvas: Canvas) -> Marks | None:
    """Return the irregular flat spots that the sun leaves over decades."""
    if person.skin.spots <= 0:
        return None
    texels, _ = canvas.kept("sunny", _sunny)
    mm = canvas.mm[texels]
    ragged = mm + 2.5 * fractal_noise(mm, 0.22, 17 + person.seed, 2)[:, None].astype(np.float32)
    depth, own = spots(ragged, 0.075, 18 + person.seed, share=0.30, radius=0.42)
    strength = smoothstep(0.0, 0.35, depth) * (0.3 + 0.7 * own)
    return texels, (0.8 * person.skin.spots * strength).astype(np.float32)


def moles(person: Person, canvas: Canvas) -> Marks | None:
    """Return a few dark spots of one to three millimetres."""
    texels, rises = canvas.kept("front", _front)
    if person.skin.moles <= 0:
        return None
    rng = np.random.default_rng([person.seed, 3])
    mm = canvas.mm[texels]
    total = np.zeros(len(texels), np.float32)
    for centre in rng.choice(rises, person.skin.moles):
        radius = rng.uniform(0.7, 1.5)
        away = np.linalg.norm(mm - canvas.mm[centre], axis=1) / radius
        total = np.maximum(total, rng.uniform(0.4, 1.0) * smoothstep(1.15, 0.6, away))
    near = total > 0
    return texels[near], total[near]


def _sunny(canvas: Canvas) -> Marks:
    """Return the texels the sun reaches, and how freckled they get."""
    mm = canvas.mm
    where = (
        blob(mm, (24, -17, 80), (24, 15, 30))
        + 0.9 * blob(mm, (0, -22, 96), (15, 18, 20))
        + 0.45 * blob(mm, (0, 42, 86), (48, 22, 40))
        + 0.30 * blob(mm, (52, -30, 50), (20, 30, 40))
        + 0.10
    )
    clear = canvas.mask["lips"] + canvas.mask["mouth_inside"] + canvas.mask["sockets"]
    where = np.clip(where, 0, 1) * np.clip(1 - 2 * clear, 0, 1)
    texels = np.flatnonzero((where > 0.02) & (mm[:, 2] > -60) & (mm[:, 1] > _SUNNED_FROM_MM))
    return texels, where[texels].astype(np.float32)


def _front(canvas: Canvas) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the texels of face and neck, and some of them, evenly spread, for moles to sit on."""
    mm, mask = canvas.mm, canvas.mask
    clear = mask["lips"] + mask["mouth_inside"] + mask["sockets"] + mask["lid_rims"]
    open_skin = (mm[:, 2] > 0) & (mm[:, 1] > -140) & (mm[:, 1] < 60) & (clear < 0.05)
    texels = np.flatnonzero(open_skin)
    area = canvas.texel_mm[texels].prod(axis=1)
    rng = np.random.default_rng(0)
    return texels, rng.choice(texels, _NUM_CANDIDATES, p=area / area.sum())
