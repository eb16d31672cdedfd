"""RunPlot: figures of a training over its steps, read off under the pointer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lazy_plot import LazyPlot, rule

if TYPE_CHECKING:
    import pyqtgraph as pg

HEIGHT = 176


@dataclass(frozen=True, eq=False)
class RunCurve:
    """One figure.

    Args:
        name: What it is.
        color: One of the theme's.
        steps: Where it was taken [S].
        values: What it was [S].
        marked: Whether each value gets a dot, where there are few.
        dashed: Whether it is only there to be compared with.
        errors: Standard errors of the values [S], drawn as whiskers; NaN and None for none.
    """

    name: str
    color: str
    steps: NDArray[np.float64]
    values: NDArray[np.float64]
    marked: bool = False
    dashed: bool = False
    errors: NDArray[np.float64] | None = None


class RunPlot(LazyPlot):
    """Draw a few figures over steps, or over something else.

    Args:
        unit: Behind numbers that are read off.
        logarithmic: Whether values are drawn by their logarithm, as losses are.
        across: What they are drawn over.
        logarithmic_across: Whether equal factors of that are equally far apart.
    """

    def __init__(
        self,
        unit: str,
        *,
        logarithmic: bool = False,
        across: str = "step",
        logarithmic_across: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self._furnish, self._draw, parent)
        self._unit, self._logarithmic = unit, logarithmic
        self._across, self._logarithmic_across = across, logarithmic_across
        self._ticks: Mapping[float, str] = {}
        self._curves: tuple[RunCurve, ...] = ()
        self._items: list[Any] = []
        self._legend = QLabel()
        self._readout = QLabel()
        for label in (self._legend, self._readout):
            label.setProperty("role", "note")
        self._legend.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(self._legend, 1)
        head.addWidget(self._readout)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.SPACE_XS)
        self._column.addLayout(head)
        self._column.addStretch(1)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the height at which a curve can be read."""
        return QSize(240, HEIGHT)

    @property
    def curves(self) -> tuple[RunCurve, ...]:
        """What is drawn."""
        return self._curves

    def set_curves(self, curves: Sequence[RunCurve]) -> None:
        """Draw other figures; the last lies on top. Those without values are left out."""
        self._curves = tuple(held for held in curves if len(held.steps))
        named = [held for held in self._curves if held.name]
        dots = [f'<span style="color:{held.color}">●</span> {held.name}' for held in named]
        self._legend.setText("&nbsp;&nbsp; ".join(dots))
        self._draw()

    def set_ticks(self, ticks: Mapping[float, str]) -> None:
        """Name places below instead of round numbers."""
        self._ticks = dict(ticks)
        self._draw()

    def readings(self, step: float) -> list[str]:
        """Return what each figure was at a step, the newest value not after it."""
        told: list[str] = []
        for held in self._curves:
            index = int(np.searchsorted(held.steps, step, "right")) - 1
            if index >= 0:
                told.append(f"{held.name} {held.values[index]:.4g}")
        return told

    # Making it

    def _furnish(self, plot: pg.PlotWidget) -> None:
        import pyqtgraph as pg

        rule(plot)
        plot.setLogMode(x=self._logarithmic_across, y=self._logarithmic)
        if self._logarithmic_across:
            # Names of places are wider than numbers of steps, and need room beside the last.
            plot.getViewBox().setDefaultPadding(0.12)
        self._line = pg.InfiniteLine(0, pen=pg.mkPen(tokens.TEXT_MUTED, width=1))
        self._line.setVisible(False)
        plot.getViewBox().addItem(self._line, ignoreBounds=True)
        scene: Any = plot.scene()
        scene.sigMouseMoved.connect(self._on_moved)
        self._column.takeAt(self._column.count() - 1)
        self._column.addWidget(plot, 1)

    def _draw(self) -> None:
        if self._plot is None:
            return
        import pyqtgraph as pg

        for item in self._items:
            self._plot.removeItem(item)
        self._items = []
        if self._ticks:
            places = [(self._place(at), name) for at, name in sorted(self._ticks.items())]
            self._plot.getAxis("bottom").setTicks([places])
        for held in self._curves:
            style = Qt.PenStyle.DashLine if held.dashed else Qt.PenStyle.SolidLine
            # What has come to nothing has no logarithm.
            drawn = held.values > 0 if self._logarithmic else np.ones(len(held.values), bool)
            item = pg.PlotDataItem(
                held.steps[drawn],
                held.values[drawn],
                pen=pg.mkPen(held.color, width=1.6 if held.marked else 1.2, style=style),
                symbol="o" if held.marked or len(held.steps) == 1 else None,
                symbolSize=5,
                symbolBrush=held.color,
                symbolPen=None,
            )
            self._plot.addItem(item)
            self._items.append(item)
            if held.errors is not None and np.isfinite(held.errors).any():
                self._draw_errors(held, held.errors)

    def _draw_errors(self, held: RunCurve, errors: NDArray[np.float64]) -> None:
        import pyqtgraph as pg

        assert self._plot is not None
        known = np.isfinite(errors)
        item = pg.ErrorBarItem(
            x=np.array([self._place(step) for step in held.steps[known]]),
            y=held.values[known],
            height=2 * errors[known],
            pen=pg.mkPen(held.color, width=1),
        )
        self._plot.addItem(item)
        self._items.append(item)

    def _place(self, step: float) -> float:
        return math.log10(step) if self._logarithmic_across else step

    # Reading it

    def _on_moved(self, at: QPointF) -> None:
        assert self._plot is not None
        box = self._plot.getViewBox()
        inside = bool(self._curves) and box.sceneBoundingRect().contains(at)
        self._line.setVisible(inside)
        if not inside:
            self._readout.setText("")
            return
        place = float(box.mapSceneToView(at).x())
        self._line.setPos(place)
        step = 10**place if self._logarithmic_across else max(place, 0)
        words = "  ".join(told.rsplit(" ", 1)[1] for told in self.readings(step))
        self._readout.setText(f"{self._across} {step:.0f}  ·  {words} {self._unit}".strip())

    def leaveEvent(self, event: QEvent) -> None:
        """Say nothing any more."""
        self._readout.setText("")
        if self._plot is not None:
            self._line.setVisible(False)
        super().leaveEvent(event)
