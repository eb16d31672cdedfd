"""What colours skin: melanin and blood, which absorb light as Beer and Lambert say.

The logarithm of the albedo falls in proportion to how much of each there is, so a colour is the
person's tone times an exponential (after Tsumura et al. 2003, who separate skin so).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, spots
from mien.capture.synthetic.paint.places import blob
from mien.capture.synthetic.person import Color, Person
from mien.image import linear_from_srgb

MELANIN = np.array([0.52, 0.82, 1.05], np.float32)
"""Absorption of red, green and blue by melanin, relative to each other."""

BLOOD = np.array([0.10, 0.86, 0.66], np.float32)
"""Absorption by haemoglobin: green most, red hardly."""

FLUSHED = (
    # how much, where, how far
    (0.34, (40, -30, 64), (23, 21, 32)),
    (0.18, (29, -24, 78), (18, 14, 18)),
    (0.36, (0, -37, 103), (15, 11, 16)),
    (0.30, (12, -42, 90), (8, 7, 14)),
    (0.26, (17, -45, 82), (5, 9, 14)),
    (0.55, (76, -20, -8), (16, 32, 24)),
    (0.20, (0, -95, 84), (17, 11, 20)),
    (0.14, (0, 14, 90), (12, 10, 20)),
    (0.22, (0, -165, 10), (60, 34, 60)),
    (0.20, (29, 8, 76), (15, 6, 14)),
    (0.16, (28, -9, 74), (15, 4, 14)),
)
"""Where blood shows: cheeks, nose and beside it, ears, chin, glabella, chest, lids."""

PALE = ((0.16, (0, 48, 85), (45, 18, 40)), (0.12, (0, -58, 88), (20, 7, 20)))
"""Where little does: the forehead and around the mouth."""

SHADED = (
    (0.20, (15.5, -3, 74), (6, 8, 14)),
    (0.20, (27, -11, 76), (14, 5, 15)),
    (0.13, (31, 10, 74), (17, 7, 16)),
    (0.10, (44, -2, 62), (7, 9, 20)),
    (0.10, (0, -128, 30), (60, 26, 60)),
)
"""Where skin is darker: around the eyes and under the jaw."""


def linear(color: Color) -> Float32:
    """Return the linear albedo [3] of an sRGB colour."""
    return linear_from_srgb(np.array(color, np.float32))


def paint_pigment(person: Person, canvas: Canvas) -> Float32:
    """Return the linear albedo [T, 3] of bare skin."""
    skin, seed = person.skin, person.seed
    metres = canvas.kept("metres", lambda c: c.mm / np.float32(1000))
    broad = fractal_noise(metres, 36, 11 + seed, 3)
    fine = fractal_noise(metres, 240, 31 + seed, 3)
    grain = canvas.kept("grain", lambda c: fractal_noise(c.mm, 0.75, 61, 2))
    speckle = _speckle(person, canvas)
    blotch = fractal_noise(metres, 95, 77 + seed, 3)
    # Little blood shows through much melanin.
    shows = 1 - 0.62 * skin.melanin
    flush = canvas.kept("flush", _flush)
    blood = skin.redness * flush * (1 + 0.55 * blotch)
    blood += skin.mottling * (0.17 * blotch + 0.22 * fine)
    blood += 0.11 * grain + skin.blush * canvas.kept("blush", _blush)
    shade = canvas.kept("shade", _shade)
    melanin = (0.55 + 0.35 * min(person.age_years, 70) / 70 + 0.5 * skin.melanin) * shade
    melanin += skin.mottling * (0.20 * broad + 0.12 * fine + 0.30 * speckle) + 0.09 * grain
    melanin += 0.05 * skin.melanin * blotch
    return _absorb(
        linear(skin.tone), melanin.astype(np.float32), (shows * blood).astype(np.float32)
    )


def _speckle(person: Person, canvas: Canvas) -> Float32:
    """Return the faint flat spots that all skin has [T], each a millimetre or two wide."""
    small, own = spots(canvas.mm, 0.34, 21 + person.seed, share=0.5, radius=0.42)
    return smoothstep(0.0, 0.8, small) * (own - 0.25)


def _spots(canvas: Canvas, table: Any) -> Float32:
    total = np.zeros(canvas.num_texels, np.float32)
    for amount, centre, radius in table:
        total += amount * blob(canvas.mm, centre, radius)
    return total


def _flush(canvas: Canvas) -> Float32:
    return _spots(canvas, FLUSHED) - _spots(canvas, PALE)


def _blush(canvas: Canvas) -> Float32:
    return _spots(canvas, ((0.22, (46, -25, 62), (19, 16, 26)),))


def _shade(canvas: Canvas) -> Float32:
    eyes = _spots(canvas, SHADED)
    # The neck under the chin sees no sun; ears and nape neither.
    return eyes + 0.05 * smoothstep(10, -40, canvas.mm[:, 2])


@njit(cache=True, nogil=True)
def _absorb(
    tone: Float32, melanin: Float32, blood: Float32
) -> NDArray[np.float32]:  # pragma: no cover (compiled)
    color = np.empty((melanin.shape[0], 3), np.float32)
    for n in range(melanin.shape[0]):
        for c in range(3):
            color[n, c] = tone[c] * np.exp(-MELANIN[c] * melanin[n] - BLOOD[c] * blood[n])
    return color


@njit(cache=True, nogil=True)
def blend(color: Float32, amount: Float32, other: Float32) -> None:  # pragma: no cover (compiled)
    """Mix a colour [T, 3] with one other [3] by an amount [T], in place."""
    for n in range(color.shape[0]):
        if amount[n] > 0:
            for c in range(3):
                color[n, c] += amount[n] * (other[c] - color[n, c])


def darken(color: Float32, amount: Float32, share: tuple[float, float, float]) -> None:
    """Take a share of each channel away from a colour [T, 3] by an amount [T], in place."""
    _darken(color, np.asarray(amount, np.float32), np.array(share, np.float32))


@njit(cache=True, nogil=True)
def _darken(color: Float32, amount: Float32, share: Float32) -> None:  # pragma: no cover (compiled)
    for n in range(color.shape[0]):
        if amount[n] != 0:
            for c in range(3):
                color[n, c] *= max(0.0, 1 - amount[n] * share[c])
