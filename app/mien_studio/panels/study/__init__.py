"""Study: how a network grows with people, views and latents, from the folder of a study."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mien_studio.bridge.studio import Studio
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button, push_button
from mien_studio.widgets.run_plot import RunCurve, RunPlot
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section

NOTHING = "Choose the folder of a study, what --out named: its curves are drawn as they come."
_CHART_WIDTH = 300
_COLORS = (tokens.ACCENT, *tokens.CURVES)


@panel
class StudyPanel(QWidget):
    """Draw the curves of `mien study scaling` while it goes on."""

    name: ClassVar[str] = "study"
    title: ClassVar[str] = "Study"
    area: ClassVar[Area] = "bottom"
    order: ClassVar[int] = 10

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._watcher = studio.study_watcher
        self.charts: dict[str, RunPlot] = {}
        self._sections: list[Section] = []
        self._across = 0
        self._head = Section("Study")
        self._head.content.setSpacing(tokens.SPACE_S)
        self._other = link_button("other", self.choose, tip="Watch another folder")
        self._head.add_action(self._other)
        self.told = QLabel(wordWrap=True)
        self.told.setProperty("role", "note")
        self.begin = push_button("Choose a folder…", self.choose, primary=True)
        self.again = push_button("", self._watch_recent)
        for widget in (self.told, self.begin, self.again):
            self._head.add(widget)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(tokens.SPACE_L)
        column = ScrollColumn()
        column.add(self._head)
        column.add(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self._watcher.changed.connect(self.refresh)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Follow it while it is seen."""
        super().showEvent(event)
        self._watcher.set_looking(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while it is not."""
        super().hideEvent(event)
        self._watcher.set_looking(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many charts side by side as there is room for."""
        super().resizeEvent(event)
        self._lay_out()

    def refresh(self) -> None:
        """Show what the folder says now."""
        study, folder, error = self._watcher.study, self._watcher.folder, self._watcher.error
        self._head.set_title("Study" if folder is None else folder.name)
        self._head.setToolTip("" if folder is None else str(folder))
        self._other.setVisible(folder is not None)
        recent = self._watcher.recent
        self.begin.setVisible(folder is None)
        self.again.setVisible(folder is None and recent is not None)
        self.again.setText("" if recent is None else f"Go on watching {recent.name}")
        if error is not None:
            self.told.setText(f"{error.message}. {error.hint}".strip())
        else:
            self.told.setText(NOTHING if study is None else study.caption)
        self._show_charts()

    def _show_charts(self) -> None:
        study = self._watcher.study
        charts = () if study is None else study.charts
        if [chart.title for chart in charts] != list(self.charts):
            self._make_charts([(c.title, c.note, c.y_title, c.x_title, c.log_x) for c in charts])
        for chart in charts:
            curves = [
                RunCurve(
                    curve.name,
                    _COLORS[index % len(_COLORS)],
                    np.array(curve.xs, np.float64),
                    np.array(curve.ys, np.float64),
                    marked=True,
                    errors=np.array(curve.errors, np.float64) if curve.errors else None,
                )
                for index, curve in enumerate(chart.curves)
            ]
            plot = self.charts[chart.title]
            plot.set_ticks({x: chart.x_labels.get(x, f"{x:g}") for c in chart.curves for x in c.xs})
            plot.set_curves(curves)

    def _make_charts(self, wanted: list[tuple[str, str, str, str, bool]]) -> None:
        for section in self._sections:
            self._grid.removeWidget(section)
            section.setParent(None)
            section.deleteLater()
        self._sections, self.charts, self._across = [], {}, 0
        for title, note, unit, across, log_x in wanted:
            section = Section(title)
            section.setToolTip(note)
            # All as wide as each other, whatever is written above them.
            section.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            what = across.partition(",")[0]
            plot = self.charts[title] = RunPlot(unit, across=what, logarithmic_across=log_x)
            plot.setAccessibleName(f"{title}: {note}")
            section.add(plot)
            told = QLabel(f"{unit} by {what}" if unit else what)
            told.setProperty("role", "note")
            told.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            section.add(told)
            self._sections.append(section)
        self._lay_out()

    def _lay_out(self) -> None:
        across = max(min(self.width() // _CHART_WIDTH, len(self._sections)), 1)
        if across == self._across:
            return
        for column in range(max(across, self._across)):
            self._grid.setColumnStretch(column, 1 if column < across else 0)
        self._across = across
        for index, section in enumerate(self._sections):
            self._grid.addWidget(section, index // across, index % across)

    def choose(self) -> None:
        """Ask for a folder and watch it."""
        start = self._watcher.folder or self._watcher.recent or Path.home()
        chosen = QFileDialog.getExistingDirectory(self, "Watch a study", str(start))
        if chosen:
            self._watcher.watch(Path(chosen))

    def _watch_recent(self) -> None:
        recent = self._watcher.recent
        if recent is not None:
            self._watcher.watch(recent)
