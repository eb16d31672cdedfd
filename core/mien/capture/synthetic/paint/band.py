"""The paint of a garment's band: ribs and the stitches along its seam, tiled round the neck."""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.figure import Paint
from mien.capture.synthetic.paint.noise import smoothstep, value_noise
from mien.capture.synthetic.paint.pigment import linear
from mien.capture.synthetic.person import Person
from mien.image import srgb_from_linear, to_uint8

_SIZE = 256
_RIBS = {"crew": 18, "vee": 18, "boat": 0, "collar": 0, "turtleneck": 14}
"""Ribs to a tile; woven cloth has none."""


def paint_band(person: Person) -> Paint:
    """Paint the band of a person's garment: u round the neck, v from the cloth up to the skin."""
    garment = person.garment
    u, v = np.meshgrid(*2 * [(np.arange(_SIZE, dtype=np.float32) + 0.5) / _SIZE])
    down = v
    ribs = _RIBS[garment.neckline]
    turn = 2 * np.pi * u
    # The noise closes on itself round the tile.
    place = np.stack([40 * np.cos(turn), 40 * np.sin(turn), 90 * down], axis=-1).reshape(-1, 3)
    yarn = value_noise(place, 0.5, person.seed + 3).reshape(u.shape)
    rib = np.abs(np.sin(0.5 * ribs * turn)) if ribs else np.ones_like(u)
    seam = np.exp(-(((down - 0.80) / 0.025) ** 2)) * (1 - 0.5 * (garment.neckline == "turtleneck"))
    shade = (1 + 0.14 * yarn) * (0.70 + 0.30 * rib if ribs else 1.0) * (1 - 0.25 * seam)
    # Inside the band it is dark.
    shade = shade * (1 - 0.45 * smoothstep(0.22, 0.0, down))
    color = linear(garment.trim)[None, None] * shade[..., None]
    surface = np.empty((_SIZE, _SIZE, 4), np.float32)
    surface[...] = 0.85, 0.22, 0.0, 1.0
    surface[..., 3] = 1 - 0.5 * smoothstep(0.22, 0.0, down)
    relief = 0.9 * rib * (ribs > 0) + 0.5 * yarn - 0.8 * seam
    return Paint(to_uint8(srgb_from_linear(color)), to_uint8(surface), _normals(relief, ribs))


def _normals(relief: np.ndarray, ribs: int) -> np.ndarray:
    across = 0.5 * (np.roll(relief, -1, axis=1) - np.roll(relief, 1, axis=1))
    upward = -np.gradient(relief, axis=0)
    # A texel is a sixth of a millimetre round the neck.
    slopes = np.clip(np.stack([across, upward], axis=-1) * (5.0 if ribs else 3.0), -1.0, 1.0)
    normals = np.concatenate([-slopes, np.ones((*relief.shape, 1))], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return (127.5 * normals + 128).astype(np.uint8)
