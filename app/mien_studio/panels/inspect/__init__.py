"""Inspect: single Gaussians, how they spread, and selecting, hiding and deleting them."""

from __future__ import annotations

from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mien.avatar.state import NEUTRAL
from mien.editing.commands import SetMarks
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.marks import DELETED, HIDDEN, SELECTED, Marks
from mien.gaussians.selection import PROPERTIES, Property, floaters, in_range, property_values
from mien.gaussians.transform import fixed_up
from mien.rendering.picking import Contribution, pick
from mien_studio.bridge.drawing import Picked
from mien_studio.bridge.studio import Studio
from mien_studio.panels.inspect.describing import described
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button
from mien_studio.widgets.empty_state import EmptyState
from mien_studio.widgets.histogram import Histogram
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section
from mien_studio.widgets.segments import Segments

UNITS = {"scale": "mm", "opacity": "", "elongation": "×"}
PICTURE = (1024, 1024)
"""Size at which a click is looked up; only the dilation of tiny Gaussians depends on it."""


@panel
class InspectPanel(QWidget):
    """See what a head is made of, and take out what does not belong."""

    name: ClassVar[str] = "inspect"
    title: ClassVar[str] = "Inspect"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 2

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._cloud: GaussianCloud | None = None
        self._cloud_of: object = None
        self._values: dict[str, NDArray[np.float64]] = {}
        self._empty = EmptyState("gaussians", "")
        self.histogram = Histogram()
        self._figures: dict[str, QLabel] = {}
        column = ScrollColumn()
        self._sections = (self._make_marks(), self._make_histogram(), self._make_picked())
        column.add(self._empty)
        for section in self._sections:
            column.add(section)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        studio.document_changed.connect(self._refresh)
        studio.asset_changed.connect(self._refresh)
        studio.picked.connect(self._on_picked)
        self._refresh()

    # Making

    def _make_marks(self) -> Section:
        section = Section("Selection")
        section.content.setSpacing(tokens.SPACE_S)
        grid = QGridLayout()
        grid.setVerticalSpacing(tokens.SPACE_XS)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(("Gaussians", "Selected", "Hidden", "Deleted")):
            label, number = QLabel(name), QLabel()
            label.setProperty("role", "label")
            number.setProperty("role", "number")
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._figures[name] = number
            grid.addWidget(label, row, 0)
            grid.addWidget(number, row, 1)
        holder = QWidget()
        holder.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        section.add(holder)
        words = QHBoxLayout()
        words.setSpacing(tokens.SPACE_M)
        for text, tip, run in (
            ("all", "Select all that is visible", self.select_all),
            ("none", "Select nothing", self.select_none),
            ("invert", "Select what is not selected", self.invert),
            ("floaters", "Select Gaussians that hang in the air", self.select_floaters),
        ):
            words.addWidget(link_button(text, run, tip=tip))
        words.addStretch(1)
        tools = QHBoxLayout()
        tools.setSpacing(tokens.SPACE_XS)
        for icon_name, tip, run in (
            ("eye-off", "Hide the selection", self.hide_selected),
            ("isolate", "Hide everything else", self.isolate),
            ("eye", "Show everything hidden", self.show_all),
            ("trash", "Delete the selection", self.delete_selected),
        ):
            tools.addWidget(icon_button(icon_name, tip, run, side=28))
        tools.addStretch(1)
        for row in (words, tools):
            holder = QWidget()
            holder.setLayout(row)
            row.setContentsMargins(0, 0, 0, 0)
            section.add(holder)
        return section

    def _make_histogram(self) -> Section:
        section = Section("Distribution")
        section.content.setSpacing(tokens.SPACE_S)
        self.measure = Segments([(name, name.capitalize()) for name in PROPERTIES])
        self.measure.setAccessibleName("Property")
        self.measure.chosen.connect(self._show_histogram)
        self._range = QLabel("Drag the blue edge to select a range.")
        self._range.setProperty("role", "note")
        for widget in (self.measure, self.histogram, self._range):
            section.add(widget)
        self.histogram.started.connect(lambda: self._studio.begin_gesture("Select range"))
        self.histogram.brushed.connect(self.select_range)
        self.histogram.finished.connect(self._studio.end_gesture)
        return section

    def _make_picked(self) -> Section:
        section = Section("Picked Gaussian")
        self._hint = QLabel("Click on the head to see what is there.")
        self._hint.setProperty("role", "note")
        self._details = QGridLayout()
        self._details.setContentsMargins(0, 0, 0, 0)
        self._details.setVerticalSpacing(tokens.SPACE_XS)
        self._details.setColumnStretch(1, 1)
        holder = QWidget()
        holder.setLayout(self._details)
        section.add(self._hint)
        section.add(holder)
        return section

    # What is shown

    @property
    def asset_id(self) -> str:
        """The one avatar whose Gaussians are worked on; empty while a blend is shown."""
        look = self._studio.session.document.look("A")
        return look.asset_ids[0] if look is not None and len(look.asset_ids) == 1 else ""

    @property
    def cloud(self) -> GaussianCloud | None:
        """Its Gaussians in the neutral state."""
        return self._cloud

    @property
    def marks(self) -> Marks:
        """Its marks."""
        held = self._studio.session.document.marks.get(self.asset_id)
        count = self._cloud.num_gaussians if self._cloud is not None else 0
        return held if held is not None and len(held.bits) == count else Marks.none(count)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while it was hidden."""
        super().showEvent(event)
        self._refresh()

    def _refresh(self, _what: object = None) -> None:
        if not self.isVisible():
            # Posing and sorting a cloud is for those who look at it.
            return
        self._load()
        ready = self._cloud is not None
        self._empty.setVisible(not ready)
        for section in self._sections:
            section.setVisible(ready)
        if not ready:
            self._say_why()
            return
        marks = self.marks
        counts = {
            "Gaussians": len(marks.bits),
            "Selected": marks.count(SELECTED),
            "Hidden": marks.count(HIDDEN),
            "Deleted": marks.count(DELETED),
        }
        for name, count in counts.items():
            self._figures[name].setText(f"{count:,}")

    def _load(self) -> None:
        asset_id = self.asset_id
        avatar = self._studio.session.library.avatar(asset_id) if asset_id else None
        if avatar is self._cloud_of:
            return
        self._cloud_of = avatar
        self._cloud = avatar.pose(NEUTRAL) if avatar is not None else None
        self._values.clear()
        self._show_details([])
        self._show_histogram()

    def _say_why(self) -> None:
        look = self._studio.session.document.look("A")
        if look is not None and len(look.asset_ids) > 1:
            self._empty.set_text(
                "A blend is shown",
                "Gaussians are selected in one avatar at a time: choose one in the library.",
            )
        else:
            self._empty.set_text("Nothing to inspect yet", "Open an avatar or a splat file.")

    def _property_values(self) -> NDArray[np.float64]:
        name = cast(Property, self.measure.current)
        if name not in self._values and self._cloud is not None:
            self._values[name] = property_values(self._cloud, name)
        return self._values.get(name, np.zeros(0))

    def _show_histogram(self, _name: str = "") -> None:
        logarithmic = self.measure.current != "opacity"
        self.histogram.set_values(self._property_values(), logarithmic=logarithmic)
        self._range.setText("Drag the blue edge to select a range.")

    def _show_details(self, lines: list[tuple[str, str]]) -> None:
        while self._details.count():
            item = self._details.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self._hint.setVisible(not lines)
        for row, (name, text) in enumerate(lines):
            label, value = QLabel(name), QLabel(text)
            label.setProperty("role", "label")
            value.setProperty("role", "number")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._details.addWidget(label, row, 0)
            self._details.addWidget(value, row, 1)

    # Selecting

    def _mark(self, marks: Marks, label: str) -> None:
        if self.asset_id:
            self._studio.push(SetMarks(self.asset_id, marks, label=label))

    def _select(self, where: NDArray[np.bool_], label: str) -> None:
        marks = self.marks
        chosen = where & marks.visible
        self._mark(marks.with_mark(SELECTED, ~chosen, on=False).with_mark(SELECTED, chosen), label)

    def select_all(self) -> None:
        """Select all that is visible."""
        self._select(np.ones(len(self.marks.bits), np.bool_), "Select all")

    def select_none(self) -> None:
        """Select nothing."""
        self._select(np.zeros(len(self.marks.bits), np.bool_), "Select none")

    def invert(self) -> None:
        """Select what is visible and not selected."""
        self._select(~self.marks.has(SELECTED), "Invert selection")

    def select_range(self, low: float, high: float) -> None:
        """Select by the property shown."""
        values = self._property_values()
        if len(values):
            self._select(in_range(values, low, high), "Select range")
            unit = UNITS[self.measure.current]
            self._range.setText(f"{low:.3g} to {high:.3g} {unit}".strip())

    def select_floaters(self) -> None:
        """Find Gaussians that hang in the air, beside everything else, and select them."""
        cloud, asset_id = self._cloud, self.asset_id
        if cloud is None:
            return

        def done(found: NDArray[np.bool_]) -> None:
            if asset_id != self.asset_id:
                return
            self._select(found, "Select floaters")
            count = int(np.count_nonzero(found))
            text = f"{count:,} floaters selected" if count else "No floaters found"
            self._studio.notice("info", text)

        self._studio.run("Finding floaters", lambda _task: floaters(cloud), done=done)

    # Hiding and deleting

    def hide_selected(self) -> None:
        """Hide the selection."""
        self._drop(HIDDEN, "Hide")

    def delete_selected(self) -> None:
        """Delete the selection; undo brings it back."""
        self._drop(DELETED, "Delete")

    def _drop(self, mark: int, label: str) -> None:
        marks = self.marks
        chosen = marks.has(SELECTED)
        if chosen.any():
            self._mark(marks.with_mark(mark, chosen).with_mark(SELECTED, chosen, on=False), label)

    def isolate(self) -> None:
        """Hide everything that is not selected."""
        marks = self.marks
        chosen = marks.has(SELECTED)
        if chosen.any():
            self._mark(marks.with_mark(HIDDEN, ~chosen), "Isolate")

    def show_all(self) -> None:
        """Show everything hidden; what is deleted stays deleted."""
        marks = self.marks
        self._mark(marks.with_mark(HIDDEN, marks.has(HIDDEN), on=False), "Show all")

    # Picking

    def _on_picked(self, picked: object) -> None:
        if not self.isVisible() or self._cloud is None or not isinstance(picked, Picked):
            return
        session, asset_id = self._studio.session, self.asset_id
        camera = session.camera(picked.slot, PICTURE)
        place, _depth = camera.project(picked.point.reshape(1, 3))
        shot = session.shot(picked.slot, session.view.state.time, camera)
        if shot is None or len(shot.blend.avatars) != 1:
            return
        visible = self.marks.visible

        def look(_task: object) -> tuple[GaussianCloud, Contribution | None]:
            cloud = shot.blend.avatars[0].pose(shot.state)
            cloud = fixed_up(cloud, shot.up_fix) if shot.up_fix else cloud
            pixel = (float(place[0, 0]), float(place[0, 1]))
            mask = visible if len(visible) == cloud.num_gaussians else None
            return cloud, pick(cloud, camera, pixel, visible=mask)

        def done(answer: tuple[GaussianCloud, Contribution | None]) -> None:
            cloud, found = answer
            if asset_id == self.asset_id:
                self.show_gaussian(cloud, found)

        self._studio.run("Looking closer", look, done=done)

    def show_gaussian(self, cloud: GaussianCloud, found: Contribution | None) -> None:
        """Show the parameters of a Gaussian, and select it."""
        self._show_details(described(cloud, found) if found is not None else [])
        if found is not None:
            where = np.zeros(len(self.marks.bits), np.bool_)
            where[found.index] = True
            self._select(where, "Pick")
