"""What is asked of a reconstruction: whose views, how many or which, and by which network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from mien.capture.protocol import CaptureCamera
from mien_studio.bridge.reconstructor import Reconstructor
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button
from mien_studio.widgets.chips import Chip
from mien_studio.widgets.elided_label import ElidedLabel
from mien_studio.widgets.flow_box import FlowBox
from mien_studio.widgets.labelled_row import LABEL_WIDTH, LabelledRow
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.segments import Segments
from mien_studio.widgets.slider_row import SliderRow

_WAYS = (("auto", "Auto"), ("mine", "By hand"))
_WEIGHTS = "Trained networks (*.safetensors)"


class AskingEditor(QWidget):
    """Choose what goes in, and by what. It edits the reconstructor itself."""

    def __init__(self, reconstructor: Reconstructor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reconstructor = reconstructor
        self._cameras: tuple[str, ...] = ()
        self._most = 0
        self.ways = Segments(_WAYS)
        self.ways.setAccessibleName("Who chooses the cameras")
        self.ways.setToolTip("Well spread ones, or those you click on here or on the rig")
        self.ways.chosen.connect(lambda way: reconstructor.set_choosing(way == "mine"))
        self.views = SliderRow("Views", _counting(1))
        self.views.set_label_width(LABEL_WIDTH)
        self.views.setToolTip("How many cameras' pictures go in; the others are held against it")
        self.views.changed.connect(lambda count: reconstructor.set_views(round(count)))
        self.counted = QLabel()
        self.counted.setProperty("role", "note")
        self.none = link_button("none", lambda: reconstructor.set_chosen(()), tip="Take all out")
        self.chips: dict[str, Chip] = {}
        self._box = FlowBox()
        self.network = ElidedLabel()
        self.network.setProperty("role", "secondary")
        change = link_button("change", self._choose_network, tip="Choose a trained network")
        self._counting_row = LabelledRow("", self.counted, self.none)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        for widget in (
            LabelledRow("Cameras", self.ways),
            self.views,
            self._counting_row,
            self._box,
            LabelledRow("Network", self.network, change),
        ):
            column.addWidget(widget)

    def refresh(self, cameras: Sequence[CaptureCamera]) -> None:
        """Show what would go in, of these cameras."""
        asked = self._reconstructor
        self.ways.set_current("mine" if asked.choosing else "auto")
        if asked.most_views != self._most:
            self._most = asked.most_views
            self.views.set_kind(_counting(self._most))
        self.views.set_number(min(asked.views, self._most))
        self.views.setVisible(not asked.choosing)
        self._show_chips(cameras if asked.choosing else ())
        chosen = asked.chosen
        self.counted.setText(f"{len(chosen)} of {len(cameras)} go in")
        self.none.setVisible(bool(chosen))
        self._counting_row.setVisible(asked.choosing)
        network = asked.network
        self.network.setText("none" if network is None else _called(network))
        self.network.setToolTip("" if network is None else str(network))

    def _show_chips(self, cameras: Sequence[CaptureCamera]) -> None:
        names = tuple(held.name for held in cameras)
        if names != self._cameras:
            self._cameras = names
            for chip in self.chips.values():
                self._box.remove_item(chip)
            self.chips = {}
            for name in names:
                chip = Chip(name)
                chip.clicked.connect(lambda _on=False, name=name: self._reconstructor.toggle(name))
                self.chips[name] = chip
                self._box.add_item(chip)
        chosen = set(self._reconstructor.chosen)
        for name, chip in self.chips.items():
            chip.setChecked(name in chosen)
        self._box.setVisible(bool(names))

    def _choose_network(self) -> None:
        held = self._reconstructor.network
        where = str(held.parent if held is not None else Path.home())
        path, _ = QFileDialog.getOpenFileName(self, "Choose a trained network", where, _WEIGHTS)
        if path:
            self._reconstructor.set_network(Path(path))


def _called(network: Path) -> str:
    """Return what tells networks apart: runs name theirs alike."""
    plain = network.stem in ("best", "average", "headsup")
    return f"{network.parent.name}/{network.stem}" if plain else network.stem


def _counting(most: int) -> NumberKind:
    return NumberKind(lower=1, upper=max(most, 2), default=8, decimals=0, step=1)
