"""Which of many cameras look from sides as different as possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mien.transforms import Array, normalize


def spread_around(
    positions: ArrayLike, count: int, *, beside: ArrayLike = (), first: int | None = None
) -> list[int]:
    """Return numbers of cameras that look at the head from as different sides as there are.

    Each next one is the farthest, by angle, from those before (Gonzalez 1985).

    Args:
        positions: Of the cameras to choose from, in the head's frame [C, 3].
        count: How many are wanted; fewer come back where there are fewer.
        beside: Positions of cameras that are chosen already [K, 3].
        first: The camera to begin with where none is chosen; the one nearest to the front when
            left out.
    """
    sides, known = _sides(positions), _sides(beside)
    if not len(sides) or count <= 0:
        return []
    order: list[int] = []
    if not len(known):
        order = [int(np.argmax(sides[:, 2])) if first is None else first]
        known = sides[order]
    nearest = (sides @ known.T).max(axis=1)
    nearest[order] = np.inf
    while len(order) < min(count, len(sides)):
        farthest = int(np.argmin(nearest))
        order.append(farthest)
        nearest = np.maximum(nearest, sides @ sides[farthest])
        nearest[farthest] = np.inf
    return order


def _sides(positions: ArrayLike) -> Array:
    """Return from which side of the head each camera looks [C, 3], unit vectors."""
    return normalize(np.asarray(positions, np.float64).reshape(-1, 3))
