"""Read protobuf messages without protobuf: enough of the wire format for one model's metadata.

Source: the protocol buffers encoding specification (tag = field number << 3 | wire type).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10

Value = int | bytes


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Yield the fields of a message in order: number and value.

    Varints come as integers; strings, sub-messages, packed lists and fixed-size numbers as bytes.

    Raises:
        ValueError: The bytes are no protobuf message, or end early.
    """
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _BYTES:
            size, position = _varint(message, position)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind} at byte {position}")
        if position + size > len(message):
            raise ValueError(f"a field of {size} bytes at byte {position} of {len(message)}")
        yield number, message[position : position + size]
        position += size


def floats(message: bytes, number: int) -> list[float]:
    """Return the float32 values of a repeated field, packed or one by one."""
    raw = b"".join(v for n, v in fields(message) if n == number and isinstance(v, bytes))
    return list(struct.unpack(f"<{len(raw) // 4}f", raw[: len(raw) // 4 * 4]))


def messages(message: bytes, number: int) -> list[bytes]:
    """Return the sub-messages of a field."""
    return [v for n, v in fields(message) if n == number and isinstance(v, bytes)]


def integer(message: bytes, number: int) -> int:
    """Return an integer field's value; 0, protobuf's default, where it is absent."""
    return next((v for n, v in fields(message) if n == number and isinstance(v, int)), 0)


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        if position + index >= len(message):
            break
        byte = message[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise ValueError(f"a number that does not end at byte {position}")
