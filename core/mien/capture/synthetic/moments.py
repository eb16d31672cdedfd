"""Single moments of people's faces, to learn from: no two people do the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.gestures import turn_eyes
from mien.capture.synthetic.performance import HELD
from mien.driving.track import ExpressionTrack
from mien.template.arkit import ARKIT_INDEX, ARKIT_NAMES

_STRONG = (0.45, 1.0)
_ASIDE = 0.35
"""How much weaker one side of a face may do what the other does."""
_BLINKS = 0.15
"""The share of moments with the lids half down or closed."""


@dataclass(frozen=True)
class Moments:
    """Neutral, then so many expressions of each person's own.

    Args:
        count: Expressions after the neutral face.

    Raises:
        ValueError: The count is negative.
    """

    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"{self.count} expressions are none to film")


def moments(seed: int, count: int) -> tuple[ExpressionTrack, tuple[str, ...]]:
    """Return neutral and `count` expressions as a track, one each second, and their names.

    Each blends two of the held expressions, stronger on one side of the face or the other, with a
    look aside. More of them begin with the same ones.
    """
    weights = np.zeros((count + 1, len(ARKIT_NAMES)))
    names = ["neutral"]
    kinds = [name for name in HELD if name != "neutral"]
    for row in range(1, count + 1):
        rng = np.random.default_rng([seed, 6, row])
        chosen = [str(name) for name in rng.choice(kinds, 2, replace=False)]
        for name, strength in zip(
            chosen, (rng.uniform(*_STRONG), rng.uniform(0, 0.6)), strict=True
        ):
            weights[row] += strength * _held(name, rng)
        _look(weights[row], rng)
        names.append("+".join(chosen))
    track = ExpressionTrack(
        np.arange(count + 1, dtype=np.float64),
        ARKIT_NAMES,
        np.clip(weights, 0, 1).astype(np.float32),
        source=f"moments of seed {seed}",
    )
    return track, tuple(names)


def _held(name: str, rng: np.random.Generator) -> NDArray[np.float64]:
    weights = np.zeros(len(ARKIT_NAMES))
    sides = {"Left": 1.0, "Right": 1.0}
    sides["Left" if rng.random() < 0.5 else "Right"] -= rng.uniform(0, _ASIDE)
    for shape, weight in HELD[name].items():
        if shape in ARKIT_INDEX:
            weights[ARKIT_INDEX[shape]] += weight
            continue
        for side, share in sides.items():
            weights[ARKIT_INDEX[shape + side]] += weight * share
    return weights


def _look(weights: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Turn the eyes of a moment's weights [52], and now and then close them."""
    gaze = np.clip(rng.normal(0, (0.35, 0.2)), -0.8, 0.8)
    turn_eyes(gaze[None], weights[None])
    if rng.random() < _BLINKS:
        for side in ("Left", "Right"):
            weights[ARKIT_INDEX[f"eyeBlink{side}"]] += rng.uniform(0.4, 1.0)
