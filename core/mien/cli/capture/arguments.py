"""What the actions on captures read from their arguments in the same way."""

from __future__ import annotations

from pathlib import Path

from mien.capture.opening import Choice, open_capture
from mien.capture.protocol import Capture
from mien.capture.store.pictures import Encoding
from mien.cli.arguments import MAX_SIDE, parse_size
from mien.errors import MienError


def opened(source: Path, part: str = "", *, corrected: bool = True) -> Capture:
    """Open a capture, or what of a set of them was chosen."""
    return open_capture(source, Choice(part, corrected))


def encoding_of(format_: str, quality: int, *, depth: bool) -> Encoding:
    """Return how pictures are to be written.

    Raises:
        MienError: The format is none, or the quality out of range.
    """
    if format_ not in ("jpeg", "png"):
        raise MienError(f"--format {format_}: it is jpeg or png")
    return Encoding(format_, quality, depth)


def picture_size(text: str) -> tuple[int, int]:
    """Read `512`, for a square, or `WxH`.

    Raises:
        MienError: It is neither.
    """
    if not text.strip().isdecimal():
        return parse_size(text)
    side = int(text)
    if not 16 <= side <= MAX_SIDE:
        raise MienError(f"--size {text}: a side is from 16 to {MAX_SIDE} pixels")
    return side, side
