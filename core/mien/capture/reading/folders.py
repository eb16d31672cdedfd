"""Look into folders that may be huge: list one level, stop early, order names as people do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".avif")


def names_in(folder: Path, *, limit: int | None = None) -> list[str]:
    """Return the names in a folder in natural order, without hidden ones; empty without a folder.

    Args:
        folder: The folder.
        limit: How many entries are looked at, for probes.
    """
    try:
        with os.scandir(folder) as entries:
            found = [entry.name for entry in islice(entries, limit)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((name for name in found if not name.startswith(".")), key=natural)


def subfolders(folder: Path, *, limit: int | None = None) -> list[Path]:
    """Return the folders in a folder in natural order, without hidden ones."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.name for entry in islice(entries, limit) if entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    kept = (name for name in found if not name.startswith("."))
    return [folder / name for name in sorted(kept, key=natural)]


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that orders `frame2` before `frame10`."""
    parts = re.split(r"(\d+)", name.lower())
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts]


def first_existing(paths: Iterable[Path]) -> Path | None:
    """Return the first path that is a file, or None."""
    return next((path for path in paths if path.is_file()), None)


def is_picture(name: str) -> bool:
    """Return whether a file is named like a picture."""
    return name.lower().endswith(PICTURES)
