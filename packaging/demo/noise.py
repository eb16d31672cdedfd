"""Smooth procedural noise in space, the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SIZE = 32


def value_noise(points: Array, frequency: float, seed: int) -> Array:
    """Return value noise [P] about zero, -0.5..0.5, at points [P, 3] in metres."""
    lattice = np.random.default_rng(seed).random((_SIZE, _SIZE, _SIZE))
    scaled = points * frequency
    base = np.floor(scaled).astype(np.int64)
    share = scaled - base
    share = share * share * (3 - 2 * share)
    total = np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, share, 1 - share), axis=1)
        cell = (base + corner) % _SIZE
        total += weight * lattice[cell[:, 0], cell[:, 1], cell[:, 2]]
    return total - 0.5


def fractal_noise(points: Array, frequency: float, seed: int, octaves: int = 4) -> Array:
    """Return a sum of octaves of value noise [P], each at twice the frequency and 0.55 the size."""
    total = np.zeros(len(points))
    for octave in range(octaves):
        total += 0.55**octave * value_noise(points, frequency * 2**octave, seed + octave)
    return total


def smoothstep(low: float, high: float, x: Array) -> Array:
    """Return the cubic step [..] from 0 at `low` to 1 at `high`; falling where low > high."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
