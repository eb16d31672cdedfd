"""The registry of head templates: where a file that names a template finds it."""

from __future__ import annotations

from typing import Protocol

from mien.errors import MienError
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


templates: Registry[TemplateSource] = Registry("templates", "mien.template.sources")


def open_template(name: str) -> HeadTemplate:
    """Return the template of a name, such as `mien_head`.

    Raises:
        MienError: There is no such template here, or its files are damaged.
    """
    try:
        source = templates.get(name)
    except KeyError as error:
        raise MienError(str(error.args[0]), hint="Install the package that provides it") from None
    return source.load()
