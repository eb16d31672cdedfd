"""The whole forward pass as one kernel: project, sort, bin, draw, without the interpreter."""

from __future__ import annotations

from typing import Any

from numba import prange

from mien.rendering.cpu.binning import count_tiles, scan_tiles, scatter_tiles
from mien.rendering.cpu.blending import TILE
from mien.rendering.cpu.compiling import kernel, stage
from mien.rendering.cpu.depth_order import (
    DIGIT_BITS,
    MAX_PASSES,
    count_digits,
    gather_chunks,
    num_passes,
    part,
    scan_digits,
    scatter_digits,
)
from mien.rendering.cpu.projection import CHUNK, project_chunk
from mien.rendering.cpu.raster import TILE_RUN, draw_tiles
from mien.rendering.cpu.teamwork import open_phase, take_ticket, wait_for_phase, was_last

PROJECT = 0
SORT = 1
"""The first of two phases for each pass."""
COUNT = SORT + 2 * MAX_PASSES
SCATTER = COUNT + 1
DRAW = SCATTER + 1

NUM_VISIBLE = 0
"""In `facts`: how many Gaussians are visible."""
SPREAD = 1
"""In `facts`: the largest of their sorting keys."""
NUM_ENTRIES = 2
"""In `facts`: the length of all tiles' lists together."""
ORDER_SIDE = 3
"""In `facts`: which of the two `ids` arrays holds them in depth order."""
NUM_FACTS = 8


@stage
def work(
    worker: int,
    shares: int,
    control: Any,
    facts: Any,
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
    rgb: Any,
    rgb8: Any,
    alpha: Any,
    depth: Any,
) -> None:
    """Do one thread's share of a frame: whatever tickets it gets hold of, phase by phase."""
    height, width = alpha.shape
    columns, rows = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE

    chunks = max((means.shape[0] + CHUNK - 1) // CHUNK, 1)
    chunk = take_ticket(control, PROJECT)
    while chunk < chunks:
        project_chunk(
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            chunk,
            camera,
            width,
            height,
            degree,
            antialiased,
            records,
            keys[0],
            ids[0],
            chunk_counts,
        )
        if was_last(control, PROJECT, chunks):
            visible, spread = gather_chunks(keys, ids, chunk_counts, means.shape[0])
            facts[NUM_VISIBLE], facts[SPREAD] = visible, spread
            open_phase(control, SORT)
        chunk = take_ticket(control, PROJECT)
    wait_for_phase(control, SORT)

    visible = facts[NUM_VISIBLE]
    passes = num_passes(facts[SPREAD])
    side = 1
    for index in range(passes):
        counting = SORT + 2 * index
        shift = index * DIGIT_BITS
        wait_for_phase(control, counting)
        share = take_ticket(control, counting)
        while share < shares:
            start, stop = part(visible, share, shares)
            count_digits(keys[side], start, stop, shift, histograms[share])
            if was_last(control, counting, shares):
                scan_digits(histograms, shares)
                open_phase(control, counting + 1)
            share = take_ticket(control, counting)
        wait_for_phase(control, counting + 1)
        share = take_ticket(control, counting + 1)
        while share < shares:
            start, stop = part(visible, share, shares)
            scatter_digits(
                keys[side],
                ids[side],
                keys[1 - side],
                ids[1 - side],
                start,
                stop,
                shift,
                histograms[share],
            )
            if was_last(control, counting + 1, shares):
                open_phase(control, counting + 2)
            share = take_ticket(control, counting + 1)
        side = 1 - side
    wait_for_phase(control, SORT + 2 * passes)

    order = ids[side]
    share = take_ticket(control, COUNT)
    while share < shares:
        start, stop = part(visible, share, shares)
        share_sizes[share] = count_tiles(
            records, order, start, stop, columns, rows, tile_counts[share]
        )
        if was_last(control, COUNT, shares):
            facts[NUM_ENTRIES] = scan_tiles(tile_counts, shares, columns * rows, tile_starts)
            facts[ORDER_SIDE] = side
            open_phase(control, SCATTER)
        share = take_ticket(control, COUNT)
    wait_for_phase(control, SCATTER)
    if facts[NUM_ENTRIES] > entries.shape[0]:
        return

    share = take_ticket(control, SCATTER)
    while share < shares:
        start, stop = part(visible, share, shares)
        scatter_tiles(
            records,
            order,
            start,
            stop,
            columns,
            rows,
            tile_counts[share],
            entries,
            share_sizes[:share].sum(),
            slots,
            firsts,
        )
        if was_last(control, SCATTER, shares):
            open_phase(control, DRAW)
        share = take_ticket(control, SCATTER)
    wait_for_phase(control, DRAW)

    runs = (columns * rows + TILE_RUN - 1) // TILE_RUN
    run = take_ticket(control, DRAW)
    while run < runs:
        draw_tiles(
            records,
            entries,
            tile_starts,
            run,
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
        run = take_ticket(control, DRAW)


@kernel
def render(
    workers: int,
    control: Any,
    facts: Any,
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
    rgb: Any,
    rgb8: Any,
    alpha: Any,
    depth: Any,
) -> None:
    """Draw the Gaussians into the pictures that have rows (`alpha` [H, W] always has).

    `control` [CONTROL_SIZE] is all zeros beforehand. Where `slots` has room, what the gradient
    needs is written down as well. Where facts[NUM_ENTRIES] is more than `entries` holds, nothing
    was drawn, and the caller comes back with more room.
    """
    for worker in prange(workers):
        work(
            worker,
            workers,
            control,
            facts,
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            camera,
            degree,
            antialiased,
            background,
            alpha_max,
            transmittance_min,
            records,
            chunk_counts,
            keys,
            ids,
            histograms,
            tile_counts,
            tile_starts,
            share_sizes,
            entries,
            slots,
            firsts,
            pixels,
            alive,
            rgb,
            rgb8,
            alpha,
            depth,
        )
