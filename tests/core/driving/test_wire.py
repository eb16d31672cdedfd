"""The protobuf reader: what was encoded comes back, and damage is an error, never a crash."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.driving.face_tracker import wire


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        out.append((value & 0x7F) | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def encoded(number: int, value: int | bytes | float) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


values = st.one_of(
    st.integers(0, 2**64 - 1), st.binary(max_size=200), st.floats(width=32, allow_nan=False)
)
message_parts = st.lists(st.tuples(st.integers(1, 2**28), values), max_size=12)


@given(message_parts)
def test_fields_come_back_in_order(parts: list[tuple[int, int | bytes | float]]) -> None:
    message = b"".join(encoded(number, value) for number, value in parts)
    expected = [
        (number, struct.pack("<f", value) if isinstance(value, float) else value)
        for number, value in parts
    ]
    assert list(wire.fields(message)) == expected


@given(st.binary(max_size=300))
def test_any_bytes_give_fields_or_a_value_error(message: bytes) -> None:
    try:
        found = list(wire.fields(message))
    except ValueError:
        return
    assert all(isinstance(value, int | bytes) for _, value in found)


def test_floats_packed_or_not_are_the_same() -> None:
    numbers = [1.0, -2.5, 0.25]
    one_by_one = b"".join(encoded(3, number) for number in numbers)
    packed = encoded(3, struct.pack("<3f", *numbers))
    assert wire.floats(one_by_one, 3) == wire.floats(packed, 3) == numbers


@pytest.mark.parametrize("message", [b"\x08", b"\x0a\x05abc", b"\x0b", b"\x1d\x00\x00"])
def test_a_message_that_ends_early_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match="byte"):
        list(wire.fields(message))


def test_absent_integers_are_zero() -> None:
    assert wire.integer(encoded(2, 7), 1) == 0
    assert wire.integer(encoded(2, 7), 2) == 7
