"""Which tiles a Gaussian's visible ellipse meets: exact spans of tiles, row by row."""

from __future__ import annotations

import math
from typing import Any

from mien.rendering.cpu import records as r
from mien.rendering.cpu.blending import LOG2_ALPHA_MIN, TILE
from mien.rendering.cpu.compiling import device, stage
from mien.rendering.cpu.intrinsics import like


@device
def tile_rows(record: Any, rows: int) -> tuple[int, int]:
    """Return the first tile row the ellipse meets and the one after the last."""
    y, extent = record[r.Y], record[r.EXTENT_Y]
    first = int(max((y - extent) / like(y, TILE), like(y, 0)))
    last = int(min((y + extent) / like(y, TILE), like(y, rows - 1)))
    return first, last + 1


@device
def tile_span(record: Any, row: int, columns: int) -> tuple[int, int]:
    """Return the first tile of a row the ellipse meets and the one after the last.

    The ellipse is widest within the row either at its own leftmost and rightmost points or on the
    edge of the row nearest to them.
    """
    x, y, slope = record[r.X], record[r.Y], record[r.SLOPE_Y]
    extent = record[r.EXTENT_X]
    top, bottom = like(x, row * TILE) - y, like(x, row * TILE + TILE) - y
    reach = extent * slope
    low = _bound(record, -extent, -reach, top, bottom, like(x, -1))
    high = _bound(record, extent, reach, top, bottom, like(x, 1))
    first = int(max((x + low) / like(x, TILE), like(x, 0)))
    last = int(min((x + high) / like(x, TILE), like(x, columns - 1)))
    return first, last + 1


@device
def _bound(record: Any, extreme: Any, at: Any, top: Any, bottom: Any, side: Any) -> Any:
    """Return the ellipse's outermost dx on one side among the rows from `top` to `bottom`."""
    if top <= at <= bottom:
        return extreme
    dy = top if at < top else bottom
    a, b, c = record[r.A], record[r.B], record[r.C]
    floor = like(a, LOG2_ALPHA_MIN) - record[r.LOG_OPACITY]
    # a dx^2 + b dx dy + c dy^2 = floor, with a < 0.
    root = b * b * dy * dy - like(a, 4) * a * (c * dy * dy - floor)
    return record[r.SLOPE_X] * dy - side * math.sqrt(max(root, like(a, 0))) / (like(a, 2) * a)


@stage
def count_tiles(
    records: Any, order: Any, start: int, stop: int, columns: int, rows: int, counts: Any
) -> int:
    """Count the Gaussians order[start:stop] into counts [tiles]; return the sum of the counts."""
    counts[:] = 0
    total = 0
    for k in range(start, stop):
        record = records[order[k]]
        first, after = tile_rows(record, rows)
        for row in range(first, after):
            left, right = tile_span(record, row, columns)
            total += max(right - left, 0)
            for column in range(left, right):
                counts[row * columns + column] += 1
    return total


@stage
def scan_tiles(counts: Any, workers: int, tiles: int, starts: Any) -> int:
    """Turn counts [workers, tiles] into where each worker's run in a tile's list begins.

    Returns:
        The length of all lists together; starts [tiles + 1] bounds each.
    """
    total = 0
    for tile in range(tiles):
        starts[tile] = total
        for worker in range(workers):
            count = counts[worker, tile]
            counts[worker, tile] = total
            total += count
    starts[tiles] = total
    return total


@stage
def scatter_tiles(
    records: Any,
    order: Any,
    start: int,
    stop: int,
    columns: int,
    rows: int,
    places: Any,
    entries: Any,
    slot: int,
    slots: Any,
    firsts: Any,
) -> None:
    """Write the Gaussians order[start:stop] into the lists of the tiles they meet.

    Where `slots` has room, every entry also gets a number: those of a Gaussian follow one another,
    beginning with `slot` for the first, and firsts[k] is where those of order[k] begin.
    """
    numbered = slots.shape[0] > 0
    for k in range(start, stop):
        if numbered:
            firsts[k] = slot
        i = order[k]
        record = records[i]
        first, after = tile_rows(record, rows)
        for row in range(first, after):
            left, right = tile_span(record, row, columns)
            for column in range(left, right):
                tile = row * columns + column
                place = places[tile]
                places[tile] = place + 1
                entries[place] = i
                if numbered:
                    slots[place] = slot
                    slot += 1
    if numbered:
        firsts[stop] = slot
