"""The edge of a piece of surface."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray


def boundary_loop(faces: NDArray[np.int64]) -> list[int]:
    """Return the vertices of a disc's boundary in order.

    Raises:
        ValueError: There is not exactly one boundary.
    """
    edges = Counter()
    for corners in faces:
        for a, b in zip(corners, np.roll(corners, -1), strict=True):
            edges[int(a), int(b)] += 1
    follows = {a: b for (a, b) in edges if (b, a) not in edges}
    start = min(follows)
    loop = [start]
    while follows[loop[-1]] != start:
        loop.append(follows[loop[-1]])
    if len(loop) != len(follows):
        raise ValueError(f"expected one boundary: {len(loop)} of {len(follows)} edges are on it")
    return loop
