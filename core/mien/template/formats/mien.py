"""Mien's own template file, safetensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mien.template.files import read_template
from mien.template.head import HeadTemplate
from mien.template.selection import template_formats
from mien.template.sources.mien_head import mien_head, shipped_file

_SUFFIX = ".safetensors"
_MOST_HEADER = 1 << 24


@template_formats.register("mien")
class MienTemplate:
    """Reads head templates as Mien ships them."""

    title = "Mien"
    name = "Mien's own (.safetensors)"
    suffixes = ()
    origin = ""

    def probe(self, path: Path) -> bool:
        """Claim safetensors files whose header speaks of a template."""
        return path.suffix.lower() == _SUFFIX and path.is_file() and _speaks_of_one(path)

    def read(self, path: Path) -> HeadTemplate:
        """Read it; the shipped one is always the same object."""
        return mien_head() if path == shipped_file().resolve() else read_template(path)


def _speaks_of_one(path: Path) -> bool:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= _MOST_HEADER:
            return False
        try:
            header: Any = json.loads(file.read(length))
        except (ValueError, RecursionError):
            return False
    named = header.get("__metadata__") if isinstance(header, dict) else None
    return isinstance(named, dict) and "template" in named
