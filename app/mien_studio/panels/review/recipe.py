"""The recipe of a review: in one line, and to be changed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mien.capture.protocol import Capture
from mien.evaluation.metrics import METRICS
from mien.evaluation.recipe import Crop, Recipe
from mien.session.review import ALL, HELD_OUT, Scope
from mien_studio.theme import tokens
from mien_studio.widgets.chips import Chip, ChipRow
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.segments import Segments
from mien_studio.widgets.slider_row import SliderRow

_LABEL = 60
_MARGIN = NumberKind(0.0, 0.5, 0.05, 2, "", step=0.01)
_REGIONS = (("full", "Picture"), ("mask-box", "Mask box"), ("mask", "Mask"))
_BLACK = (0.0, 0.0, 0.0)


def region_of(recipe: Recipe) -> str:
    """Return which of the regions a recipe means."""
    if recipe.matte is not None:
        return "mask"
    return "full" if recipe.crop == "full" else "mask-box"


def with_region(recipe: Recipe, region: str) -> Recipe:
    """Return a recipe for another region: the mask's also takes away what is behind the person."""
    crop: Crop = "full" if region == "full" else "mask-box"
    return recipe.replace(crop=crop, matte=_BLACK if region == "mask" else None)


def told(scope: Scope, capture: Capture | None) -> str:
    """Return a scope in one line."""
    recipe = scope.recipe
    region = {
        "full": "whole pictures",
        "mask-box": f"mask box +{recipe.margin:.0%}",
        "mask": f"mask on black +{recipe.margin:.0%}",
    }[region_of(recipe)]
    cameras = "held-out cameras" if scope.cameras == (HELD_OUT,) else "all cameras"
    if scope.cameras not in ((HELD_OUT,), (ALL,)):
        cameras = ", ".join(scope.cameras)
    frames = "every frame" if scope.every == 1 else f"every {scope.every} frames"
    count = ""
    if capture is not None:
        pictures = len(scope.cameras_in(capture)) * len(scope.frames_in(capture))
        count = f"{pictures:,} pictures: "
    return f"{count}{cameras}, {frames}, {region}"


class RecipeEditor(QWidget):
    """Choose cameras, frames, region and metrics.

    `changed` gives the Scope the user wants.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope = Scope()
        self.cameras = QComboBox()
        self.cameras.setAccessibleName("Cameras")
        self.cameras.activated.connect(
            lambda index: self._set(cameras=(self.cameras.itemData(index),))
        )
        self.every = QSpinBox()
        self.every.setRange(1, 1000)
        self.every.setPrefix("every ")
        self.every.setAccessibleName("Every so many frames")
        self.every.setKeyboardTracking(False)
        self.every.valueChanged.connect(lambda every: self._set(every=every))
        self.region = Segments(_REGIONS)
        self.region.setToolTip(
            "Picture: all of it. Mask box: around the person. "
            "Mask: around the person, with black behind in both"
        )
        self.region.chosen.connect(
            lambda region: self._set(recipe=with_region(self._scope.recipe, region))
        )
        self.margin = SliderRow("Margin", _MARGIN)
        self.margin.set_label_width(_LABEL)
        self.margin.setToolTip("Around the mask, as a share of its longer side")
        self.margin.changed.connect(
            lambda margin: self._set(recipe=self._scope.recipe.replace(margin=round(margin, 2)))
        )
        self.metrics = ChipRow()
        for name, metric in METRICS.items():
            self.metrics.add(name, Chip(metric.title))
        for field in (self.cameras, self.every):
            field.setMinimumWidth(72)
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._tell_availability()
        self.metrics.toggled.connect(self._toggle)
        self._lay_out()

    def show_scope(self, scope: Scope, capture: Capture | None) -> None:
        """Show what is measured."""
        self._scope = scope
        entries = [(HELD_OUT, "Held out"), (ALL, "All")]
        entries += [(held.name, held.name) for held in capture.cameras] if capture else []
        held = [self.cameras.itemData(i) for i in range(self.cameras.count())]
        if held != [key for key, _ in entries]:
            self.cameras.clear()
            for key, title in entries:
                self.cameras.addItem(title, key)
        self.cameras.setCurrentIndex(max(self.cameras.findData(scope.cameras[0]), 0))
        self.every.blockSignals(True)
        self.every.setValue(scope.every)
        self.every.blockSignals(False)
        self.region.set_current(region_of(scope.recipe))
        self.margin.set_number(scope.recipe.margin)
        self.margin.setVisible(scope.recipe.crop == "mask-box")
        self.metrics.set_on(scope.recipe.metrics)

    def _tell_availability(self) -> None:
        for name, metric in METRICS.items():
            why = metric.unavailable()
            chip = self.metrics.chip(name)
            chip.setEnabled(not why)
            chip.setToolTip(f"Not available: {why}" if why else metric.described(Recipe()))

    def _toggle(self, name: str, on: bool) -> None:
        chosen = {held for held in self._scope.recipe.metrics if held != name}
        chosen |= {name} if on else set()
        # In the order of the list; without any there would be nothing to measure.
        metrics = tuple(held for held in METRICS if held in chosen) or self._scope.recipe.metrics
        self._set(recipe=self._scope.recipe.replace(metrics=metrics))
        self.metrics.set_on(metrics)

    def _set(self, **changes: object) -> None:
        scope = self._scope.replace(**changes)
        if scope != self._scope:
            self._scope = scope
            self.changed.emit(scope)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(_row("Cameras", self.cameras, self.every))
        column.addLayout(_row("Region", self.region))
        column.addWidget(self.margin)
        column.addLayout(_row("Metrics", self.metrics))


def _row(title: str, *widgets: QWidget) -> QHBoxLayout:
    label = QLabel(title)
    label.setProperty("role", "label")
    label.setFixedWidth(_LABEL)
    row = QHBoxLayout()
    row.setSpacing(tokens.SPACE_XS)
    row.addWidget(label)
    for widget in widgets:
        row.addWidget(widget, 1)
    return row
