"""Histogram: how a property spreads, with a brush over a range of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mien_studio.theme import tokens

BINS = 96
HEIGHT = 128


class Histogram(QWidget):
    """Bars of a property and a range to drag over them.

    `brushed` gives the ends of the range while it is dragged, between `started` and `finished`.
    The plotting library loads with the first time it is shown.
    """

    started = Signal()
    brushed = Signal(float, float)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = np.zeros(0)
        self._logarithmic = False
        self._plot: Any = None
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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Make the plot, the first time it is really seen.

        Docks that lie behind others are shown for a moment when a window opens, but not painted;
        plotting takes half a second to import, and the first picture must not wait for it.
        """
        super().paintEvent(event)
        if self._plot is None:
            QTimer.singleShot(0, self, self._make_once)

    def _make_once(self) -> None:
        if self._plot is None:
            self._make()
            self._draw()

    def _make(self) -> None:
        import pyqtgraph as pg

        pg.setConfigOptions(antialias=True)
        self._plot = pg.PlotWidget(background=tokens.VIEWPORT)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideAxis("left")
        axis = self._plot.getAxis("bottom")
        axis.setPen(pg.mkPen(tokens.HAIRLINE))
        axis.setTextPen(pg.mkPen(tokens.TEXT_MUTED))
        font = self.font()
        font.setPixelSize(tokens.FONT_SIZE_CAPTION)
        axis.setTickFont(font)
        self._bars = pg.PlotCurveItem(
            [0.0, 1.0], [0.0], stepMode="center", fillLevel=0, brush=tokens.OUTLINE, pen=None
        )
        self._plot.addItem(self._bars)
        fill = pg.mkColor(tokens.ACCENT)
        fill.setAlpha(56)
        self._brush = pg.LinearRegionItem(brush=fill, pen=pg.mkPen(tokens.ACCENT, width=1.5))
        self._brush.sigRegionChanged.connect(self._on_brush)
        self._brush.sigRegionChangeFinished.connect(self._on_finished)
        self._plot.addItem(self._brush)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self._plot)

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
        self._plot.setRange(
            xRange=(low, high), yRange=(0, float(np.sqrt(counts.max()))), padding=0.01
        )
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
