"""What hair leaves on the skin: stubble, and the shade of a scalp, a brow or a beard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import smoothstep, spots, value_noise
from mien.capture.synthetic.paint.pigment import blend, linear
from mien.capture.synthetic.paint.places import beard_area
from mien.capture.synthetic.person import Person
from mien.template.head import HeadTemplate

_REACH_MM = {"hair": 2.6, "brow": 1.0, "beard": 1.3}
"""How far from its root a hair shades the skin."""

_FULL = {"hair": 0.10, "brow": 0.9, "beard": 0.35}
"""Roots a square millimetre at which the shade is as deep as it gets."""

_DEEPEST = {"hair": 0.90, "brow": 0.42, "beard": 0.55}


def paint_stubble(person: Person, canvas: Canvas, color: Float32) -> None:
    """Paint what grew since the last shave over a colour [T, 3], in place: dots and their haze."""
    amount = person.beard.stubble
    if amount <= 0:
        return
    area = canvas.kept("beard", _beard)
    texels = np.flatnonzero(area > 0.01)
    mm = canvas.mm[texels]
    dots, own = spots(mm, 1.25, 88 + person.seed, share=0.9, radius=0.48)
    patchy = 0.85 + 0.6 * value_noise(mm, 0.09, 90 + person.seed)
    haze = 0.34 * amount * patchy
    cover = area[texels] * np.clip(
        haze + 0.55 * amount * smoothstep(0.1, 0.5, dots) * (0.3 + own), 0, 0.85
    )
    shade = np.zeros(canvas.num_texels, np.float32)
    shade[texels] = cover
    # Through skin hair looks bluish: what is under it scatters the red.
    under = 0.55 * linear(person.beard.color) + 0.16 * linear(person.skin.tone) * [0.8, 0.95, 1.05]
    blend(color, shade, under.astype(np.float32))


def paint_roots(
    strands: Sequence[Strands], template: HeadTemplate, canvas: Canvas, color: Float32
) -> Float32:
    """Shade the skin under strands in a colour [T, 3], in place, and return how much [T]."""
    total = np.zeros(canvas.num_texels, np.float32)
    for group in strands:
        if group.kind not in _FULL or not len(group.points):
            continue
        dense = _density(group, template, canvas) / _FULL[group.kind]
        grain = 0.92 + 0.22 * canvas.kept("stipple", lambda c: value_noise(c.mm, 0.75, 71))
        shade = _DEEPEST[group.kind] * (1 - np.exp(-1.6 * dense)) * grain
        shade = np.clip(shade, 0, 0.96).astype(np.float32)
        blend(color, shade, 0.8 * np.median(group.colors[:, 0], axis=0).astype(np.float32))
        total = np.maximum(total, shade)
    return total


def _beard(canvas: Canvas) -> Float32:
    clear = canvas.mask["lips"] + canvas.mask["mouth_inside"]
    return np.asarray(beard_area(canvas.mm, clear), np.float32)


def _density(group: Strands, template: HeadTemplate, canvas: Canvas) -> Float32:
    """Return the roots a square millimetre [T], smoothed over their reach."""
    from scipy.ndimage import gaussian_filter

    corners = template.uv[template.uv_faces[group.triangles]]
    uv = np.einsum("sk,skc->sc", group.barycentric, corners)
    column, row = uv[:, 0] * canvas.size, (1 - uv[:, 1]) * canvas.size
    edges = np.arange(canvas.size + 1)
    counts = np.histogram2d(row, column, bins=(edges, edges))[0].astype(np.float32)
    # The map is stretched differently at each kind of hair: blur by what a texel is there.
    near = canvas.filled[
        np.clip(row.astype(int), 0, canvas.size - 1) * canvas.size
        + np.clip(column.astype(int), 0, canvas.size - 1)
    ]
    across, upward = np.median(canvas.texel_mm[near], axis=0)
    reach = _REACH_MM[group.kind]
    blurred = gaussian_filter(counts, (reach / upward, reach / across), truncate=2.5)
    return blurred.ravel()[canvas.texels] / canvas.texel_mm.prod(axis=1)
