"""Decompress in steps, so that a small file cannot fill the memory whatever it claims."""

from __future__ import annotations

import zlib
from pathlib import Path

from mien.errors import FileError

_STEP = 1 << 20

DEFLATE_RATIO = 1032
"""Deflate cannot do better, and no honest model comes near with another method."""


def inflate_gzip(data: bytes | memoryview, limit: int, path: str | Path) -> bytes:
    """Return up to `limit` bytes of a gzip stream; what follows them is checked and dropped.

    Raises:
        FileError: The stream is damaged or cut off.
    """
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    inflated = bytearray()
    rest = data
    try:
        while not stream.eof:
            step = stream.decompress(rest, _STEP)
            rest = stream.unconsumed_tail
            if not step and not rest and not stream.eof:
                raise FileError(path, "its compressed data is cut off: truncated")
            inflated += step[: limit - len(inflated)]
            if len(inflated) >= limit:
                break
    except zlib.error as error:
        raise FileError(path, f"its compressed data is damaged ({error})") from error
    return bytes(inflated)


def inflate_zstd(data: bytes | memoryview, size: int, path: str | Path) -> bytes:
    """Return the `size` bytes that a Zstandard stream must hold.

    Raises:
        FileError: The stream is damaged, or holds more or less.
    """
    import zstandard

    # A frame's window is allocated ahead; honest ones need no more than the content or 8 MiB.
    window = max(1 << 23, 1 << (size - 1).bit_length())
    inflated = bytearray()
    try:
        with zstandard.ZstdDecompressor(max_window_size=window).stream_reader(
            bytes(data)
        ) as stream:
            while len(inflated) <= size:
                step = stream.read(min(_STEP, size + 1 - len(inflated)))
                if not step:
                    break
                inflated += step
    except zstandard.ZstdError as error:
        raise FileError(path, f"its compressed data is damaged ({error})") from error
    if len(inflated) != size:
        found = "more" if len(inflated) > size else f"{len(inflated):,}"
        raise FileError(path, f"a stream should hold {size:,} bytes and holds {found}: damaged")
    return bytes(inflated)
