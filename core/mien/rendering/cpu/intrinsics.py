"""The few machine operations numba has no words for: float bits, literals by type."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Context = Any
"""numba's typing and target contexts are untyped."""


operation: Any = intrinsic
"""Define an operation by the instructions it emits."""


def data_pointer(context: Context, builder: Any, kind: Any, array: Any) -> Any:
    """Return the address of a contiguous array's first element."""
    return cgutils.create_struct_proxy(kind)(context, builder, value=array).data


@operation
def like(typing: Context, reference: Any, literal: Any) -> Any:
    """Return a number in the precision of `reference`, so that float32 stays float32."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        return context.cast(builder, args[1], literal, reference)

    literal = types.unliteral(literal)
    return reference(reference, literal), generate


@operation
def float_bits(typing: Context, value: Any) -> Any:
    """Return the bits of a float as an int64; of positive floats they sort like the floats."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        single = builder.fptrunc(args[0], ir.FloatType()) if wide else args[0]
        return builder.zext(builder.bitcast(single, ir.IntType(32)), ir.IntType(64))

    wide = value == types.float64
    return types.int64(value), generate


@operation
def lowest_bit(typing: Context, mask: Any) -> Any:
    """Return the index of the lowest set bit of a non-zero int64."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@operation
def prefetch(typing: Context, array: Any, row: Any) -> Any:
    """Ask for a row of a two-dimensional array to be brought near before it is needed."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=args[0])
        stride = builder.extract_value(array.strides, 0)
        bytes_ = builder.bitcast(array.data, ir.IntType(8).as_pointer())
        place = builder.gep(bytes_, [builder.mul(stride, args[1])])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
        read, keep, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(function, [place, read, keep, data])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate
