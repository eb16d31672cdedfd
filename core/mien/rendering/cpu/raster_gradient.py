"""The gradient of drawing one tile: what every Gaussian of its list owes to the loss."""

from __future__ import annotations

from typing import Any

from mien.rendering.cpu import records as r
from mien.rendering.cpu.blending import BLOCK, BLOCKS, LOG2_ALPHA_MIN, TILE, touched_blocks
from mien.rendering.cpu.blending_gradient import (
    GRADIENT_STRIDE,
    MOMENTS,
    color_and_depth_gradient,
    color_gradient,
    take_moments,
)
from mien.rendering.cpu.compiling import device, stage
from mien.rendering.cpu.intrinsics import like, lowest_bit, prefetch
from mien.rendering.cpu.lanes import NUM_LANES
from mien.rendering.cpu.raster import BLOCK_COLUMNS, LOOKAHEAD, TILE_RUN, lanes_inside


@device
def load_gradients(
    pixels: Any,
    alive: Any,
    x: int,
    y: int,
    background: Any,
    rgb: Any,
    alpha: Any,
    depth: Any,
    rgb_gradient: Any,
    alpha_gradient: Any,
    depth_gradient: Any,
) -> int:
    """Set a tile up from the pictures and their gradients; return its blocks in the image.

    depth = D / A, with D the sum of weighted depths and A = alpha = 1 - T, so the gradient of D is
    that of depth over A, and A's own shrinks by depth times that.
    """
    height, width = alpha.shape
    zero, one = like(pixels[0], 0), like(pixels[0], 1)
    pixels[:] = zero
    blocks = 0
    for block in range(BLOCKS):
        left, top = x + block % BLOCK_COLUMNS * BLOCK, y + block // BLOCK_COLUMNS * BLOCK
        alive[block] = lanes_inside(left, top, width, height)
        if not alive[block]:
            continue
        blocks |= 1 << block
        for lane in range(BLOCK * BLOCK):
            px, py = left + lane % BLOCK, top + lane // BLOCK
            if px >= width or py >= height:
                continue
            at = block * GRADIENT_STRIDE + lane
            coverage = alpha[py, px]
            by_coverage = alpha_gradient[py, px]
            total = zero
            if depth.shape[0] and coverage > zero:
                by_depth = depth_gradient[py, px] / coverage
                by_coverage -= by_depth * depth[py, px]
                total += by_depth * depth[py, px] * coverage
                pixels[at + 5 * NUM_LANES] = by_depth
            by_transmittance = -by_coverage
            for channel in range(3):
                gradient = rgb_gradient[py, px, channel]
                behind = (one - coverage) * background[channel]
                total += gradient * (rgb[py, px, channel] - behind)
                by_transmittance += gradient * background[channel]
                pixels[at + (2 + channel) * NUM_LANES] = gradient
            pixels[at] = one
            pixels[at + NUM_LANES] = total + by_transmittance * (one - coverage)
    return blocks


@device
def tile_gradient(
    records: Any,
    entries: Any,
    slots: Any,
    start: int,
    stop: int,
    x: int,
    y: int,
    blocks: int,
    pixels: Any,
    alive: Any,
    moments: Any,
    alpha_max: Any,
    transmittance_min: Any,
    with_depth: bool,
    shares: Any,
) -> None:
    """Write what entries[start:stop] owe within a tile to their own slots of `shares`."""
    half = like(alpha_max, 0.5)
    limits = (alpha_max, transmittance_min)
    for k in range(start, stop):
        share = shares[slots[k]]
        if blocks == 0:
            share[:MOMENTS] = like(alpha_max, 0)
            continue
        prefetch(records, entries[min(k + LOOKAHEAD, stop - 1)])
        record = records[entries[k]]
        a, b, c, log_opacity = record[r.A], record[r.B], record[r.C], record[r.LOG_OPACITY]
        dx = like(a, x) + half - record[r.X]
        dy = like(a, y) + half - record[r.Y]
        floor = like(a, LOG2_ALPHA_MIN) - log_opacity
        touched = blocks & touched_blocks(
            dx, dy, a, b, c, record[r.SLOPE_X], record[r.SLOPE_Y], floor
        )
        shape = (a, b, c, log_opacity)
        values = (record[r.RED], record[r.GREEN], record[r.BLUE], record[r.DEPTH])
        while touched:
            block = lowest_bit(touched)
            touched &= touched - 1
            block_dx = dx + like(a, block % BLOCK_COLUMNS * BLOCK)
            block_dy = dy + like(a, block // BLOCK_COLUMNS * BLOCK)
            offset = block * GRADIENT_STRIDE
            live = alive[block]
            if with_depth:
                live = color_and_depth_gradient(
                    pixels, offset, live, block_dx, block_dy, shape, values, limits, moments
                )
            else:
                live = color_gradient(
                    pixels, offset, live, block_dx, block_dy, shape, values, limits, moments
                )
            alive[block] = live
            if live == 0:
                blocks &= ~(1 << block)
        take_moments(moments, share)


@stage
def tile_gradients(
    records: Any,
    entries: Any,
    slots: Any,
    starts: Any,
    run: int,
    pixels: Any,
    alive: Any,
    moments: Any,
    background: Any,
    alpha_max: Any,
    transmittance_min: Any,
    rgb: Any,
    alpha: Any,
    depth: Any,
    rgb_gradient: Any,
    alpha_gradient: Any,
    depth_gradient: Any,
    shares: Any,
) -> None:
    """Work on one run of `TILE_RUN` tiles."""
    height, width = alpha.shape
    columns, rows = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE
    moments[:] = like(alpha_max, 0)
    for tile in range(run * TILE_RUN, min(run * TILE_RUN + TILE_RUN, columns * rows)):
        start, stop = starts[tile], starts[tile + 1]
        if start == stop:
            continue
        x, y = tile % columns * TILE, tile // columns * TILE
        blocks = load_gradients(
            pixels,
            alive,
            x,
            y,
            background,
            rgb,
            alpha,
            depth,
            rgb_gradient,
            alpha_gradient,
            depth_gradient,
        )
        tile_gradient(
            records,
            entries,
            slots,
            start,
            stop,
            x,
            y,
            blocks,
            pixels,
            alive,
            moments,
            alpha_max,
            transmittance_min,
            depth.shape[0] > 0,
            shares,
        )
