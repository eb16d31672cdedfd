"""Where a template is found: by its name in the registry, or in a file of a known layout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

from mien.errors import FileError, MienError, UnknownFormat
from mien.registry import Registry
from mien.template.head import HeadTemplate


class TemplateSource(Protocol):
    """An entry of the registry: cheap to make, reads its files only when asked for the template."""

    def load(self) -> HeadTemplate:
        """Return the template, the same object every time.

        Raises:
            MienError: Its files are missing or damaged.
        """
        ...


class TemplateFormat(Protocol):
    """A layout in which people bring templates of their own."""

    name: str
    """What people call it."""

    def probe(self, path: Path) -> bool:
        """Say cheaply whether a file or folder is meant to be of this layout, sound or not."""
        ...

    def read(self, path: Path) -> HeadTemplate:
        """Read a template.

        Raises:
            FileError: It is broken.
        """
        ...


templates: Registry[TemplateSource] = Registry("templates", "mien.template.sources")
template_formats: Registry[TemplateFormat] = Registry("template-formats", "mien.template.formats")


def open_template(name: str | Path) -> HeadTemplate:
    """Return the template of a name, such as `mien_head`, or of a file or folder.

    The same file gives the same object as long as it is not changed.

    Raises:
        MienError: There is no such template here, or its files are damaged.
    """
    if isinstance(name, str) and name in templates.names():
        return templates.get(name).load()
    path = Path(name)
    if not path.exists():
        known = ", ".join(templates.names())
        raise MienError(
            f"no {str(name)!r} among the templates: {known}",
            hint="Name one of them, or a file or folder",
        )
    return _read(path.resolve(), path.stat().st_mtime_ns)


def template_format_of(path: Path) -> TemplateFormat | None:
    """Return the layout a file or folder is of, sound or not; None for none known."""
    return next((entry for entry in template_formats if entry.probe(path)), None)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> HeadTemplate:
    entry = template_format_of(path)
    if entry is None:
        known = ", ".join(held.name for held in template_formats)
        raise UnknownFormat(path, "no head template Mien knows", hint=f"It reads {known}")
    try:
        return entry.read(path)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
