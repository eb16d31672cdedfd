"""What is asked of a fit: how long, how fine, which frames, and where it goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from mien.session.fitting import FitSettings
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button
from mien_studio.widgets.elided_label import ElidedLabel
from mien_studio.widgets.labelled_row import LabelledRow
from mien_studio.widgets.segments import Segments

_MINUTES = (("1", "1"), ("2", "2"), ("5", "5"), ("15", "15"), ("60", "60"))
_TEXELS = (("96", "96"), ("128", "128"), ("192", "192"), ("256", "256"))
_FRAMES = (("neutral", "Neutral"), ("ten", "Ten"), ("all", "All"))


class FitSettingsEditor(QWidget):
    """Choose the settings of a fit.

    `changed` gives the FitSettings the user wants, `moved` the folder to write to.
    """

    changed = Signal(object)
    moved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = FitSettings()
        self._out: Path | None = None
        self.minutes = Segments(_MINUTES)
        self.minutes.setAccessibleName("Minutes it may take")
        self.minutes.setToolTip("Wall time it may take; it can be stopped at any moment")
        self.minutes.chosen.connect(lambda minutes: self._set(minutes=float(minutes)))
        self.texels = Segments(_TEXELS)
        self.texels.setAccessibleName("Texels along a side of the map")
        self.texels.setToolTip(
            "Texels along a side of the map of the head, each with a Gaussian: "
            "more show finer detail and take longer"
        )
        self.texels.chosen.connect(lambda side: self._set(texels=int(side)))
        self.frames = Segments(_FRAMES)
        self.frames.setAccessibleName("Frames")
        self.frames.setToolTip("The first frame, ten spread over the capture, or every one")
        self.frames.chosen.connect(lambda frames: self._set(frames=frames))
        self.place = ElidedLabel()
        self.place.setProperty("role", "secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        self._frame_row = LabelledRow("Frames", self.frames)
        change = link_button("change", self._choose_folder, tip="Save to another folder")
        column.addWidget(LabelledRow("Minutes", self.minutes))
        column.addWidget(LabelledRow("Texels", self.texels))
        column.addWidget(self._frame_row)
        column.addWidget(LabelledRow("Save as", self.place, change))

    def show_settings(self, settings: FitSettings, num_frames: int, out: Path | None) -> None:
        """Show what would be done."""
        self._settings, self._out = settings, out
        self.minutes.set_current(f"{settings.minutes:g}")
        self.texels.set_current(str(settings.texels))
        self.frames.set_current(settings.frames)
        self._frame_row.setVisible(num_frames > 1)
        if out is not None:
            self.place.setText(out.name)
            self.place.setToolTip(str(out))

    def _set(self, **changes: object) -> None:
        settings = replace(self._settings, **changes)  # pyright: ignore[reportArgumentType]
        if settings != self._settings:
            self._settings = settings
            self.changed.emit(settings)

    def _choose_folder(self) -> None:
        before = self._out.parent if self._out is not None else Path.home()
        chosen = QFileDialog.getExistingDirectory(self, "Save avatars in", str(before))
        if chosen:
            self.moved.emit(Path(chosen))
