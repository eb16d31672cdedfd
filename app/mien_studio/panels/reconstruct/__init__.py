"""Reconstruct: a head of a capture's person in one pass of a network, held against its cameras."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mien_studio.bridge.actions import Action
from mien_studio.bridge.reconstructor import Reconstructing
from mien_studio.bridge.studio import Studio
from mien_studio.panels.reconstruct.asking import AskingEditor
from mien_studio.panels.reconstruct.warnings import WarningList
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, push_button
from mien_studio.widgets.labelled_row import LABEL_WIDTH
from mien_studio.widgets.metric_tiles import MetricTiles, Tile
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.progress_row import ProgressRow
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section
from mien_studio.widgets.slider_row import SliderRow

NO_CAPTURE = "Drop a capture on the window: a few of its photographs become a head in one pass."
NO_NETWORK = (
    "This takes a trained HeadsUp network, and this copy of Mien brings none: choose one, such as "
    "RUN/best.safetensors."
)
_STEPS = NumberKind(lower=10, upper=300, default=60, decimals=0, step=10)


@panel
class ReconstructPanel(QWidget):
    """Choose the views, press, look; then refine what one pass has given."""

    name: ClassVar[str] = "reconstruct"
    title: ClassVar[str] = "Reconstruct"
    area: ClassVar[Area] = "left"
    order: ClassVar[int] = 5

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._reconstructor = studio.reconstructor
        self._capture_id = ""
        column = ScrollColumn()
        column.add(self._make_head())
        column.add(self._make_outcome())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self._add_actions()
        self._reconstructor.changed.connect(self.refresh)
        studio.document_changed.connect(self.refresh)
        studio.asset_changed.connect(self.refresh)
        studio.view_changed.connect(self._on_view)
        self.refresh()

    # Making

    def _make_head(self) -> Section:
        self._head = Section("Head of a capture")
        self._head.content.setSpacing(tokens.SPACE_S)
        self._copy = icon_button(
            "terminal", "Copy the command that reconstructs", self._copy_command
        )
        self._head.add_action(self._copy)
        self.told = QLabel(wordWrap=True)
        self.told.setProperty("role", "note")
        self.editor = AskingEditor(self._reconstructor)
        self.begin = push_button("Reconstruct", self._reconstructor.begin, primary=True)
        for widget in (self.told, self.editor, self.begin):
            self._head.add(widget)
        return self._head

    def _make_outcome(self) -> Section:
        self.outcome = Section("Result")
        self.outcome.content.setSpacing(tokens.SPACE_S)
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self._reconstructor.stop)
        self.tiles = MetricTiles()
        # Figures to read, not to choose from.
        self.tiles.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.tiles.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.notes = QLabel(wordWrap=True)
        self.notes.setProperty("role", "note")
        self.warnings = WarningList()
        self.warnings.camera_wanted.connect(self._stand_in)
        self.steps = SliderRow("Steps", _STEPS)
        self.steps.set_label_width(LABEL_WIDTH)
        self.steps.setToolTip("Of the refinement; each looks at one view")
        self.steps.changed.connect(lambda steps: self._reconstructor.set_steps(round(steps)))
        self.refine = push_button("Refine", self._reconstructor.refine)
        self.refine.setToolTip("Optimise the latent to the views that went in")
        self.measure = push_button(
            "Measure", lambda: self._studio.actions.trigger("review.evaluate")
        )
        self._after = QWidget()
        row = QHBoxLayout(self._after)
        row.setContentsMargins(0, tokens.SPACE_XS, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self.refine, 1)
        row.addWidget(self.measure)
        for widget in (
            self.progress, self.tiles, self.warnings, self.notes, self.steps, self._after,
        ):  # fmt: skip
            self.outcome.add(widget)
        return self.outcome

    def _add_actions(self) -> None:
        add, held, menu = self._studio.actions.add, self._reconstructor, "View/Capture"
        add(Action("reconstruct.begin", "Reconstruct the Head", held.begin, "Ctrl+R", menu,
                   group=4, enabled=lambda: held.can_reconstruct, icon="avatar"))  # fmt: skip
        add(Action("reconstruct.refine", "Refine the Reconstruction", held.refine, "", menu,
                   group=4, enabled=lambda: held.can_refine))  # fmt: skip
        add(Action("reconstruct.stop", "Stop Refining", held.stop, "", menu, group=4,
                   enabled=lambda: held.run is not None and held.run.refining is not None,
                   icon="stop"))  # fmt: skip
        add(Action("reconstruct.cameras", "Choose Cameras on the Rig",
                   lambda: held.set_choosing(not held.choosing), "", menu, group=4,
                   enabled=lambda: held.capture is not None, checkable=True,
                   checked=lambda: held.choosing))  # fmt: skip

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        """Load the network while the user still looks."""
        super().showEvent(event)
        self._reconstructor.warm()

    def refresh(self, _what: object = None) -> None:
        """Show what would go in, what came of it, and what is wrong with it."""
        held = self._reconstructor
        asset, capture, run = held.capture, held.opened, held.run
        new = asset is not None and asset.id != self._capture_id
        self._capture_id = asset.id if asset is not None else ""
        self._head.set_title(f"Head of {asset.name}" if asset is not None else "Head of a capture")
        text = NO_CAPTURE if capture is None else NO_NETWORK if held.network is None else ""
        self.told.setText(text)
        self.told.setVisible(bool(text))
        for widget in (self.editor, self.begin):
            widget.setVisible(capture is not None)
        self._copy.setVisible(capture is not None and held.network is not None)
        if capture is not None:
            self.editor.refresh(capture.cameras)
            self.begin.setEnabled(held.can_reconstruct)
        if new and self.isVisible():
            held.warm()
        self.outcome.setVisible(run is not None)
        if run is not None:
            self._show_run(run)

    def _show_run(self, run: Reconstructing) -> None:
        account = run.account
        self.outcome.set_title(run.order.out.stem)
        self.progress.setVisible(run.busy)
        self.progress.show_progress(_doing(run), _fraction(run))
        self.tiles.setVisible(account is not None)
        self.tiles.set_tiles(_tiles(run), "")
        self.warnings.show_warnings(() if account is None else account.warnings)
        notes = _notes(run)
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self.steps.setVisible(account is not None)
        self.steps.set_number(self._reconstructor.steps)
        self._after.setVisible(account is not None)
        self.refine.setEnabled(self._reconstructor.can_refine)
        self.measure.setVisible("review.evaluate" in self._studio.actions)

    def _on_view(self, _view: object) -> None:
        # The camera moves a hundred times a second; whose cameras one moves among does not.
        asset = self._reconstructor.capture
        if (asset.id if asset is not None else "") != self._capture_id:
            self.refresh()

    def _copy_command(self) -> None:
        from PySide6.QtGui import QGuiApplication

        command = self._reconstructor.command()
        QGuiApplication.clipboard().setText(command)
        self._studio.notice("info", "Copied the command that reconstructs", command)

    def _stand_in(self, camera: str) -> None:
        self._studio.update_view(station_camera=camera, standing=True)


def _doing(run: Reconstructing) -> str:
    if run.stopping:
        return "Stopping, keeping the best so far…"
    if run.refining is not None:
        at = run.refining
        return f"Refining: {at.psnr:.1f} dB" if at.step else "Refining…"
    return f"{run.stage[:1].upper()}{run.stage[1:]}…"


def _fraction(run: Reconstructing) -> float | None:
    return None if run.refining is None else run.refining.step / max(run.refining.steps, 1)


def _tiles(run: Reconstructing) -> list[Tile]:
    if run.account is None:
        return []
    measured, before = run.measured, run.before
    unused = "–" if measured is None or measured.psnr is None else f"{measured.psnr:.2f}"
    tiles = [Tile("unused", "Unused", unused, "dB")]
    if before is not None and before.psnr is not None and run.account.steps:
        tiles.append(Tile("one-pass", "One pass", f"{before.psnr:.2f}", "dB"))
    else:
        tiles.append(Tile("secs", "Time", f"{run.account.secs:.2f}", "s"))
    return tiles


def _notes(run: Reconstructing) -> str:
    if run.failed is not None:
        return f"{run.failed.message}. {run.failed.hint}".strip()
    if run.account is None:
        return ""
    text = "; ".join(run.account.notes)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
