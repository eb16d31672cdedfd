"""Fit: make an avatar of a capture by optimisation, and watch how near it comes."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mien.capture.protocol import Capture, cameras_of
from mien.training.fit.events import FitProgress
from mien_studio.bridge.actions import Action
from mien_studio.bridge.fitter import FitRun
from mien_studio.bridge.studio import Studio
from mien_studio.panels.fit.settings import FitSettingsEditor
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, push_button
from mien_studio.widgets.convergence_plot import ConvergencePlot, Series
from mien_studio.widgets.metric_tiles import MetricTiles, Tile
from mien_studio.widgets.progress_row import ProgressRow
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section

NO_CAPTURE = "Drop a capture on the window: an avatar is fitted to its photographs."


@panel
class FitPanel(QWidget):
    """Ask for a fit, watch it converge, stop it, take it up again."""

    name: ClassVar[str] = "fit"
    title: ClassVar[str] = "Fit"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 5

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._fitter = studio.fitter
        column = ScrollColumn()
        column.add(self._make_head())
        column.add(self._make_run())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self._add_actions()
        self._fitter.changed.connect(self.refresh)
        studio.document_changed.connect(self.refresh)
        studio.asset_changed.connect(self.refresh)
        studio.view_changed.connect(self._on_view)
        self._capture_id = ""
        self.refresh()

    # Making

    def _make_head(self) -> Section:
        self._head = Section("Avatar of a capture")
        self._head.content.setSpacing(tokens.SPACE_S)
        self._copy = icon_button("terminal", "Copy the command that fits", self._copy_command)
        self._head.add_action(self._copy)
        self.told = QLabel(wordWrap=True)
        self.told.setProperty("role", "note")
        self.editor = FitSettingsEditor()
        self.editor.changed.connect(self._fitter.set_settings)
        self.editor.moved.connect(self._fitter.set_folder)
        self.begin = push_button("Fit an avatar", self._fitter.begin, primary=True)
        self.resume = push_button("Resume", self._fitter.resume)
        self.buttons = QWidget()
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, tokens.SPACE_XS, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self.begin, 1)
        row.addWidget(self.resume)
        for widget in (self.told, self.editor, self.buttons):
            self._head.add(widget)
        return self._head

    def _make_run(self) -> Section:
        self.outcome = Section("Progress")
        self.outcome.content.setSpacing(tokens.SPACE_S)
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self._fitter.stop)
        self.tiles = MetricTiles()
        # Figures to read, not to choose from.
        self.tiles.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.tiles.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot = ConvergencePlot("dB")
        self.stop = push_button("Stop, keeping the best so far", self._fitter.stop)
        self.result = QLabel(wordWrap=True)
        self.result.setProperty("role", "note")
        self.measure = push_button(
            "Measure it", lambda: self._studio.actions.trigger("review.evaluate")
        )
        for widget in (
            self.progress,
            self.tiles,
            self.plot,
            self.stop,
            self.result,
            self.measure,
        ):
            self.outcome.add(widget)
        return self.outcome

    def _add_actions(self) -> None:
        add, fitter, menu = self._studio.actions.add, self._fitter, "View/Capture"
        add(Action("fit.stop", "Stop Fitting", fitter.stop, "", menu, group=3,
                   enabled=lambda: fitter.running, icon="stop"))  # fmt: skip
        add(Action("fit.resume", "Resume Fitting", fitter.resume, "", menu, group=3,
                   enabled=lambda: fitter.can_fit and fitter.resumable is not None))  # fmt: skip
        add(Action("fit.command", "Copy the Command that Fits", self._copy_command, "", menu,
                   group=3, enabled=lambda: bool(fitter.command()), icon="terminal"))  # fmt: skip

    # What is shown

    def refresh(self, _what: object = None) -> None:
        """Show what would be fitted, what is, and how it went."""
        fitter, run = self._fitter, self._fitter.run
        asset = fitter.capture
        self._capture_id = asset.id if asset is not None else ""
        capture = self._studio.session.library.capture(asset.id) if asset is not None else None
        self._head.set_title(f"Avatar of {asset.name}" if asset is not None else "Avatar")
        self.told.setText(NO_CAPTURE if capture is None else _described(capture))
        self._copy.setVisible(capture is not None)
        for widget in (self.editor, self.buttons):
            widget.setVisible(capture is not None and not fitter.running)
        if capture is not None and not fitter.running:
            self.editor.show_settings(fitter.settings, len(capture.times), fitter.out)
            again = fitter.resumable
            self.resume.setVisible(again is not None)
            self.resume.setToolTip(f"Go on with {again.name}" if again is not None else "")
        self.outcome.setVisible(run is not None)
        if run is not None:
            self._show_run(run)

    def _show_run(self, run: FitRun) -> None:
        self.outcome.set_title(run.order.name)
        self.progress.setVisible(not run.ended)
        self.stop.setVisible(not run.ended and bool(run.curve))
        self.stop.setEnabled(not run.stopping)
        self.progress.show_progress(_doing(run), None if run.last is None else run.last.fraction)
        self.tiles.setVisible(bool(run.curve) or run.done is not None)
        self.plot.setVisible(len(run.curve) > 1)
        self.tiles.set_tiles(_tiles(run), "")
        self.plot.set_series(_series(run), 60 * (run.order.config.minutes or 0.0))
        self.result.setText(_result(run))
        self.result.setVisible(run.ended)
        self.measure.setVisible(run.done is not None and "review.evaluate" in self._studio.actions)

    def _on_view(self, _view: object) -> None:
        # The camera moves a hundred times a second; whose cameras one moves among does not.
        asset = self._fitter.capture
        if (asset.id if asset is not None else "") != self._capture_id:
            self.refresh()

    def _copy_command(self) -> None:
        from PySide6.QtGui import QGuiApplication

        QGuiApplication.clipboard().setText(self._fitter.command())
        self._studio.notice("info", "Copied the command that fits", self._fitter.command())


def _described(capture: Capture) -> str:
    train, held_out = (len(cameras_of(capture, split)) for split in ("train", "test"))
    cameras = f"{train} camera{'s' if train != 1 else ''}"
    measured = f"and measured on {held_out} held out" if held_out else "with none held out"
    return f"Gaussians on the head are fitted to {cameras} {measured}."


def _doing(run: FitRun) -> str:
    last = run.last
    if run.stopping:
        return "Stopping, keeping the best so far…"
    if last is None or run.stage:
        return f"{run.stage[:1].upper()}{run.stage[1:]}…"
    return f"{_minutes(last.elapsed_secs)} of {_minutes(60 * (run.order.config.minutes or 0))}"


def _minutes(secs: float) -> str:
    return f"{int(secs // 60)}:{int(secs % 60):02d}"


def _tiles(run: FitRun) -> list[Tile]:
    last = run.last
    held_out = last.held_out_psnr if last is not None else None
    count = last.num_gaussians if last is not None else 0
    if run.done is not None:
        held_out, count = run.done.report.psnr, run.done.report.num_gaussians
    ssim = run.done.report.ssim if run.done is not None else None
    tiles = [Tile("held-out", "Held out", "–" if held_out is None else f"{held_out:.2f}", "dB")]
    if last is not None:
        tiles.append(Tile("training", "Training", f"{last.psnr:.2f}", "dB"))
    tiles.append(Tile("gaussians", "Gaussians", f"{count / 1000:.1f}", "k"))
    if ssim is not None:
        tiles.append(Tile("ssim", "SSIM", f"{ssim:.3f}"))
    elif last is not None:
        tiles.append(Tile("speed", "Steps", f"{last.steps_per_sec:.1f}", "/s"))
    return tiles


def _series(run: FitRun) -> list[Series]:
    training = tuple((held.elapsed_secs, held.psnr) for held in run.curve)
    held_out: list[tuple[float, float]] = []
    before: FitProgress | None = None
    for held in run.curve:
        # It is measured now and then; in between the last figure stands.
        if held.held_out_psnr is not None and (
            before is None or held.held_out_psnr != before.held_out_psnr
        ):
            held_out.append((held.elapsed_secs, held.held_out_psnr))
            before = held
    if run.done is not None and run.done.report.psnr is not None:
        held_out.append((run.done.report.elapsed_secs, run.done.report.psnr))
    return [
        Series("training", tokens.TEXT_MUTED, training),
        Series("held out", tokens.ACCENT, tuple(held_out), marked=True),
    ]


def _result(run: FitRun) -> str:
    if run.failed is not None:
        return f"{run.failed.message}. {run.failed.hint}".strip()
    if run.done is None:
        return ""
    report = run.done.report
    how = "Stopped after" if run.done.cancelled else "Fitted in"
    pictures = f", measured on {len(report.scores)} held-out pictures" if report.scores else ""
    notes = "; ".join(report.notes)
    text = f"{how} {_minutes(report.elapsed_secs)} and {report.steps:,} steps{pictures}."
    return f"{text} {notes[:1].upper()}{notes[1:]}." if notes else text
