"""The fine relief of skin, lips and cloth as tangent-space normals."""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, spots, value_noise
from mien.capture.synthetic.paint.places import blob
from mien.capture.synthetic.person import Person
from mien.image import Image8

_STEEPEST = 1.2


def skin_relief(person: Person, canvas: Canvas, wrinkles: Float32) -> Float32:
    """Return the height [T] of pores, fine texture, lip lines and wrinkles, millimetres."""
    pores, grain, lips = canvas.kept("relief", _common)
    coarse = 0.55 + 0.55 * person.masculinity + 0.3 * person.skin.wrinkles
    height = coarse * pores + (0.8 + 0.5 * person.skin.wrinkles) * grain
    return (height + (1 - 0.3 * person.skin.lip_paint) * lips - wrinkles).astype(np.float32)


def normal_map(canvas: Canvas, height_mm: Float32) -> Image8:
    """Return tangent-space normals [S, S, 3] of a relief [T], bytes for -1..1."""
    slopes = np.clip(canvas.slopes(height_mm), -_STEEPEST, _STEEPEST)
    normals = np.concatenate([-slopes, np.ones((canvas.num_texels, 1), np.float32)], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return canvas.image((127.5 * normals + 128).astype(np.uint8))


def _common(canvas: Canvas) -> tuple[Float32, Float32, Float32]:
    """Return what all people share of pores [T], fine texture [T] and lip lines [T]."""
    mm, mask = canvas.mm, canvas.mask
    inside = np.clip(mask["mouth_inside"] + mask["sockets"], 0, 1)
    face = smoothstep(-20, 20, mm[:, 2]) * smoothstep(-110, -90, mm[:, 1]) * (1 - inside)
    lips = smoothstep(0.3, 0.7, mask["lips"]) * (1 - inside)
    bare = face * (1 - lips) * (1 - mask["lid_rims"])
    coarse = (
        0.35
        + 0.9 * blob(mm, (0, -34, 100), (17, 16, 22))
        + 0.7 * blob(mm, (22, -28, 82), (15, 14, 22))
        + 0.4 * blob(mm, (0, 35, 90), (40, 22, 30))
        + 0.4 * blob(mm, (0, -95, 84), (20, 12, 20))
    ) * (1 - 0.8 * blob(mm, (28, -4, 74), (19, 13, 16)))
    texels = np.flatnonzero(bare > 0.01)
    pores = np.zeros(canvas.num_texels, np.float32)
    deep, own = spots(mm[texels], 0.62, 41, share=0.85, radius=0.45)
    pores[texels] = -0.085 * bare[texels] * coarse[texels] * smoothstep(0, 0.9, deep) * (0.4 + own)
    grain = 0.085 * fractal_noise(mm, 0.34, 42, 3) + 0.06 * fractal_noise(mm, 0.12, 43, 2)
    grain = grain * (0.35 + 0.65 * bare) * (1 - inside) * (1 - lips)
    lines = value_noise(mm * [1.0, 0.16, 0.16], 0.62, 44)
    folds = smoothstep(0.16, 0.0, np.abs(lines)) + 0.6 * smoothstep(
        0.2, 0.0, np.abs(value_noise(mm * [1.0, 0.2, 0.2], 1.1, 45))
    )
    lip_lines = lips * (-0.13 * folds + 0.05 * fractal_noise(mm, 0.8, 46, 2))
    return pores, grain.astype(np.float32), lip_lines.astype(np.float32)
