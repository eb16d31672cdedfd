"""LazyPlot: a plot whose library loads with the first time that it is really seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from mien_studio.theme import tokens

if TYPE_CHECKING:
    import pyqtgraph as pg


class LazyPlot(QWidget):
    """Holds a plot in the theme's colours, without menu or zoom, once it was painted.

    Args:
        furnish: Puts into the new plot, and it into the layout, what stays.
        draw: Draws what changes.
        parent: The widget that it is in.
    """

    def __init__(
        self,
        furnish: Callable[[pg.PlotWidget], None],
        draw: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._plot: pg.PlotWidget | None = None
        self._fill, self._redraw = furnish, draw

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
            self._plot = self._made()
            self._fill(self._plot)
            self._redraw()

    def _made(self) -> pg.PlotWidget:
        import pyqtgraph as pg

        pg.setConfigOptions(antialias=True)
        plot = pg.PlotWidget(background=tokens.VIEWPORT)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        font = self.font()
        font.setPixelSize(tokens.FONT_SIZE_CAPTION)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(pg.mkPen(tokens.HAIRLINE))
            axis.setTextPen(pg.mkPen(tokens.TEXT_MUTED))
            axis.setTickFont(font)
        return plot


def rule(plot: pg.PlotWidget) -> None:
    """Give a plot of curves ticks that point into it, and lines across."""
    for side in ("left", "bottom"):
        plot.getAxis(side).setStyle(tickLength=-4)
    plot.getAxis("left").setWidth(44)
    plot.showGrid(x=False, y=True, alpha=0.12)
