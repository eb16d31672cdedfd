"""Training: watch a network learn, from the folder that it leaves."""

from __future__ import annotations

import time
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from mien.session.training_run import TrainingRun
from mien_studio.bridge.studio import Studio
from mien_studio.panels.folder_panel import FolderPanel
from mien_studio.panels.registry import Area, panel
from mien_studio.panels.training.previews import PreviewViewer
from mien_studio.theme import tokens
from mien_studio.widgets.metric_tiles import MetricTiles, Tile
from mien_studio.widgets.run_plot import RunCurve, RunPlot
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section

NOTHING = "Choose the folder of a training, what --out named: its losses and previews are followed."
_WIDE = 760
_SHARES = (2, 3, 3, 3)
"""Of the width, where there is room for all side by side."""
_LOSSES = ("l1", "ssim", "mask", "perceptual", "position", "color")
"""Parts of the loss that are worth a curve; those that are zero throughout have none."""


@panel
class TrainingPanel(FolderPanel):
    """Show losses, measurements and previews of a training while it goes on."""

    name: ClassVar[str] = "training"
    title: ClassVar[str] = "Training"
    area: ClassVar[Area] = "bottom"
    order: ClassVar[int] = 9

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        tiles = MetricTiles()
        super().__init__(studio.run_watcher, "training", NOTHING, tiles=tiles, parent=parent)
        self.tiles = tiles
        self._watcher = studio.run_watcher
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(tokens.SPACE_L)
        self._make_curves()
        self._make_previews()
        for section, share in zip(
            (self._head, self.gains, self.parts, self._pictures), _SHARES, strict=True
        ):
            self._columns.addWidget(section, share, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        inside.setLayout(self._columns)
        column = ScrollColumn()
        column.add(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self._watcher.changed.connect(self.refresh)
        self.refresh()

    def _make_curves(self) -> None:
        self.gains, self.parts = Section("PSNR"), Section("Losses")
        self.quality = RunPlot("dB")
        self.quality.setAccessibleName("PSNR over steps")
        self.losses = RunPlot("", logarithmic=True)
        self.losses.setAccessibleName("Losses over steps")
        self.gains.add(self.quality)
        self.parts.add(self.losses)

    def _make_previews(self) -> None:
        self._pictures = Section("People held out")
        self.previews = PreviewViewer()
        self._pictures.add(self.previews)

    # What is shown

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand side by side where there is room, else below each other."""
        super().resizeEvent(event)
        wide = event.size().width() >= _WIDE
        way = QBoxLayout.Direction
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def refresh(self) -> None:
        """Show what the folder says now."""
        run = self._watcher.run
        self._show_folder(None if run is None else _described(run, time.time()))
        for widget in (self.tiles, self.gains, self.parts, self._pictures):
            widget.setVisible(run is not None)
        if run is not None:
            self.tiles.set_tiles(_tiles(run), "")
            self.quality.set_curves(_quality(run))
            self.losses.set_curves(_losses(run))
            self.previews.set_previews(run.previews)
            self._pictures.setVisible(bool(run.previews))


def _described(run: TrainingRun, now: float) -> str:
    fraction = run.fraction
    text = f"{run.method} after {_clock(run.secs)}"
    if fraction is None:
        return f"{run.method}: nothing was logged yet."
    if fraction >= 1:
        return f"{text}: it is done."
    if run.quiet(now):
        return f"{text}, {100 * fraction:.0f} %: it stands still."
    left = run.secs_left
    return f"{text}, {100 * fraction:.0f} %" + (f", {_clock(left)} left." if left else ".")


def _clock(secs: float) -> str:
    minutes = int(secs // 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min" if minutes else f"{secs:.0f} s"


def _tiles(run: TrainingRun) -> list[Tile]:
    held_out, mean = run.last("val_psnr"), run.last("val_mean_head")
    tiles = [Tile("step", "Step", f"{run.step:,}")]
    tiles.append(Tile("held-out", "Held out", "–" if held_out is None else f"{held_out:.2f}", "dB"))
    if held_out is not None and mean is not None:
        tiles.append(Tile("gain", "Gain", f"{held_out - mean:+.2f}", "dB"))
    return tiles


def _quality(run: TrainingRun) -> list[RunCurve]:
    return [
        RunCurve("training", tokens.TEXT_MUTED, *run.curve("psnr")),
        RunCurve("mean head", tokens.AMBER, *run.curve("val_mean_head"), dashed=True),
        RunCurve("template rig", tokens.CURVES[3], *run.curve("val_template_rig"), dashed=True),
        RunCurve("learned rig", tokens.CURVES[3], *run.curve("val_learned_rig"), marked=True),
        RunCurve("held out", tokens.ACCENT, *run.curve("val_psnr"), marked=True),
    ]


def _losses(run: TrainingRun) -> list[RunCurve]:
    parts = [
        RunCurve(name, tokens.CURVES[index % len(tokens.CURVES)], *run.curve(name))
        for index, name in enumerate(_LOSSES)
        if (run.curve(name)[1] > 0).any()
    ]
    return [*parts, RunCurve("loss", tokens.TEXT, *run.curve("loss"))]
