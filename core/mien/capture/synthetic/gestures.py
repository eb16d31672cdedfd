"""Gestures: how amounts come and go, and what they add to ARKit weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.template.arkit import ARKIT_INDEX

Array = NDArray[np.float64]


def ease(values: Array) -> Array:
    """Return 0..1 with soft ends of what goes evenly from 0 to 1."""
    t = np.clip(values, 0, 1)
    return t**3 * (6 * t**2 - 15 * t + 10)


def pulse(times: Array, start: float, attack: float, hold: float, release: float) -> Array:
    """Return what rises to 1, stays and falls again [T]; all in seconds."""
    t = times - start
    return ease(t / attack) * (1 - ease((t - attack - hold) / release))


def add(weights: Array, name: str, amount: Array) -> None:
    """Add to the weights [T, 52] of an expression, or of both sides where it has two."""
    for side in ("",) if name in ARKIT_INDEX else ("Left", "Right"):
        weights[:, ARKIT_INDEX[name + side]] += amount


def turn_eyes(gaze: Array, weights: Array) -> None:
    """Add what turns the eyes to ARKit weights [T, 52].

    Args:
        gaze: Where they point [T, 2], leftward and upward, -1..1.
        weights: Changed in place.
    """
    left, up = gaze.T
    for name, amount in (
        ("eyeLookOutLeft", left), ("eyeLookInRight", left), ("eyeLookInLeft", -left),
        ("eyeLookOutRight", -left), ("eyeLookUp", up), ("eyeLookDown", -up),
    ):  # fmt: skip
        add(weights, name, np.clip(amount, 0, 1))


def close_lids(weights: Array, lids: Array) -> None:
    """Let both eyes' weights [T, 52] be closed at least so far [T], 0..1."""
    for side in ("Left", "Right"):
        column = weights[:, ARKIT_INDEX[f"eyeBlink{side}"]]
        np.maximum(column, lids, out=column)
        # A lid that comes down needs no widening.
        weights[:, ARKIT_INDEX[f"eyeWide{side}"]] *= 1 - lids
