"""Where a template is found: by its name in the registry, or in a file of a known layout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

from mien.errors import FileError, MienError, ModelMissing, UnknownFormat
from mien.model_folders import models_folder, search_folders
from mien.registry import Registry
from mien.template.head import HeadTemplate


class TemplateSource(Protocol):
    """An entry of the registry: cheap to make, reads its files only when asked for the template."""

    title: str
    """What people call it."""

    def load(self) -> HeadTemplate:
        """Return the template, the same object every time.

        Raises:
            MienError: Its files are missing or damaged.
        """
        ...


class TemplateFormat(Protocol):
    """A layout in which people bring templates of their own."""

    title: str
    """What people call it, short."""

    name: str
    """The same with the files it is in, as it stands in a sentence."""

    suffixes: tuple[str, ...]
    """Endings that are its files' alone, in lower case, with the dot: for file dialogs."""

    origin: str
    """Where people get one that is put into the models folder; empty where none is to be got."""

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
    path = template_path(name)
    if path is None:
        return templates.get(str(name)).load()
    return _read(path.resolve(), path.stat().st_mtime_ns)


def template_names() -> tuple[str, ...]:
    """Return the names `open_template` takes: what ships, and what may be put in place."""
    brought = (name for name in template_formats.names() if template_formats.get(name).origin)
    return (*templates.names(), *brought)


def template_title(name: str) -> str:
    """Return what people call the template of a name."""
    held = templates.get(name) if name in templates.names() else template_formats.get(name)
    return held.title


def template_path(name: str | Path) -> Path | None:
    """Return the file or folder of a template, or None for one that ships with Mien.

    Raises:
        MienError: There is no such template here.
    """
    if isinstance(name, str) and name in templates.names():
        return None
    if isinstance(name, str) and name in template_names():
        found = installed_template(name)
        if found is None:
            raise ModelMissing(f"the head template {name} is not here", hint=how_to_install(name))
        return found
    if not Path(name).exists():
        known = ", ".join(template_names())
        raise MienError(
            f"no {str(name)!r} among the templates: {known}",
            hint="Name one of them, or a file or folder",
        )
    return Path(name)


def installed_template(name: str) -> Path | None:
    """Return where in the models folders a template of a layout lies, or None.

    Whatever is of that layout will do, in a models folder or a folder in it.
    """
    entry = template_formats.get(name)
    for folder in search_folders():
        if folder.is_dir():
            held = sorted(folder.iterdir())
            inner = [path for place in held if place.is_dir() for path in sorted(place.iterdir())]
            for path in (*held, *inner):
                if entry.probe(path):
                    return path
    return None


def how_to_install(name: str) -> str:
    """Return a sentence on where to get a template and where to put it."""
    entry = template_formats.get(name)
    return f"Get {entry.name} from {entry.origin}; put it into {models_folder()}"


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
