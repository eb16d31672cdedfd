"""Attributes: sliders with names, such as hair length, that leave everything else alone."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QWidget

from mien.models.headsup.directions import AttributeDirections
from mien.session.people import library_of
from mien_studio.bridge.studio import Studio
from mien_studio.panels.identity.sitter import Sitter
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button
from mien_studio.widgets.lockable_slider import LockableSlider
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.section import Section

FIRST = 8
"""How many are shown before anybody asks for more: those that are told most certainly."""
LEAST_CERTAIN = 0.2
"""Of people's variance that the latent foretells: what is told worse has no slider."""
_LABEL = 124
_UNITS = {"mm": " mm", "cm": " cm", "deg": "°", "degrees": "°", "years": " y"}


class AttributeSection(Section):
    """Sliders for what people of a library are known to differ in.

    Each moves the identity of the look along one direction, as far as it takes; those that are
    locked are what strangers have in common.
    """

    def __init__(self, studio: Studio, sitter: Sitter, parent: QWidget | None = None) -> None:
        super().__init__("Attributes", parent=parent)
        self._studio = studio
        self._sitter = sitter
        self._source: AttributeDirections | None = None
        self._directions: AttributeDirections | None = None
        self._all = False
        self.rows: dict[str, LockableSlider] = {}
        self.more = link_button("", self.toggle_more)
        self.content.setSpacing(tokens.SPACE_XS)
        self.add(self.more)

    @property
    def locked(self) -> dict[str, float]:
        """How much strangers are to have of what is locked, by name."""
        if self.isHidden():
            return {}
        return {name: row.slider.number for name, row in self.rows.items() if row.locked}

    def show_sitter(self) -> None:
        """Show what the one who sits seems to have."""
        library = library_of(self._sitter.avatar)
        source = None if library is None else library.directions
        if source is not self._source:
            self._source = source
            self._directions = None if source is None else source.certain(LEAST_CERTAIN)
            self._make_rows()
        known = self._directions is not None and bool(self._directions.names)
        self.setVisible(known)
        if known:
            self._show_values()

    def toggle_more(self) -> None:
        """Show all, or the most certain only."""
        self._all = not self._all
        self._show_some()

    def _make_rows(self) -> None:
        for row in self.rows.values():
            self.content.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
        self.rows = {}
        held = self._directions
        names = () if held is None else held.names
        for index, name in enumerate(names):
            assert held is not None
            low, high = (float(value) for value in held.ranges[index])
            tip = f"Lock {titled(name)}: strangers have as much of it"
            row = LockableSlider(titled(name), kind_of(name, low, high), tip)
            slider = row.slider
            slider.set_label_width(_LABEL)
            slider.setToolTip(
                f"{name}: {100 * float(held.certainties[index]):.0f} % of what people differ in"
            )
            slider.started.connect(lambda name=name: self._studio.begin_gesture(titled(name)))
            slider.finished.connect(self._studio.end_gesture)
            slider.changed.connect(lambda value, name=name: self._set(name, value))
            self.content.insertWidget(self.content.count() - 1, row)
            self.rows[name] = row
        self._show_some()

    def _show_some(self) -> None:
        for index, row in enumerate(self.rows.values()):
            # What is locked is never out of sight: it changes what chance does.
            row.setVisible(self._all or index < FIRST or row.locked)
        hidden = len(self.rows) - FIRST
        self.more.setVisible(hidden > 0)
        self.more.setText("fewer" if self._all else f"{hidden} more")

    def _show_values(self) -> None:
        assert self._directions is not None
        found = self._directions.values(self._sitter.coefficients)
        for row, value in zip(self.rows.values(), found, strict=True):
            row.slider.set_number(float(value))

    def _set(self, name: str, value: float) -> None:
        if self._directions is not None:
            moved = self._directions.with_value(self._sitter.coefficients, name, value)
            self._sitter.move(moved, titled(name))


def titled(name: str) -> str:
    """Return an attribute's name as a slider shows it: without its unit."""
    words = name.split(" ")
    plain = " ".join(words[:-1] if words[-1] in _UNITS and len(words) > 1 else words)
    return f"{plain[:1].upper()}{plain[1:]}"


def kind_of(name: str, low: float, high: float) -> NumberKind:
    """Return the range of an attribute's slider and how its numbers are written."""
    unit = re.search(r" (\w+)$", name)
    suffix = _UNITS.get(unit[1], "") if unit is not None else ""
    if not high > low:
        low, high = min(low, 0.0), max(high, 1.0)
    decimals = 0 if high - low >= 20 else 1 if high - low >= 3 else 2
    return NumberKind(
        lower=low, upper=high, default=(low + high) / 2, decimals=decimals, suffix=suffix
    )
