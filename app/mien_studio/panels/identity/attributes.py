"""Attributes: sliders with names, such as hair length, that leave everything else alone."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QWidget

from mien.avatar.protocol import Avatar
from mien.editing.commands import SetState
from mien.models.headsup.directions import AttributeDirections
from mien.session.people import coefficients_in, library_of, state_with
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.section import Section
from mien_studio.widgets.slider_row import SliderRow

FIRST = 8
"""How many are shown before anybody asks for more: those that are told most certainly."""
LEAST_CERTAIN = 0.2
"""Of people's variance that the latent foretells: what is told worse has no slider."""
_LABEL = 132
_UNITS = {"mm": " mm", "cm": " cm", "deg": "°", "years": " y"}


class AttributeSection(Section):
    """Sliders for what people of a library are known to differ in.

    Each moves the identity of the document's state along one direction, as far as it takes.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__("Attributes", parent=parent)
        self._studio = studio
        self._avatar: Avatar | None = None
        self._source: AttributeDirections | None = None
        self._directions: AttributeDirections | None = None
        self._all = False
        self.rows: dict[str, SliderRow] = {}
        self.more = link_button("", self.toggle_more)
        self.content.setSpacing(tokens.SPACE_XS)
        self.add(self.more)

    def show_avatar(self, avatar: Avatar | None) -> None:
        """Show what an avatar seems to have, as the document's state has them."""
        self._avatar = avatar
        library = library_of(avatar)
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
            row = SliderRow(titled(name), kind_of(name, low, high))
            row.set_label_width(_LABEL)
            row.setToolTip(
                f"{name}: {100 * float(held.certainties[index]):.0f} % of what people differ in"
            )
            row.started.connect(lambda name=name: self._studio.begin_gesture(titled(name)))
            row.finished.connect(self._studio.end_gesture)
            row.changed.connect(lambda value, name=name: self._set(name, value))
            self.content.insertWidget(self.content.count() - 1, row)
            self.rows[name] = row
        self._show_some()

    def _show_some(self) -> None:
        for index, row in enumerate(self.rows.values()):
            row.setVisible(self._all or index < FIRST)
        hidden = len(self.rows) - FIRST
        self.more.setVisible(hidden > 0)
        self.more.setText("fewer" if self._all else f"{hidden} more")

    def _show_values(self) -> None:
        assert self._avatar is not None
        assert self._directions is not None
        held = coefficients_in(self._avatar, self._studio.session.document.state)
        for row, value in zip(self.rows.values(), self._directions.values(held), strict=True):
            row.set_number(float(value))

    def _set(self, name: str, value: float) -> None:
        if self._avatar is None or self._directions is None:
            return
        state = self._studio.session.document.state
        held = coefficients_in(self._avatar, state)
        moved = self._directions.with_value(held, name, value)
        self._studio.push(SetState(state_with(self._avatar, state, moved), label=titled(name)))


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
