"""Sort the visible Gaussians by depth: a stable parallel radix sort of float bits.

Positive floats sort like their bits. The smallest is subtracted first, so that a head, whose depths
differ little, needs two passes rather than three.
"""

from __future__ import annotations

from typing import Any

from numba import int64, uint32

from mien.rendering.cpu.compiling import device, stage
from mien.rendering.cpu.projection import CHUNK

DIGIT_BITS = 11
RADIX = 1 << DIGIT_BITS
MAX_PASSES = 3


@device
def part(total: int, share: int, shares: int) -> tuple[int, int]:
    """Return the bounds of a contiguous share of `total` things."""
    return total * share // shares, total * (share + 1) // shares


@device
def num_passes(spread: int) -> int:
    """Return how many passes sort keys up to `spread`."""
    passes = 0
    while spread >> (passes * DIGIT_BITS) > 0:
        passes += 1
    return passes


@stage
def gather_chunks(keys: Any, ids: Any, counts: Any, total: int) -> tuple[int, int]:
    """Bring the visible Gaussians of all chunks together in keys[1] and ids[1].

    Returns:
        How many there are, and the largest key once the smallest is subtracted from all.
    """
    visible = 0
    low, high = 1 << 32, 0
    for chunk in range((total + CHUNK - 1) // CHUNK):
        start = chunk * CHUNK
        for k in range(start, start + counts[chunk]):
            key = int64(keys[0, k])
            low, high = min(low, key), max(high, key)
            keys[1, visible], ids[1, visible] = key, ids[0, k]
            visible += 1
    for k in range(visible):
        keys[1, k] -= uint32(low)
    return visible, max(high - low, 0)


@stage
def count_digits(keys: Any, start: int, stop: int, shift: int, histogram: Any) -> None:
    """Count the digits of keys[start:stop] into histogram [RADIX]."""
    histogram[:] = 0
    for k in range(start, stop):
        histogram[(keys[k] >> shift) & (RADIX - 1)] += 1


@stage
def scan_digits(histograms: Any, shares: int) -> None:
    """Turn counts [shares, RADIX] into the place where each share's run of a digit begins."""
    total = 0
    for digit in range(RADIX):
        for share in range(shares):
            count = histograms[share, digit]
            histograms[share, digit] = total
            total += count


@stage
def scatter_digits(
    keys: Any, ids: Any, out_keys: Any, out_ids: Any, start: int, stop: int, shift: int, places: Any
) -> None:
    """Move keys[start:stop] and their ids to their places of this pass."""
    for k in range(start, stop):
        digit = (keys[k] >> shift) & (RADIX - 1)
        place = places[digit]
        places[digit] = place + 1
        out_keys[place] = keys[k]
        out_ids[place] = ids[k]
