"""The registry of panels: a panel is one module of this package with one `@panel` line."""

from __future__ import annotations

import importlib
import pkgutil
from typing import ClassVar, Literal, Protocol, TypeVar

from PySide6.QtWidgets import QWidget

from mien_studio.bridge.studio import Studio

Area = Literal["left", "right", "bottom"]


class Panel(Protocol):
    """What the main window needs to know of a panel: a QWidget class with these attributes."""

    name: ClassVar[str]
    """Stable object name, by which layouts are remembered."""
    title: ClassVar[str]
    """On the dock's tab and in the menu."""
    area: ClassVar[Area]
    """Where it stands at first."""
    order: ClassVar[int]
    """Its place among the panels of its area, lowest first."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        """Make the panel for a studio."""
        ...


P = TypeVar("P", bound=type[Panel])

_panels: dict[str, type[Panel]] = {}


def panel(panel_class: P) -> P:
    """Register a panel class.

    Raises:
        TypeError: It is no QWidget or lacks one of the attributes.
        ValueError: Another class has its name.
    """
    missing = [
        name for name in ("name", "title", "area", "order") if not hasattr(panel_class, name)
    ]
    if missing or not issubclass(panel_class, QWidget):
        lack = ", ".join(missing) or "QWidget"
        raise TypeError(f"{panel_class.__name__} is no panel: it lacks {lack}")
    name = panel_class.name
    held = _panels.get(name)
    if held is not None and held.__qualname__ != panel_class.__qualname__:
        raise ValueError(f"the panel name {name!r} is taken by {held.__qualname__}")
    _panels[name] = panel_class
    return panel_class


def panel_classes() -> tuple[type[Panel], ...]:
    """Return all panels, by area and order."""
    package = importlib.import_module("mien_studio.panels")
    for module in pkgutil.iter_modules(package.__path__, "mien_studio.panels."):
        importlib.import_module(module.name)
    return tuple(sorted(_panels.values(), key=lambda held: (held.area, held.order, held.name)))
