"""Blend one Gaussian into one block of 4 x 4 pixels, and find the blocks it touches.

A Gaussian's alpha at a pixel is 2^q with q = log2(opacity) + a dx^2 + b dx dy + c dy^2, the conic
scaled by -log2(e)/2 beforehand, so that the opacity costs no multiplication and the threshold test
comes before the exponential.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from mien.rendering.cpu.intrinsics import Context, data_pointer, operation
from mien.rendering.cpu.lanes import NUM_LANES, Lanes, constant, load, splat, store, truth

BLOCK = 4
"""Side of a block in pixels: its pixels are the lanes of one vector."""

TILE = 16
"""Side of a tile in pixels: its blocks are the lanes of one vector."""

BLOCKS = (TILE // BLOCK) ** 2

CHANNELS = 5
"""Per pixel of a block: transmittance, red, green, blue, depth."""

BLOCK_STRIDE = CHANNELS * NUM_LANES
ALL_LANES = (1 << NUM_LANES) - 1

LOG2_ALPHA_MIN = -7.994353436858858
"""log2(1/255)."""

_COLUMN = [float(lane % BLOCK) for lane in range(NUM_LANES)]
_ROW = [float(lane // BLOCK) for lane in range(NUM_LANES)]


def exponent(dx: Lanes, dy: Lanes, conic: tuple[Lanes, Lanes, Lanes]) -> Lanes:
    """Return the exponent of 2 of a Gaussian without its opacity."""
    a, b, c = conic
    return dx * (a * dx + b * dy) + c * dy * dy


def pixel_offsets(builder: Any, dx: Any, dy: Any) -> tuple[Lanes, Lanes]:
    """Return the offsets of a block's pixels, given those of its first."""
    kind = dx.type
    return (
        splat(builder, dx) + constant(builder, kind, _COLUMN),
        splat(builder, dy) + constant(builder, kind, _ROW),
    )


def unpack(builder: Any, values: Any, count: int) -> list[Lanes]:
    """Return the numbers of a tuple, each in all lanes."""
    return [splat(builder, builder.extract_value(values, i)) for i in range(count)]


@operation
def touched_blocks(
    typing: Context, dx: Any, dy: Any, a: Any, b: Any, c: Any, kx: Any, ky: Any, floor: Any
) -> Any:
    """Return which of a tile's 16 blocks a Gaussian's visible ellipse meets, as bits.

    Exact up to rounding: over a rectangle of pixel centres the exponent is greatest at the centre
    of the ellipse or on the nearest vertical or horizontal edge.

    Args:
        typing: numba's.
        dx: Of the tile's first pixel centre, from the Gaussian's.
        dy: The same, downwards.
        a: Conic, scaled.
        b: Conic, scaled.
        c: Conic, scaled.
        kx: -b / 2a, where along a row the exponent is greatest, per pixel of dy.
        ky: -b / 2c, the same along a column.
        floor: Exponent below which the Gaussian is invisible.
    """

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        dx, dy, a, b, c, kx, ky, floor = (splat(builder, arg) for arg in args)
        kind = args[0].type
        left = dx + constant(builder, kind, [BLOCK * x for x in _COLUMN])
        top = dy + constant(builder, kind, [BLOCK * y for y in _ROW])
        right, bottom = left + (BLOCK - 1.0), top + (BLOCK - 1.0)
        zero = constant(builder, kind, [0.0] * NUM_LANES)
        edge_x = zero.maximum(left).minimum(right)
        edge_y = zero.maximum(top).minimum(bottom)
        along_y = (ky * edge_x).maximum(top).minimum(bottom)
        along_x = (kx * edge_y).maximum(left).minimum(right)
        vertical = exponent(edge_x, along_y, (a, b, c))
        horizontal = exponent(along_x, edge_y, (a, b, c))
        touched = vertical.maximum(horizontal) >= floor
        return builder.zext(touched.bits(), ir.IntType(64))

    real = dx
    return types.int64(*[real] * 8), generate


def _blend(with_depth: bool) -> Any:
    @operation
    def blend(
        typing: Context,
        pixels: Any,
        offset: Any,
        alive: Any,
        dx: Any,
        dy: Any,
        shape: Any,
        color: Any,
        limits: Any,
    ) -> Any:
        def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
            base = data_pointer(context, builder, signature.args[0], args[0])
            block = builder.gep(base, [args[1]])
            offsets = pixel_offsets(builder, args[3], args[4])
            a, b, c, log_opacity = unpack(builder, args[5], 4)
            values = unpack(builder, args[6], 4)
            alpha_max, transmittance_min = unpack(builder, args[7], 2)

            live = builder.trunc(args[2], ir.IntType(NUM_LANES))
            power = exponent(*offsets, (a, b, c)) + log_opacity
            hit = (power >= LOG2_ALPHA_MIN) & truth(builder, live)
            result = builder.alloca(ir.IntType(NUM_LANES))
            builder.store(live, result)
            none = ir.Constant(ir.IntType(NUM_LANES), 0)
            with builder.if_then(builder.icmp_unsigned("!=", hit.bits(), none)):
                alpha = power.exp2().minimum(alpha_max)
                before = load(builder, block, 0)
                weight = alpha * before
                after = before - weight
                goes_on = after > transmittance_min
                drawn = hit & goes_on
                store(builder, drawn.where(after, before), block, 0)
                weight = drawn.where(weight, 0.0)
                for channel in range(4 if with_depth else 3):
                    sum_ = load(builder, block, channel + 1) + weight * values[channel]
                    store(builder, sum_, block, channel + 1)
                builder.store((truth(builder, live) & ~(hit & ~goes_on)).bits(), result)
            return builder.zext(builder.load(result), ir.IntType(64))

        real = pixels.dtype
        arguments = (
            pixels,
            types.int64,
            types.int64,
            real,
            real,
            types.UniTuple(real, 4),
            types.UniTuple(real, 4),
            types.UniTuple(real, 2),
        )
        return types.int64(*arguments), generate

    return blend


blend_color: Any = _blend(with_depth=False)
"""Blend colour into the block at `offset` of `pixels`; return the lanes still alive, as bits.

Takes pixels [*, 5, 16], the block's offset, the lanes alive, the offset of its first pixel from the
Gaussian (dx, dy), its shape (a, b, c, log2 opacity), its values (r, g, b, depth) and the limits
(greatest alpha, least transmittance). As in gsplat, a pixel ends before the Gaussian that would
take its transmittance below the limit.
"""

blend_color_and_depth: Any = _blend(with_depth=True)
"""The same with the sum of depths."""
