"""Morph targets: where an expression moves the vertices of a surface."""

from __future__ import annotations

from typing import Any

import numpy as np

from mien.avatar.posing.chunks import CHUNK
from mien.rendering.cpu.compiling import stage

_ZERO = np.float32(0)


@stage
def displace_chunk(
    chunk: int, starts: Any, shapes: Any, deltas: Any, weights: Any, displacements: Any
) -> None:
    """Sum the morph targets of a chunk: displacements [V, 4] from entries sorted by vertex.

    The fourth component is for alignment and zero.
    """
    for v in range(chunk * CHUNK, min((chunk + 1) * CHUNK, starts.shape[0] - 1)):
        place = np.uint64(v)
        x, y, z = _ZERO, _ZERO, _ZERO
        for entry in range(np.uint64(starts[place]), np.uint64(starts[place + np.uint64(1)])):
            weight = weights[np.uint64(shapes[entry])]
            x += weight * deltas[entry, 0]
            y += weight * deltas[entry, 1]
            z += weight * deltas[entry, 2]
        displacements[place, 0], displacements[place, 1] = x, y
        displacements[place, 2], displacements[place, 3] = z, _ZERO
