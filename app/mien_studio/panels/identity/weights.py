"""The weights of a blend: a pad and sliders that always agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.blend_pad import BlendPad
from mien_studio.widgets.lockable_slider import LockableSlider
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.slider_row import SliderRow

MOST_AT_PAD = 8


class WeightEditor(QWidget):
    """Sliders and a pad over the same weights.

    `weight_changed` comes from a slider (key, weight), `weights_changed` from the pad; both between
    `started` and `finished`. Setting weights from outside emits nothing.
    """

    started = Signal()
    finished = Signal()
    weight_changed = Signal(str, float)
    weights_changed = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members: tuple[tuple[str, str], ...] = ()
        self._rows: dict[str, LockableSlider] = {}
        self.pad = BlendPad()
        self._excluded = QLabel()
        self._excluded.setProperty("role", "note")
        self._excluded.setWordWrap(True)
        self._sliders = QVBoxLayout()
        self._sliders.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_S)
        column.addWidget(self.pad)
        column.addLayout(self._sliders)
        column.addWidget(self._excluded)
        self.pad.started.connect(self.started)
        self.pad.changed.connect(self.weights_changed)
        self.pad.finished.connect(self.finished)

    @property
    def locked(self) -> frozenset[str]:
        """The keys whose weights stay as they are."""
        return frozenset(key for key, row in self._rows.items() if row.locked)

    def slider(self, key: str) -> SliderRow:
        """Return the slider of a member."""
        return self._rows[key].slider

    def set_members(self, members: Sequence[tuple[str, str]]) -> None:
        """Set who can take part: pairs of key and name."""
        if tuple(members) == self._members:
            return
        self._members = tuple(members)
        names = dict(members)
        for key in [key for key in self._rows if key not in names]:
            row = self._rows.pop(key)
            self._sliders.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
        for place, (key, name) in enumerate(members):
            row = self._rows.get(key)
            if row is None:
                row = self._rows[key] = self._make_row(key, name)
            row.slider.set_name(name)
            self._sliders.insertWidget(place, row)

    def set_excluded(self, lines: Sequence[str]) -> None:
        """Say who cannot take part, and why."""
        self._excluded.setText("\n".join(lines))
        self._excluded.setVisible(bool(lines))

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Show weights."""
        at_pad = self._at_pad(weights)
        self.pad.set_members(at_pad)
        self.pad.setVisible(len(at_pad) > 1)
        self.pad.set_weights(weights)
        for key, row in self._rows.items():
            row.slider.set_number(weights.get(key, 0.0))

    def set_pixmap(self, key: str, pixmap: QPixmap) -> None:
        """Show the picture of a member."""
        self.pad.set_pixmap(key, pixmap)

    def _at_pad(self, weights: Mapping[str, float]) -> list[tuple[str, str]]:
        if len(self._members) <= MOST_AT_PAD:
            return list(self._members)
        # Too many faces for one pad: who takes part comes first.
        ranked = sorted(self._members, key=lambda member: weights.get(member[0], 0.0) <= 0)
        chosen = {key for key, _name in ranked[:MOST_AT_PAD]}
        return [member for member in self._members if member[0] in chosen]

    def _make_row(self, key: str, name: str) -> LockableSlider:
        row = LockableSlider(name, NumberKind(), f"Lock {name}: others make room")
        row.slider.started.connect(self.started)
        row.slider.finished.connect(self.finished)
        row.slider.changed.connect(lambda weight, key=key: self.weight_changed.emit(key, weight))
        return row
