"""Draw one tile: blend its list of Gaussians front to back, then write its pixels."""

from __future__ import annotations

from typing import Any

from mien.rendering.cpu import records as r
from mien.rendering.cpu.blending import (
    ALL_LANES,
    BLOCK,
    BLOCK_STRIDE,
    BLOCKS,
    LOG2_ALPHA_MIN,
    TILE,
    blend_color,
    blend_color_and_depth,
    touched_blocks,
)
from mien.rendering.cpu.compiling import device, stage
from mien.rendering.cpu.intrinsics import like, lowest_bit, prefetch
from mien.rendering.cpu.lanes import NUM_LANES

BLOCK_COLUMNS = TILE // BLOCK
TILE_RUN = 4
"""Tiles a thread draws at a time."""

LOOKAHEAD = 6
"""How many Gaussians ahead of the one being blended are fetched from memory."""


@device
def lanes_inside(x: int, y: int, width: int, height: int) -> int:
    """Return which pixels of the block at (x, y) lie in the image, as bits."""
    if x + BLOCK <= width and y + BLOCK <= height:
        return ALL_LANES
    bits = 0
    for lane in range(BLOCK * BLOCK):
        if x + lane % BLOCK < width and y + lane // BLOCK < height:
            bits |= 1 << lane
    return bits


@device
def clear_tile(pixels: Any, alive: Any, x: int, y: int, width: int, height: int) -> int:
    """Make a tile's pixels transparent; return its blocks that lie in the image, as bits."""
    pixels[:] = like(pixels[0], 0)
    blocks = 0
    for block in range(BLOCKS):
        offset = block * BLOCK_STRIDE
        for lane in range(BLOCK * BLOCK):
            pixels[offset + lane] = like(pixels[0], 1)
        left, top = x + block % BLOCK_COLUMNS * BLOCK, y + block // BLOCK_COLUMNS * BLOCK
        alive[block] = lanes_inside(left, top, width, height)
        if alive[block]:
            blocks |= 1 << block
    return blocks


@device
def blend_tile(
    records: Any,
    entries: Any,
    start: int,
    stop: int,
    x: int,
    y: int,
    blocks: int,
    pixels: Any,
    alive: Any,
    alpha_max: Any,
    transmittance_min: Any,
    with_depth: bool,
) -> None:
    """Blend entries[start:stop] into the tile whose top left pixel is (x, y)."""
    half = like(alpha_max, 0.5)
    limits = (alpha_max, transmittance_min)
    for k in range(start, stop):
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
            offset = block * BLOCK_STRIDE
            if with_depth:
                lanes = blend_color_and_depth(
                    pixels, offset, alive[block], block_dx, block_dy, shape, values, limits
                )
            else:
                lanes = blend_color(
                    pixels, offset, alive[block], block_dx, block_dy, shape, values, limits
                )
            alive[block] = lanes
            if lanes == 0:
                blocks &= ~(1 << block)
        if blocks == 0:
            return


@device
def to_byte(value: Any) -> Any:
    """Quantise 0..1 to 0..255, rounding to nearest."""
    return int(
        min(max(value, like(value, 0)), like(value, 1)) * like(value, 255) + like(value, 0.5)
    )


@device
def write_tile(
    pixels: Any,
    x: int,
    y: int,
    background: Any,
    rgb: Any,
    rgb8: Any,
    alpha: Any,
    depth: Any,
) -> None:
    """Composite a blended tile over the background and write it into the pictures there are."""
    height, width = alpha.shape
    zero, one = like(pixels[0], 0), like(pixels[0], 1)
    for py in range(y, min(y + TILE, height)):
        for px in range(x, min(x + TILE, width)):
            block = (py - y) // BLOCK * BLOCK_COLUMNS + (px - x) // BLOCK
            at = block * BLOCK_STRIDE + (py - y) % BLOCK * BLOCK + (px - x) % BLOCK
            left = pixels[at]
            red = pixels[at + NUM_LANES] + left * background[0]
            green = pixels[at + 2 * NUM_LANES] + left * background[1]
            blue = pixels[at + 3 * NUM_LANES] + left * background[2]
            if rgb8.shape[0]:
                rgb8[py, px, 0] = to_byte(red)
                rgb8[py, px, 1] = to_byte(green)
                rgb8[py, px, 2] = to_byte(blue)
            elif rgb.shape[0]:
                rgb[py, px, 0] = red
                rgb[py, px, 1] = green
                rgb[py, px, 2] = blue
            coverage = one - left
            alpha[py, px] = coverage
            if depth.shape[0]:
                dist = pixels[at + 4 * NUM_LANES]
                depth[py, px] = dist / coverage if coverage > zero else zero


@device
def write_empty_tile(
    x: int, y: int, background: Any, rgb: Any, rgb8: Any, alpha: Any, depth: Any
) -> None:
    """Write background where no Gaussian is."""
    height, width = alpha.shape
    zero = like(background[0], 0)
    right = min(x + TILE, width)
    red, green, blue = background[0], background[1], background[2]
    for py in range(y, min(y + TILE, height)):
        if rgb8.shape[0]:
            red8, green8, blue8 = to_byte(red), to_byte(green), to_byte(blue)
            for px in range(x, right):
                rgb8[py, px, 0], rgb8[py, px, 1], rgb8[py, px, 2] = red8, green8, blue8
        elif rgb.shape[0]:
            for px in range(x, right):
                rgb[py, px, 0], rgb[py, px, 1], rgb[py, px, 2] = red, green, blue
        alpha[py, x:right] = zero
        if depth.shape[0]:
            depth[py, x:right] = zero


@stage
def draw_tiles(
    records: Any,
    entries: Any,
    starts: Any,
    run: int,
    pixels: Any,
    alive: Any,
    background: Any,
    alpha_max: Any,
    transmittance_min: Any,
    rgb: Any,
    rgb8: Any,
    alpha: Any,
    depth: Any,
) -> None:
    """Draw one run of `TILE_RUN` tiles."""
    height, width = alpha.shape
    columns, rows = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE
    for tile in range(run * TILE_RUN, min(run * TILE_RUN + TILE_RUN, columns * rows)):
        x, y = tile % columns * TILE, tile // columns * TILE
        start, stop = starts[tile], starts[tile + 1]
        if start == stop:
            write_empty_tile(x, y, background, rgb, rgb8, alpha, depth)
            continue
        blocks = clear_tile(pixels, alive, x, y, width, height)
        blend_tile(
            records,
            entries,
            start,
            stop,
            x,
            y,
            blocks,
            pixels,
            alive,
            alpha_max,
            transmittance_min,
            depth.shape[0] > 0,
        )
        write_tile(pixels, x, y, background, rgb, rgb8, alpha, depth)
