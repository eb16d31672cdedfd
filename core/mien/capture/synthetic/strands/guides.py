"""Grow guide hairs: a style's rules step by step, off the skin. Everything in millimetres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from mien.capture.synthetic.strands.distance import DistanceField
from mien.transforms import Array

NUM_POINTS = 33
"""Points of a guide from root to tip."""

_STEPS_PER_POINT = 2


@dataclass(frozen=True, eq=False)
class Moment:
    """Guides as they grow.

    Args:
        points: Their ends [G, 3].
        directions: Where they were heading [G, 3].
        normals: Away from the skin under the ends [G, 3].
        heights: Of the ends over the skin [G].
        share: How much of them has grown, 0..1.
    """

    points: Array
    directions: Array
    normals: Array
    heights: Array
    share: float

    def along_skin(self, vectors: Array) -> Array:
        """Return vectors [.., 3] without their part toward or away from the skin [G, 3]."""
        return vectors - self.normals * (vectors * self.normals).sum(axis=1, keepdims=True)

    def ramp(self, start: float, end: float) -> float:
        """Return how far growth has come from one share to another, a smooth 0..1."""
        t = min(max((self.share - start) / (end - start), 0.0), 1.0)
        return t * t * (3 - 2 * t)


Rule = Callable[[Moment], Array]
"""Return where guides want to grow next [G, 3]; its length says how much against momentum."""

Heights = Callable[[Moment], Array]
"""Return how far off the skin guides must be at least [G]."""


def grow_guides(
    roots: Array,
    lengths: Array,
    rule: Rule,
    heights: Heights,
    field: DistanceField,
    *,
    stiffness: float = 0.6,
) -> Array:
    """Grow guides from roots [G, 3]; return their points [G, NUM_POINTS, 3], evenly along each.

    Args:
        roots: On the person's skin.
        lengths: How long each grows [G].
        rule: Where to.
        heights: How far off the skin.
        field: Distances from the person.
        stiffness: How much of its direction a hair keeps from step to step, 0..1.
    """
    steps = (NUM_POINTS - 1) * _STEPS_PER_POINT
    _, normals = field.at(roots)
    normals = normals.astype(np.float64)
    points, directions = roots.copy(), normals.copy()
    line = [points]
    for step in range(1, steps + 1):
        height, away = field.at(points)
        moment = Moment(points, directions, away.astype(np.float64), height, step / steps)
        wish = rule(moment)
        directions = unit(stiffness * directions + (1 - stiffness) * wish)
        moved = points + directions * (lengths / steps)[:, None]
        moved = keep_off(moved, heights(moment), field)
        # What the skin pushed aside is no shorter for it.
        directions = unit(moved - points)
        points = points + directions * (lengths / steps)[:, None]
        if step % _STEPS_PER_POINT == 0:
            line.append(points)
    return np.stack(line, axis=1)


def keep_off(points: Array, least: Array, field: DistanceField) -> Array:
    """Push points [P, 3] to a least distance off the skin [P], a centimetre at most."""
    height, away = field.at(points)
    return points + away * np.clip(least - height, 0, 10)[:, None]


def gather(guides: Array, roots: Array, *, locks: int, strength: Array, seed: int) -> Array:
    """Draw guides [G, K, 3] together into locks, more and more toward their tips.

    Args:
        guides: What `grow_guides` returned.
        roots: Where on the template they grow [G, D]: those near each other share a lock.
        locks: How many.
        strength: How far the tips come together [G], 0..1.
        seed: Which guides lead.
    """
    leaders = np.random.default_rng(seed).choice(len(guides), min(locks, len(guides)), False)
    leader = leaders[KDTree(roots[leaders]).query(roots)[1]]
    share = np.linspace(0, 1, guides.shape[1]) ** 1.3
    pull = (strength[:, None] * share)[..., None]
    return guides + pull * (guides[leader] - guides)


def unit(vectors: Array) -> Array:
    """Return vectors [.., 3] of length one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
