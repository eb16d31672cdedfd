"""The gradient of blending one Gaussian into one block, front to back like the blending itself.

What lies behind a Gaussian enters its gradient as "what the pixel comes to, less what has been
blended so far". So one pass in the forward's own order, with its very arithmetic, is enough: no
list of who contributed last, no transmittance divided back out (gsplat goes back to front).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from mien.rendering.cpu.blending import LOG2_ALPHA_MIN, exponent, pixel_offsets, unpack
from mien.rendering.cpu.intrinsics import Context, data_pointer, operation
from mien.rendering.cpu.lanes import NUM_LANES, Lanes, constant, load, store, truth

LN_2 = 0.6931471805599453

GRADIENT_CHANNELS = 6
"""Per pixel of a block: transmittance, what is left of the pixel's loss, and the gradients of the
sums of red, green, blue and depth."""

GRADIENT_STRIDE = GRADIENT_CHANNELS * NUM_LANES

MOMENTS = 10
"""Per Gaussian: the exponent's gradient, its moments x, y, xx, xy, yy; red, green, blue, depth."""


def _blend_gradient(with_depth: bool) -> Any:
    @operation
    def gradient(
        typing: Context,
        pixels: Any,
        offset: Any,
        alive: Any,
        dx: Any,
        dy: Any,
        shape: Any,
        values: Any,
        limits: Any,
        moments: Any,
    ) -> Any:
        def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
            base = data_pointer(context, builder, signature.args[0], args[0])
            sums = data_pointer(context, builder, signature.args[8], args[8])
            block = builder.gep(base, [args[1]])
            dx, dy = pixel_offsets(builder, args[3], args[4])
            a, b, c, log_opacity = unpack(builder, args[5], 4)
            color = unpack(builder, args[6], 4)
            alpha_max, transmittance_min = unpack(builder, args[7], 2)
            channels = 4 if with_depth else 3

            live = builder.trunc(args[2], ir.IntType(NUM_LANES))
            power = exponent(dx, dy, (a, b, c)) + log_opacity
            hit = (power >= LOG2_ALPHA_MIN) & truth(builder, live)
            result = builder.alloca(ir.IntType(NUM_LANES))
            builder.store(live, result)
            none = ir.Constant(ir.IntType(NUM_LANES), 0)
            with builder.if_then(builder.icmp_unsigned("!=", hit.bits(), none)):
                free = power.exp2()
                alpha = free.minimum(alpha_max)
                before = load(builder, block, 0)
                weight = alpha * before
                after = before - weight
                goes_on = after > transmittance_min
                drawn = hit & goes_on
                store(builder, drawn.where(after, before), block, 0)
                weight = drawn.where(weight, 0.0)

                incoming = [load(builder, block, 2 + channel) for channel in range(channels)]
                value = incoming[0] * color[0]
                for channel in range(1, channels):
                    value = value + incoming[channel] * color[channel]
                left = load(builder, block, 1) - weight * value
                store(builder, left, block, 1)
                by_alpha = before * value - left / (1.0 - alpha)
                unclamped = drawn & (free <= alpha_max)
                by_power = unclamped.where(by_alpha * alpha * LN_2, 0.0)
                by_x, by_y = by_power * dx, by_power * dy
                terms = [by_power, by_x, by_y, by_x * dx, by_x * dy, by_y * dy]
                terms += [weight * gradient for gradient in incoming]
                for index, term in enumerate(terms):
                    store(builder, load(builder, sums, index) + term, sums, index)
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
            moments,
        )
        return types.int64(*arguments), generate

    return gradient


color_gradient: Any = _blend_gradient(with_depth=False)
"""Add one block's share to a Gaussian's `moments` [10, 16]; otherwise as `blend_color`, on
pixels [*, 6, 16]."""

color_and_depth_gradient: Any = _blend_gradient(with_depth=True)
"""The same where depth has a gradient too."""


@operation
def take_moments(typing: Context, moments: Any, row: Any) -> Any:
    """Write the sums over the lanes of `moments` [10, 16] into row [>= 10], and clear them."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        sums = data_pointer(context, builder, signature.args[0], args[0])
        out = data_pointer(context, builder, signature.args[1], args[1])
        zero: Lanes = constant(builder, sums.type.pointee, [0.0] * NUM_LANES)
        for index in range(MOMENTS):
            total = load(builder, sums, index).total()
            builder.store(total, builder.gep(out, [ir.Constant(ir.IntType(64), index)]))
            store(builder, zero, sums, index)
        return context.get_dummy_value()

    return types.void(moments, row), generate
