"""Damage that can befall any file, and how files of the corpus are told of."""

from __future__ import annotations

from collections.abc import Iterator

TRILLION = 10**12

Entries = Iterator[tuple[str, str, bytes | None]]


def everyday(kind: str, suffix: str, sound: bytes) -> Entries:
    """Damage that can befall any file."""
    yield f"{kind}/empty", suffix, b""
    yield f"{kind}/truncated", suffix, sound[: len(sound) // 2 + 5]
    yield f"{kind}/first-bytes-only", suffix, sound[:14]
    yield f"{kind}/foreign", suffix, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5
