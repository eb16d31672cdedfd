"""One mechanism for everything that can be added: formats, templates, renderers, avatar kinds.

A new entry is one file with one `@register` line. The files of a registry's own packages are found
by a scan, those of other distributions by the entry point group `mien.<name>`. One of those that
cannot be imported is left out with a line in the log: a broken plugin must not keep anybody from
opening a file.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")
C = TypeVar("C", bound=type)


class Registry(Generic[T]):
    """Hold the entries of one kind by name, importing their modules on the first look.

    Args:
        name: What the entries are, plural, as in the entry point group `mien.<name>`.
        packages: The packages whose modules hold the built-in entries; one on a higher floor may be
            named, too, since it is only imported when somebody looks.
    """

    def __init__(self, name: str, *packages: str) -> None:
        self.name = name
        self._packages = packages
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
        """Add an entry; importing the same module again is harmless, another class is not.

        Raises:
            ValueError: The name is taken by an entry of another class.
        """
        held = self._entries.get(name)
        if held is not None and _class_name(held) != _class_name(entry):
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
            try:
                for name in self._packages:
                    package = importlib.import_module(name)
                    for module in pkgutil.iter_modules(package.__path__, f"{name}."):
                        importlib.import_module(module.name)
                for point in entry_points(group=f"mien.{self.name}"):
                    self._load(point)
                self._scanned = True
            finally:
                # What failed fails again for whoever looks next, who must not get half the entries.
                self._begun = self._scanned

    def _load(self, point: EntryPoint) -> None:
        try:
            point.load()
        except Exception as error:  # noqa: BLE001 - it is somebody else's code
            whose = point.dist.name if point.dist is not None else "an unknown distribution"
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            _log.warning(
                "%s of %s is left out of the %s (%s)", point.name, whose, self.name, reason
            )


def _class_name(entry: object) -> tuple[str, str]:
    # An entry may be a class itself, such as a panel, of which each window makes its own.
    named = entry if isinstance(entry, type) else type(entry)
    return named.__module__, named.__qualname__
