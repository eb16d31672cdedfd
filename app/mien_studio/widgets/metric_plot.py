"""MetricPlot: a metric over the frames of a sequence, of each camera and in the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.lazy_plot import LazyPlot, rule

if TYPE_CHECKING:
    import pyqtgraph as pg

HEIGHT = 168
_REACH = 24.0
"""How near, in pixels, the pointer must be to a camera's curve to mean it."""


@dataclass(frozen=True, eq=False)
class MetricCurve:
    """A metric over frames.

    Args:
        name: The camera's; empty for the mean over cameras.
        values: One for each frame [T]; NaN where there is none.
    """

    name: str
    values: NDArray[np.float64]


class MetricPlot(LazyPlot):
    """Read values off under the pointer; a click goes there.

    `picked` gives a place in the frames shown and the camera whose curve was meant, empty for the
    mean.
    """

    picked = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self._furnish, self._draw, parent)
        self._frames: NDArray[np.int64] = np.zeros(0, np.int64)
        self._names: tuple[str, ...] = ()
        self._curves: tuple[MetricCurve, ...] = ()
        self._digits = 2
        self._unit = ""
        self._frame = 0.0
        self._chosen = ""
        self._lines: list[Any] = []
        self._readout = QLabel(self)
        self._readout.setProperty("role", "note")
        self._readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Metric over frames")

    def sizeHint(self) -> QSize:
        """Return the height at which a curve can be read."""
        return QSize(240, HEIGHT)

    def set_curves(
        self,
        frames: Sequence[int],
        names: Sequence[str],
        curves: Sequence[MetricCurve],
        *,
        digits: int,
        unit: str,
    ) -> None:
        """Show other curves.

        Args:
            frames: Indices of the frames they have values of [T].
            names: What people call these [T].
            curves: The mean's last, to lie on top.
            digits: Behind the point.
            unit: Such as dB.
        """
        self._frames, self._names = np.asarray(frames, np.int64), tuple(names)
        self._curves, self._digits, self._unit = tuple(curves), digits, unit
        self._draw()

    def set_frame(self, frame: float) -> None:
        """Put the line of the present somewhere else."""
        self._frame = frame
        if self._plot is not None:
            self._now.setPos(frame)

    def set_chosen(self, name: str) -> None:
        """Draw the curve of a camera stronger than the others'."""
        if name != self._chosen:
            self._chosen = name
            self._draw()

    @property
    def curves(self) -> tuple[MetricCurve, ...]:
        """The curves shown."""
        return self._curves

    def reading(self, x: float, y: float, reach: float) -> tuple[int, str] | None:
        """Return the place in the frames and the curve nearest to a point of the plot.

        Args:
            x: Frame.
            y: Value.
            reach: How far a camera's curve may be from it, in values; beyond, the mean is meant.
        """
        if not len(self._frames) or not self._curves:
            return None
        place = int(np.abs(self._frames - x).argmin())
        cameras = [curve for curve in self._curves if curve.name]
        away = [abs(curve.values[place] - y) for curve in cameras]
        known = [value for value in away if np.isfinite(value)]
        mean = next((curve for curve in self._curves if not curve.name), None)
        to_mean = abs(mean.values[place] - y) if mean is not None else np.inf
        if known and min(known) < min(reach, to_mean):
            return place, cameras[away.index(min(known))].name
        return place, ""

    # Making it

    def _furnish(self, plot: pg.PlotWidget) -> None:
        import pyqtgraph as pg

        rule(plot)
        self._now = pg.InfiniteLine(self._frame, pen=pg.mkPen(tokens.TEXT, width=1))
        self._dot = pg.ScatterPlotItem(size=7, brush=tokens.ACCENT, pen=pg.mkPen(tokens.WINDOW))
        for item in (self._now, self._dot):
            item.setZValue(10)
            plot.addItem(item)
        scene: Any = plot.scene()
        scene.sigMouseMoved.connect(self._on_moved)
        scene.sigMouseClicked.connect(self._on_clicked)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(plot)
        self._readout.raise_()

    def _draw(self) -> None:
        if self._plot is None:
            return
        import pyqtgraph as pg

        for line in self._lines:
            self._plot.removeItem(line)
        self._lines = []
        many = len(self._curves) > 2
        for curve in self._curves:
            color = pg.mkColor(tokens.TEXT_MUTED if curve.name else tokens.ACCENT)
            loud = not curve.name or curve.name == self._chosen
            if curve.name == self._chosen and curve.name:
                color = pg.mkColor(tokens.GREEN)
            if not loud:
                color.setAlpha(110 if many else 160)
            pen = pg.mkPen(color, width=1.6 if loud else 1.0)
            # A frame alone between missing ones is a point: a line would not show it.
            single = len(self._frames) == 1
            line = pg.PlotDataItem(
                self._frames,
                curve.values,
                pen=pen,
                connect="finite",
                symbol="o" if single else None,
                symbolSize=6,
                symbolBrush=color,
                symbolPen=None,
            )
            line.setZValue(2 if loud else 1)
            self._plot.addItem(line)
            self._lines.append(line)
        self._fit()
        self._dot.setData([], [])
        self._say(None)

    def _fit(self) -> None:
        assert self._plot is not None
        values = np.concatenate([curve.values for curve in self._curves] or [np.zeros(0)])
        values = values[np.isfinite(values)]
        if not len(values) or not len(self._frames):
            return
        low, high = float(values.min()), float(values.max())
        room = max(high - low, 10.0**-self._digits)
        first, last = float(self._frames[0]), float(self._frames[-1])
        edge = max(0.01 * (last - first), 0.5)
        # Above there is the line that is read off.
        across, up = (first - edge, last + edge), (low - 0.06 * room, high + 0.22 * room)
        view: Any = self._plot.getViewBox()
        view.setRange(xRange=across, yRange=up, padding=0)

    # Reading it

    def _point(self, at: QPointF) -> tuple[int, str] | None:
        assert self._plot is not None
        box = self._plot.getViewBox()
        if not box.sceneBoundingRect().contains(at):
            return None
        point = box.mapSceneToView(at)
        _, per_pixel = box.viewPixelSize()
        return self.reading(point.x(), point.y(), _REACH * per_pixel)

    def _on_moved(self, at: QPointF) -> None:
        self._say(self._point(at))

    def _on_clicked(self, event: Any) -> None:
        found = self._point(event.scenePos())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(*found)

    def _say(self, found: tuple[int, str] | None) -> None:
        text = ""
        if found is not None:
            place, name = found
            value = next(c.values[place] for c in self._curves if c.name == name)
            shown = f"{value:.{self._digits}f} {self._unit}".strip()
            shown = shown if np.isfinite(value) else "missing"
            text = f"{name or 'mean'}  ·  frame {self._names[place]}  ·  {shown}"
            there = np.isfinite(value)
            self._dot.setData([float(self._frames[place])] if there else [],
                              [value] if there else [])  # fmt: skip
        elif self._plot is not None:
            self._dot.setData([], [])
        self._readout.setText(text)
        self._readout.adjustSize()
        self._readout.move(self.width() - self._readout.width() - tokens.SPACE_S, 2)

    def leaveEvent(self, event: Any) -> None:
        """Say nothing any more."""
        self._say(None)
        super().leaveEvent(event)
