"""Study: how a network grows with people, views and latents, from the folder of a study."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mien_studio.bridge.studio import Studio
from mien_studio.panels.folder_panel import FolderPanel
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.run_plot import RunCurve, RunPlot
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section

NOTHING = "Choose the folder of a study, what --out named: its curves are drawn as they come."
_CHART_WIDTH = 300
_COLORS = (tokens.ACCENT, *tokens.CURVES)


@panel
class StudyPanel(FolderPanel):
    """Draw the curves of `mien study scaling` while it goes on."""

    name: ClassVar[str] = "study"
    title: ClassVar[str] = "Study"
    area: ClassVar[Area] = "bottom"
    order: ClassVar[int] = 10

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio.study_watcher, "study", NOTHING, parent=parent)
        self._watcher = studio.study_watcher
        self.charts: dict[str, RunPlot] = {}
        self._sections: list[Section] = []
        self._across = 0
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many charts side by side as there is room for."""
        super().resizeEvent(event)
        self._lay_out()

    def refresh(self) -> None:
        """Show what the folder says now."""
        study = self._watcher.study
        self._show_folder(None if study is None else study.caption)
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
