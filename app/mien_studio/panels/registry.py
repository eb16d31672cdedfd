"""The registry of panels: a panel is one module of this package with one `@panel` line.

Other distributions add theirs by the entry point group `mien.panels`.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol, TypeVar

from PySide6.QtWidgets import QWidget

from mien.registry import Registry
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

panels: Registry[type[Panel]] = Registry("panels", "mien_studio.panels")


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
    panels.add(panel_class.name, panel_class)
    return panel_class


def panel_classes() -> tuple[type[Panel], ...]:
    """Return all panels, by area and order; those of other distributions too."""
    return tuple(sorted(panels, key=lambda held: (held.area, held.order, held.name)))
