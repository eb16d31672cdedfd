"""Histogram: how a property spreads, with a brush over a range of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lazy_plot import LazyPlot

if TYPE_CHECKING:
    import pyqtgraph as pg

BINS = 96
HEIGHT = 128


class Histogram(LazyPlot):
    """Bars of a property and a range to drag over them.

    `brushed` gives the ends of the range while it is dragged, between `started` and `finished`.
    """

    started = Signal()
    brushed = Signal(float, float)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self._furnish, self._draw, parent)
        self._values = np.zeros(0)
        self._logarithmic = False
        self._brush: Any = None
        self._bars: Any = None
        self._setting = self._in_gesture = False
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Histogram")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    @property
    def brush(self) -> Any:
        """The range that can be dragged, or None before it was shown."""
        return self._brush

    def set_values(self, values: NDArray[np.float64], *, logarithmic: bool) -> None:
        """Show how values [N] spread, on a logarithmic axis where they span orders of size."""
        self._values, self._logarithmic = values, logarithmic
        self._draw()

    def _furnish(self, plot: pg.PlotWidget) -> None:
        import pyqtgraph as pg

        plot.hideAxis("left")
        self._bars = pg.PlotCurveItem(
            [0.0, 1.0], [0.0], stepMode="center", fillLevel=0, brush=tokens.OUTLINE, pen=None
        )
        plot.addItem(self._bars)
        fill = pg.mkColor(tokens.ACCENT)
        fill.setAlpha(56)
        self._brush = pg.LinearRegionItem(brush=fill, pen=pg.mkPen(tokens.ACCENT, width=1.5))
        self._brush.sigRegionChanged.connect(self._on_brush)
        self._brush.sigRegionChangeFinished.connect(self._on_finished)
        plot.addItem(self._brush)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(plot)

    def _draw(self) -> None:
        if self._plot is None or not len(self._values):
            return
        values = self._values
        if self._logarithmic:
            values = np.log10(np.maximum(values, 1e-9))
        low, high = float(values.min()), float(values.max())
        high = high if high > low else low + 1e-6
        counts, edges = np.histogram(values, BINS, (low, high))
        # Square roots, so that the few at the tails can be seen beside the many.
        self._bars.setData(edges, np.sqrt(counts))
        self._plot.setLogMode(False, False)
        self._plot.getAxis("bottom").setLogMode(self._logarithmic)
        view: Any = self._plot.getViewBox()
        view.setRange(xRange=(low, high), yRange=(0, float(np.sqrt(counts.max()))), padding=0.01)
        self._setting = True
        self._brush.setBounds((low, high))
        self._brush.setRegion((high - 0.002 * (high - low), high))
        self._setting = False

    def _on_brush(self) -> None:
        if self._setting:
            return
        if not self._in_gesture:
            self._in_gesture = True
            self.started.emit()
        low, high = (float(end) for end in self._brush.getRegion())
        if self._logarithmic:
            low, high = 10**low, 10**high
        self.brushed.emit(low, high)

    def _on_finished(self) -> None:
        if self._in_gesture:
            self._in_gesture = False
            self.finished.emit()
