"""The geometry of a blend pad: corners on a circle and the weights of a point among them.

Mean value coordinates (Floater 2003) reproduce points: the weighted mean of the corners is the
point they were computed for. So the point of any weights is their mean of corners, and for three
corners (where they are barycentric) the two ways are exact inverses everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]

_NEAR = 1e-9


def corner_positions(count: int) -> Points:
    """Return the corners [count, 2] in a unit circle, y down, counter to the clock.

    Two lie left and right, three with one on top, four as a square, more evenly around.
    """
    if count <= 1:
        return np.zeros((count, 2))
    first = {2: np.pi, 4: np.pi * 3 / 4}.get(count, np.pi / 2)
    angles = first + 2 * np.pi * np.arange(count) / count
    return np.stack([np.cos(angles), -np.sin(angles)], axis=-1)


def weights_at(point: ArrayLike, corners: Points) -> NDArray[np.float64]:
    """Return the weights [n] of a point [2] among convex corners [n, 2]; they sum to one.

    A point outside counts as the nearest one inside.
    """
    count = len(corners)
    if count == 1:
        return np.ones(1)
    inside = nearest_inside(point, corners)
    to = corners - inside
    distances = np.linalg.norm(to, axis=1)
    if distances.min() < _NEAR:
        return np.eye(count)[int(distances.argmin())]
    if count == 2:
        return distances[::-1] / distances.sum()
    following = np.roll(to, -1, axis=0)
    cross = to[:, 0] * following[:, 1] - to[:, 1] * following[:, 0]
    dot = np.sum(to * following, axis=1)
    following_distances = np.roll(distances, -1)
    edge = _edge_under(cross, dot)
    if edge is not None:
        return _along_edge(edge, distances, count)
    # tan(angle / 2) = (|a||b| - a.b) / (a x b), which needs no angle.
    half = (distances * following_distances - dot) / cross
    weights = (half + np.roll(half, 1)) / distances
    return weights / weights.sum()


def point_of(weights: Sequence[float] | NDArray, corners: Points) -> Points:
    """Return the point [2] that weights [n] stand for: the weighted mean of the corners."""
    values = np.asarray(weights, np.float64)
    total = values.sum()
    if total <= 0:
        return corners.mean(axis=0)
    return (values[:, None] * corners).sum(axis=0) / total


def nearest_inside(point: ArrayLike, corners: Points) -> Points:
    """Return the nearest point [2] of the convex polygon of the corners, or of their segment."""
    wanted = np.asarray(point, np.float64)
    if len(corners) == 1:
        return corners[0]
    if len(corners) > 2 and _contains(wanted, corners):
        return wanted
    ends = np.roll(corners, -1, axis=0)
    along = ends - corners
    lengths = np.maximum(np.sum(along * along, axis=1), _NEAR)
    fractions = np.clip(np.sum((wanted - corners) * along, axis=1) / lengths, 0, 1)
    candidates = corners + fractions[:, None] * along
    return candidates[int(np.linalg.norm(candidates - wanted, axis=1).argmin())]


def _contains(point: Points, corners: Points) -> bool:
    to, following = corners - point, np.roll(corners, -1, axis=0) - point
    cross = to[:, 0] * following[:, 1] - to[:, 1] * following[:, 0]
    return bool((cross >= 0).all() or (cross <= 0).all())


def _edge_under(cross: Points, dot: Points) -> int | None:
    on_edge = (np.abs(cross) < _NEAR) & (dot <= 0)
    return int(np.flatnonzero(on_edge)[0]) if on_edge.any() else None


def _along_edge(edge: int, distances: Points, count: int) -> NDArray[np.float64]:
    following = (edge + 1) % count
    weights = np.zeros(count)
    length = distances[edge] + distances[following]
    weights[edge], weights[following] = distances[following] / length, distances[edge] / length
    return weights
