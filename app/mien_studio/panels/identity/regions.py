"""Region mixing: which part of the face is taken from whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from mien.avatar.protocol import REGIONS
from mien_studio.theme import tokens
from mien_studio.widgets.chips import Chip, ChipRow
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.slider_row import SliderRow

SOFTNESS = NumberKind(lower=0.0, upper=40.0, default=12.0, decimals=0, suffix=" mm")
BLEND = "blend"


class RegionEditor(QWidget):
    """A chip for each region, and how soft their borders are.

    `region_chosen` gives the region and the key of whom it is taken from, empty for the blend;
    `softness_changed` metres, between `started` and `finished`.
    """

    started = Signal()
    finished = Signal()
    region_chosen = Signal(str, str)
    softness_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members: tuple[tuple[str, str], ...] = ()
        self.chips = ChipRow()
        for region in REGIONS:
            chip = self.chips.add(region, Chip(region, detail=BLEND))
            chip.setToolTip(f"Choose whom the {region} are taken from")
        self.softness = SliderRow("Softness", SOFTNESS)
        self.softness.set_label_width(104)
        self._note = QLabel()
        self._note.setProperty("role", "note")
        self._note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_S)
        column.addWidget(self._note)
        column.addWidget(self.chips)
        column.addWidget(self.softness)
        self.chips.toggled.connect(self._open_menu)
        self.softness.started.connect(self.started)
        self.softness.finished.connect(self.finished)
        self.softness.changed.connect(lambda mm: self.softness_changed.emit(mm / 1000))

    def show_regions(
        self, members: Sequence[tuple[str, str]], regions: Mapping[str, str], softness: float
    ) -> None:
        """Show whom each region is taken from, and the softness in metres."""
        self._members = tuple(members)
        names = dict(members)
        for region in REGIONS:
            self.chips.chip(region).set_detail(names.get(regions.get(region, ""), BLEND))
        self.chips.set_on(tuple(regions))
        self.softness.set_number(softness * 1000)

    def set_note(self, note: str) -> None:
        """Say why regions cannot be mixed here, or nothing."""
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.chips.setVisible(not note)
        self.softness.setVisible(not note)

    def menu(self, region: str) -> QMenu:
        """Return the menu of whom a region can be taken from."""
        menu = QMenu(self)
        chip = self.chips.chip(region)
        for key, name in (("", BLEND), *self._members):
            action = menu.addAction(name if key else "From the blend")
            action.setCheckable(True)
            action.setChecked(chip.detail == name)
            action.triggered.connect(
                lambda _on=False, key=key: self.region_chosen.emit(region, key)
            )
            if not key:
                menu.addSeparator()
        return menu

    def _open_menu(self, region: str, on: bool) -> None:
        chip = self.chips.chip(region)
        # The click turned the chip; only what is chosen from the menu counts.
        chip.setChecked(not on)
        self.menu(region).popup(chip.mapToGlobal(QPoint(0, chip.height() + 2)))
