"""`mien_head`: the template that ships with Mien, built from CC0 data (see its PROVENANCE.md)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mien.resources import resource
from mien.template.files import read_template
from mien.template.head import HeadTemplate
from mien.template.selection import templates

FILE = "template/mien_head.safetensors"


@cache
def mien_head() -> HeadTemplate:
    """Return the head template that ships with Mien.

    Raises:
        FileError: The installation is damaged.
    """
    return read_template(shipped_file())


def shipped_file() -> Path:
    """Return where the template's file lies."""
    return resource(FILE)


@templates.register("mien_head")
class MienHead:
    """The shipped template as an entry of the registry."""

    title = "Mien's own head"

    def load(self) -> HeadTemplate:
        """Return the template, the same object every time."""
        return mien_head()
