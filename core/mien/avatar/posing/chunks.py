"""How a pose is cut up: chunks of vertices or Gaussians, worked on in rows.

A chunk's numbers lie in rows of CHUNK, one for each component, all in one flat array. Loops over
such rows, of a length and at distances known when compiling, are what LLVM turns into SIMD. Every
sum runs in one order whichever thread does a chunk, so the same state gives the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHUNK = 256
"""Vertices or Gaussians of a chunk: its rows fit the first-level cache."""

NUM_ROWS = 24
"""Rows of the scratch a thread works in."""


def num_chunks(count: int) -> int:
    """Return how many chunks hold `count` items."""
    return (count + CHUNK - 1) // CHUNK


def in_chunks(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return values [V, K] as chunks of rows [C, K * CHUNK], filled up with zeros."""
    count, width = values.shape
    chunks = num_chunks(count)
    padded = np.zeros((chunks * CHUNK, width), np.float32)
    padded[:count] = values
    rows = padded.reshape(chunks, CHUNK, width).swapaxes(1, 2)
    return np.ascontiguousarray(rows).reshape(chunks, width * CHUNK)
