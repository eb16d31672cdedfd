"""One mechanism for everything that can be added: formats, templates, renderers, avatar kinds.

A new entry is one file with one `@register` line. The files of the registry's own package are found
by a scan, those of other distributions by the entry point group `mien.<name>`.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

T = TypeVar("T")
C = TypeVar("C", bound=type)


class Registry(Generic[T]):
    """Hold the entries of one kind by name, importing their modules on the first look.

    Args:
        name: What the entries are, plural, as in the entry point group `mien.<name>`.
        package: The package whose modules hold the built-in entries.
    """

    def __init__(self, name: str, package: str) -> None:
        self.name = name
        self._package = package
        self._entries: dict[str, T] = {}
        self._scanned = False
        self._begun = False
        self._scanning = threading.RLock()

    def register(self, name: str) -> Callable[[C], C]:
        """Decorate a class: an instance of it becomes the entry of that name.

        Raises:
            ValueError: The name is taken by another class.
        """

        def add(entry_class: C) -> C:
            self.add(name, entry_class())
            return entry_class

        return add

    def add(self, name: str, entry: T) -> None:
        """Add an entry; importing the same module again is harmless, another class is not."""
        held = self._entries.get(name)
        if held is not None and type(held).__qualname__ != type(entry).__qualname__:
            raise ValueError(f"{self.name}: the name {name!r} is taken by {held!r}")
        self._entries[name] = entry

    def get(self, name: str) -> T:
        """Return the entry of a name.

        Raises:
            KeyError: No such entry; the message lists those there are.
        """
        self._scan()
        if name not in self._entries:
            raise KeyError(f"no {name!r} among the {self.name}: {', '.join(self.names())}")
        return self._entries[name]

    def names(self) -> tuple[str, ...]:
        """Return the names in alphabetical order."""
        self._scan()
        return tuple(sorted(self._entries))

    def __iter__(self) -> Iterator[T]:
        return (self.get(name) for name in self.names())

    def _scan(self) -> None:
        if self._scanned:
            return
        # Two files opened at once look first at the same time: the second waits for the whole scan.
        # An entry's module may look back here while it is imported, hence the reentrant lock.
        with self._scanning:
            if self._scanned or self._begun:
                return
            self._begun = True
            package = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(package.__path__, f"{self._package}."):
                importlib.import_module(module.name)
            for point in entry_points(group=f"mien.{self.name}"):
                point.load()
            self._scanned = True
