"""The whole forward pass as one kernel: project, sort, bin, draw, without the interpreter.

Threads share out work by tickets rather than in fixed shares, because a tile on the face costs a
hundred times a tile of background and the machine may be busy with something else.
"""

from __future__ import annotations

from typing import Any

from numba import prange

from mien.rendering.cpu.binning import count_tiles, scan_tiles, scatter_tiles
from mien.rendering.cpu.blending import TILE
from mien.rendering.cpu.compiling import kernel
from mien.rendering.cpu.depth_order import (
    DIGIT_BITS,
    count_digits,
    gather_chunks,
    part,
    scan_digits,
    scatter_digits,
)
from mien.rendering.cpu.projection import project_chunks
from mien.rendering.cpu.raster import draw_tiles

ORDER_SIDE = 2
"""Which of the two `ids` arrays the kernel leaves the depth order in: said in `tickets`."""

NUM_VISIBLE = 3
"""How long that order is."""


@kernel
def render(
    means: Any,
    quats: Any,
    log_scales: Any,
    logit_opacities: Any,
    sh: Any,
    camera: Any,
    degree: int,
    antialiased: bool,
    background: Any,
    alpha_max: Any,
    transmittance_min: Any,
    workers: int,
    records: Any,
    chunk_counts: Any,
    keys: Any,
    ids: Any,
    histograms: Any,
    tile_counts: Any,
    tile_starts: Any,
    share_sizes: Any,
    entries: Any,
    slots: Any,
    firsts: Any,
    pixels: Any,
    alive: Any,
    tickets: Any,
    rgb: Any,
    rgb8: Any,
    alpha: Any,
    depth: Any,
) -> int:
    """Draw the Gaussians into the pictures that have rows (`alpha` [H, W] always has).

    Where `slots` has room, what the gradient needs is written down as well.

    Returns:
        The number of (tile, Gaussian) entries. Where that is more than `entries` holds, nothing was
        drawn, and the caller comes back with more room.
    """
    height, width = alpha.shape
    tickets[:] = 0
    for _ in prange(workers):
        project_chunks(
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            camera,
            width,
            height,
            degree,
            antialiased,
            tickets,
            0,
            records,
            keys[0],
            ids[0],
            chunk_counts,
        )

    visible, spread = gather_chunks(keys, ids, chunk_counts, means.shape[0])
    side, shift = 1, 0
    while spread >> shift > 0:
        for worker in prange(workers):
            start, stop = part(visible, worker, workers)
            count_digits(keys[side], start, stop, shift, histograms[worker])
        scan_digits(histograms, workers)
        for worker in prange(workers):
            start, stop = part(visible, worker, workers)
            scatter_digits(
                keys[side],
                ids[side],
                keys[1 - side],
                ids[1 - side],
                start,
                stop,
                shift,
                histograms[worker],
            )
        side, shift = 1 - side, shift + DIGIT_BITS
    order = ids[side]

    columns, rows = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE
    for worker in prange(workers):
        start, stop = part(visible, worker, workers)
        share_sizes[worker] = count_tiles(
            records, order, start, stop, columns, rows, tile_counts[worker]
        )
    total = scan_tiles(tile_counts, workers, columns * rows, tile_starts)
    if total > entries.shape[0]:
        return total
    for worker in prange(workers):
        start, stop = part(visible, worker, workers)
        scatter_tiles(
            records,
            order,
            start,
            stop,
            columns,
            rows,
            tile_counts[worker],
            entries,
            share_sizes[:worker].sum(),
            slots,
            firsts,
        )

    for worker in prange(workers):
        draw_tiles(
            records,
            entries,
            tile_starts,
            tickets,
            1,
            pixels[worker],
            alive[worker],
            background,
            alpha_max,
            transmittance_min,
            rgb,
            rgb8,
            alpha,
            depth,
        )
    tickets[ORDER_SIDE], tickets[NUM_VISIBLE] = side, visible
    return total
