"""Write SIMD in Python: values of sixteen lanes that emit LLVM vector instructions.

LLVM's loop vectoriser does well on long loops and badly on what a splat rasteriser needs: sixteen
pixels under a mask, a mask as an integer, horizontal sums. Here such code is spelt out once, as
ordinary arithmetic on `Lanes`, and LLVM lowers it to whatever the machine has (one AVX-512
register, two of AVX2, four of SSE or NEON).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from llvmlite import ir

NUM_LANES = 16
"""Pixels of a block."""

# No reassociation: rounding by adding and subtracting a large number must survive.
_FLAGS = ("contract", "nsz", "arcp", "nnan", "ninf")

# 2^x on -0.5..0.5, highest power first.
_MINIMAX = (9.5605098e-3, 5.5917039e-2, 2.4024981e-1, 6.9312197e-1, 9.9999919e-1)
_TAYLOR = tuple(math.log(2) ** k / math.factorial(k) for k in range(13, -1, -1))

# llvmlite is untyped.
Builder: TypeAlias = Any
IrValue: TypeAlias = Any


class Lanes:
    """Sixteen floats or, from a comparison, sixteen truth values."""

    def __init__(self, builder: Builder, value: IrValue) -> None:
        self.builder = builder
        self.value = value

    @property
    def element(self) -> IrValue:
        """The LLVM type of one lane."""
        return self.value.type.element

    def _peer(self, other: Lanes | float) -> IrValue:
        if isinstance(other, Lanes):
            return other.value
        return ir.Constant(self.value.type, [float(other)] * NUM_LANES)

    def _arithmetic(self, name: str, left: IrValue, right: IrValue) -> Lanes:
        return Lanes(self.builder, getattr(self.builder, name)(left, right, flags=_FLAGS))

    def __add__(self, other: Lanes | float) -> Lanes:
        return self._arithmetic("fadd", self.value, self._peer(other))

    def __sub__(self, other: Lanes | float) -> Lanes:
        return self._arithmetic("fsub", self.value, self._peer(other))

    def __rsub__(self, other: float) -> Lanes:
        return self._arithmetic("fsub", self._peer(other), self.value)

    def __mul__(self, other: Lanes | float) -> Lanes:
        return self._arithmetic("fmul", self.value, self._peer(other))

    def __truediv__(self, other: Lanes | float) -> Lanes:
        return self._arithmetic("fdiv", self.value, self._peer(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def _compare(self, sign: str, other: Lanes | float) -> Lanes:
        compared = self.builder.fcmp_ordered(sign, self.value, self._peer(other), flags=_FLAGS)
        return Lanes(self.builder, compared)

    def __ge__(self, other: Lanes | float) -> Lanes:
        return self._compare(">=", other)

    def __gt__(self, other: Lanes | float) -> Lanes:
        return self._compare(">", other)

    def __le__(self, other: Lanes | float) -> Lanes:
        return self._compare("<=", other)

    def __and__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.and_(self.value, other.value))

    def __invert__(self) -> Lanes:
        return Lanes(self.builder, self.builder.not_(self.value))

    def where(self, yes: Lanes, no: Lanes | float) -> Lanes:
        """Pick per lane: `yes` where these truth values hold, else `no`."""
        picked = self.builder.select(self.value, yes.value, yes._peer(no))
        return Lanes(self.builder, picked)

    def minimum(self, other: Lanes | float) -> Lanes:
        """Return the smaller of two per lane."""
        return self._compare("<", other).where(self, other)

    def maximum(self, other: Lanes | float) -> Lanes:
        """Return the larger of two per lane."""
        return self._compare(">", other).where(self, other)

    def bits(self) -> IrValue:
        """Return sixteen truth values as the bits of an i16, lane 0 lowest."""
        return self.builder.bitcast(self.value, ir.IntType(NUM_LANES))

    def total(self) -> IrValue:
        """Return the sum over the lanes as a scalar."""
        values = self.value
        width = NUM_LANES
        while width > 1:
            width //= 2
            low = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width)))
            high = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width, 2 * width)))
            empty = ir.Constant(values.type, ir.Undefined)
            left = self.builder.shuffle_vector(values, empty, low)
            right = self.builder.shuffle_vector(values, empty, high)
            values = self.builder.fadd(left, right, flags=_FLAGS)
        return self.builder.extract_element(values, ir.Constant(ir.IntType(32), 0))

    def exp2(self) -> Lanes:
        """Return 2 to the power of each lane, for powers in -100..100.

        Relative error 3e-6 in single and 1e-15 in double precision.
        """
        double = isinstance(self.element, ir.DoubleType)
        bits, mantissa = (64, 52) if double else (32, 23)
        # So large a number pushes the fraction out of the mantissa: what stays is the nearest
        # integer, in the lowest bits.
        magic = 1.5 * 2.0**mantissa
        shifted = self + magic
        fraction = self - (shifted - magic)
        power: Lanes | float = 0.0
        for coefficient in _TAYLOR if double else _MINIMAX:
            power = fraction * power + coefficient
        assert isinstance(power, Lanes)
        integers = ir.VectorType(ir.IntType(bits), NUM_LANES)
        exponent = self.builder.shl(
            self.builder.bitcast(shifted.value, integers),
            ir.Constant(integers, [mantissa] * NUM_LANES),
        )
        scaled = self.builder.add(self.builder.bitcast(power.value, integers), exponent)
        return Lanes(self.builder, self.builder.bitcast(scaled, self.value.type))


def splat(builder: Builder, scalar: IrValue) -> Lanes:
    """Return sixteen copies of a scalar."""
    kind = ir.VectorType(scalar.type, NUM_LANES)
    index = ir.Constant(ir.IntType(32), 0)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, index)
    order = ir.Constant(ir.VectorType(ir.IntType(32), NUM_LANES), [0] * NUM_LANES)
    return Lanes(builder, builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), order))


def constant(builder: Builder, element: IrValue, values: Sequence[float]) -> Lanes:
    """Return sixteen given numbers of an element type."""
    kind = ir.VectorType(element, NUM_LANES)
    return Lanes(builder, ir.Constant(kind, [float(value) for value in values]))


def truth(builder: Builder, bits: IrValue) -> Lanes:
    """Return the bits of an i16 as truth values, lane 0 lowest."""
    return Lanes(builder, builder.bitcast(bits, ir.VectorType(ir.IntType(1), NUM_LANES)))


def load(builder: Builder, pointer: IrValue, index: int) -> Lanes:
    """Return the lanes of the `index`-th group of sixteen behind a pointer to numbers."""
    place, align = _place(builder, pointer, index)
    return Lanes(builder, builder.load(place, align=align))


def store(builder: Builder, lanes: Lanes, pointer: IrValue, index: int) -> None:
    """Store lanes as the `index`-th group of sixteen behind a pointer to numbers."""
    place, align = _place(builder, pointer, index)
    builder.store(lanes.value, place, align=align)


def _place(builder: Builder, pointer: IrValue, index: int) -> tuple[IrValue, int]:
    element = pointer.type.pointee
    offset = ir.Constant(ir.IntType(64), index * NUM_LANES)
    address = builder.gep(pointer, [offset])
    kind = ir.VectorType(element, NUM_LANES).as_pointer()
    return builder.bitcast(address, kind), 8 if isinstance(element, ir.DoubleType) else 4
