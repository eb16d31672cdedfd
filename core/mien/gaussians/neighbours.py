"""Nearest neighbours on a grid, compiled: no dependency for one search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from mien.threads import kernel_turn

_PER_CELL = 2.0


def mean_distances(points: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the mean distance [N] of each point [N, 3] to its `count` nearest others.

    Raises:
        ValueError: There are not that many others.
    """
    if len(points) <= count:
        raise ValueError(f"{len(points)} points have no {count} neighbours each")
    low = points.min(axis=0)
    size = np.quantile(points, 0.99, axis=0) - np.quantile(points, 0.01, axis=0)
    # Flat clouds would make the cells vanish, and the search with them endless.
    size = np.maximum(size, max(1e-3 * float(size.max()), 1e-9))
    cell = float(np.cbrt(np.prod(size) / (len(points) / _PER_CELL)))
    # A far floater must not blow the grid up: cells beyond its edge are one with the edge.
    shape = np.minimum(np.ceil((points.max(axis=0) - low) / cell) + 1, 256).astype(np.int64)
    cells = np.minimum(((points - low) / cell).astype(np.int64), shape - 1)
    keys = (cells[:, 0] * shape[1] + cells[:, 1]) * shape[2] + cells[:, 2]
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], np.arange(int(np.prod(shape)) + 1))
    distances = np.empty(len(points))
    with kernel_turn():
        _search(points[order], cells[order], starts, shape, cell, count, order, distances)
    return distances


@njit(cache=True, nogil=True, parallel=True)
def _search(
    points: Any, cells: Any, starts: Any, shape: Any, cell: Any, count: Any, order: Any, out: Any
) -> None:
    for p in prange(len(points)):
        best = np.full(count, np.inf)
        ring = 0
        widest = max(shape[0], shape[1], shape[2])
        while ring <= widest:
            for i in range(max(cells[p, 0] - ring, 0), min(cells[p, 0] + ring, shape[0] - 1) + 1):
                for j in range(
                    max(cells[p, 1] - ring, 0), min(cells[p, 1] + ring, shape[1] - 1) + 1
                ):
                    edge = abs(i - cells[p, 0]) == ring or abs(j - cells[p, 1]) == ring
                    # Inside a shell only its two far sides are new.
                    step = 1 if edge or ring == 0 else 2 * ring
                    k = cells[p, 2] - ring
                    while k <= cells[p, 2] + ring:
                        if 0 <= k < shape[2]:
                            key = (i * shape[1] + j) * shape[2] + k
                            for q in range(starts[key], starts[key + 1]):
                                if q != p:
                                    _insert(best, _squared(points, p, q))
                        k += step
            # What lies outside the shells searched is at least this far away.
            if best[count - 1] <= (ring * cell) ** 2:
                break
            ring += 1
        total = 0.0
        for k in range(count):
            total += np.sqrt(best[k])
        out[order[p]] = total / count


@njit(cache=True, nogil=True)
def _squared(points: Any, a: Any, b: Any) -> Any:
    x, y = points[a, 0] - points[b, 0], points[a, 1] - points[b, 1]
    z = points[a, 2] - points[b, 2]
    return x * x + y * y + z * z


@njit(cache=True, nogil=True)
def _insert(best: Any, value: Any) -> None:
    k = len(best) - 1
    if value >= best[k]:
        return
    while k > 0 and best[k - 1] > value:
        best[k] = best[k - 1]
        k -= 1
    best[k] = value
