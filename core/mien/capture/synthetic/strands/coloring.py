"""The colours of hair: root to tip, strand to strand, and the white ones between."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.capture.synthetic.paint.noise import smoothstep
from mien.image import linear_from_srgb
from mien.transforms import Array

Float32 = NDArray[np.float32]

WHITE = (0.80, 0.79, 0.77)
"""A hair without pigment, sRGB."""


def hair_colors(
    rng: np.random.Generator,
    root: ArrayLike,
    tip: ArrayLike,
    *,
    shape: tuple[int, int],
    grey: ArrayLike = 0.0,
    tone: ArrayLike = 1.0,
    spread: float = 0.08,
) -> Float32:
    """Return the linear albedo of hairs [S, K, 3].

    Args:
        rng: What chance decides.
        root: sRGB at the skin.
        tip: sRGB at the end.
        shape: S and K.
        grey: How grey the hair has become, for all or each [S], 0..1.
        tone: A factor on the lightness of each [S], for locks.
        spread: How much neighbours differ.
    """
    count, points = shape
    along = np.linspace(0, 1, points)
    shift = 0.22 * rng.normal(size=(count, 1))
    mix = np.clip(along**0.8 + shift * (0.3 + along), 0, 1)[..., None]
    own = np.exp(spread * rng.normal(size=(count, 1)))
    # Pigment is two: the lighter a hair, the warmer, so that blue goes first.
    warmth = 1 + 0.04 * rng.normal(size=(count, 1, 1)) * np.array([0.4, 0.0, -0.8])
    color = (_linear(root) * (1 - mix) + _linear(tip) * mix) * warmth
    color = color * (own * np.broadcast_to(tone, (count,))[:, None])[..., None]
    # Seen from where faces are seen, white and dark hairs run together to some extent.
    white = np.clip(np.asarray(grey) + 0.12 * rng.normal(size=count), 0, 1) * (np.asarray(grey) > 0)
    white = (0.92 * smoothstep(0.05, 0.95, white))[:, None, None]
    pale = _linear(WHITE) * rng.uniform(0.55, 0.68, (count, 1, 1))
    return np.clip((1 - white) * color + white * pale, 0.002, 0.95).astype(np.float32)


def _linear(srgb: ArrayLike) -> Array:
    return linear_from_srgb(np.asarray(srgb, np.float32)).astype(np.float64)
