"""Curves on a page, as a picture: small panels, direct labels, no more ink than they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mien.evaluation.report.plots import Axis
from mien.image import Image8

if TYPE_CHECKING:
    from PIL import ImageFont
    from PIL.ImageDraw import ImageDraw

Color = tuple[int, int, int]
Point = tuple[float, float]

PAPER: Color = (250, 250, 249)
INK: Color = (32, 33, 36)
FAINT: Color = (118, 120, 125)
GRID: Color = (226, 226, 224)
COLORS: tuple[Color, ...] = (
    (0, 98, 168),
    (211, 84, 0),
    (0, 137, 102),
    (150, 82, 160),
    (120, 120, 120),
)
"""Of lines, told apart by colour-blind eyes and in grey (after Okabe and Ito 2008)."""

_PANEL = (680, 420)
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 36, 78, 62
_LABEL_GAP = 22
_DENSITY = 2
"""Drawn so many times as large and then reduced, for smooth lines."""
_LETTERS = 17


@dataclass(frozen=True)
class Curve:
    """A line through measured points.

    Args:
        name: At its end; empty where the panel has but one.
        xs: Where it was measured [P], increasing.
        ys: What was found [P]; NaN where nothing was.
        errors: Standard errors of those [P], drawn as whiskers; empty for none.
    """

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    errors: tuple[float, ...] = ()


@dataclass(frozen=True)
class Panel:
    """A small chart.

    Args:
        title: What it shows.
        x_title: Of the axis below.
        y_title: Of the axis beside, above it.
        curves: Lines.
        note: A line under the title.
        log_x: Whether equal factors are equally far apart; ticks are then at the points.
        from_zero: Whether the axis beside begins at zero.
        x_labels: What stands below instead of numbers, by the number.
    """

    title: str
    x_title: str
    y_title: str
    curves: tuple[Curve, ...]
    note: str = ""
    log_x: bool = False
    from_zero: bool = False
    x_labels: dict[float, str] = field(default_factory=dict)


def draw_panels(panels: Sequence[Panel], *, columns: int = 2, caption: str = "") -> Image8:
    """Return a page [H, W, 3], sRGB bytes, of charts side by side.

    Args:
        panels: Row by row.
        columns: Panels in a row; fewer where there are fewer panels.
        caption: A line at the foot.
    """
    from PIL import Image, ImageDraw

    across = max(min(columns, len(panels)), 1)
    rows = -(-len(panels) // across)
    foot = 44 if caption else 12
    width, height = across * _PANEL[0], rows * _PANEL[1] + foot
    page = Image.new("RGB", (width * _DENSITY, height * _DENSITY), PAPER)
    drawing = ImageDraw.Draw(page)
    for number, panel in enumerate(panels):
        corner = (number % across) * _PANEL[0], (number // across) * _PANEL[1]
        _PanelDrawing(drawing, panel, corner).draw()
    if caption:
        place = _LEFT * _DENSITY, (rows * _PANEL[1] + 8) * _DENSITY
        drawing.text(place, caption, FAINT, font=_font(_LETTERS - 2))
    return np.asarray(page.resize((width, height), Image.Resampling.BOX))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size * _DENSITY)


class _PanelDrawing:
    def __init__(self, drawing: ImageDraw, panel: Panel, corner: tuple[int, int]) -> None:
        self._drawing = drawing
        self._panel = panel
        self._left, self._top = corner[0] + _LEFT, corner[1] + _TOP
        self._wide = _PANEL[0] - _LEFT - _RIGHT - _room(panel)
        self._tall = _PANEL[1] - _TOP - _BOTTOM
        self._corner = corner
        points = _all(panel, lambda curve: curve.xs)
        values = _spread_values(panel)
        self._beside = Axis.over(np.append(values, 0.0) if panel.from_zero else values, ticks=5)
        self._x_ticks = sorted(set(points)) if panel.log_x or panel.x_labels else None
        scaled = np.array([self._scaled(x) for x in points] or [0.0, 1.0])
        margin = 0.03 * max(float(np.ptp(scaled)), 1e-9)
        self._ends = float(scaled.min()) - margin, float(scaled.max()) + margin

    def draw(self) -> None:
        """Draw titles, axes and curves."""
        panel, (left, top) = self._panel, self._corner
        self._text((left + _LEFT, top + 16), panel.title, INK, _LETTERS + 3)
        if panel.note:
            self._text((left + _LEFT, top + 44), panel.note, FAINT, _LETTERS - 3)
        self._draw_axes()
        ends: list[tuple[float, str, Color]] = []
        for number, curve in enumerate(panel.curves):
            color = COLORS[number % len(COLORS)]
            height = self._draw_curve(curve, color)
            if height is not None and curve.name:
                ends.append((height, curve.name, color))
        self._draw_names(ends)

    def _draw_axes(self) -> None:
        for tick in self._beside.ticks:
            y = self._y(tick)
            self._line([(self._left, y), (self._left + self._wide, y)], GRID, 1)
            self._text((self._left - 10, y), self._beside_label(tick), FAINT, _LETTERS - 3, "rm")
        foot = self._top + self._tall
        for value, label in self._below():
            self._line([(self._x(value), foot), (self._x(value), foot + 5)], FAINT, 1)
            self._text((self._x(value), foot + 10), label, FAINT, _LETTERS - 3, "ma")
        middle = self._left + self._wide / 2
        self._text((middle, foot + 34), self._panel.x_title, FAINT, _LETTERS - 2, "ma")
        self._text((self._left - 10, self._top - 12), self._panel.y_title, FAINT, _LETTERS - 3, "rb"
                   if len(self._panel.y_title) < 6 else "lb")  # fmt: skip

    def _draw_curve(self, curve: Curve, color: Color) -> float | None:
        """Draw a curve; return the height of its end."""
        places = [
            (self._x(x), self._y(y), index)
            for index, (x, y) in enumerate(zip(curve.xs, curve.ys, strict=True))
            if math.isfinite(y)
        ]
        if not places:
            return None
        self._line([(x, y) for x, y, _ in places], color, 2.5)
        for x, y, index in places:
            if curve.errors and math.isfinite(curve.errors[index]):
                error, value = curve.errors[index], curve.ys[index]
                self._line([(x, self._y(value - error)), (x, self._y(value + error))], color, 1.5)
            self._dot((x, y), 4.5, color)
        return places[-1][1]

    def _draw_names(self, ends: list[tuple[float, str, Color]]) -> None:
        """Write names beside the ends of lines, from the top, none over another."""
        lowest = -math.inf
        for height, name, color in sorted(ends):
            lowest = max(height, lowest + _LABEL_GAP)
            place = self._left + self._wide + 12, lowest
            self._text(place, name, color, _LETTERS - 2, "lm")

    def _below(self) -> list[tuple[float, str]]:
        if self._x_ticks is None:
            points = np.array(_all(self._panel, lambda curve: curve.xs))
            axis = Axis.over(points, ticks=6)
            low, high = self._ends
            return [(tick, axis.label(tick)) for tick in axis.ticks if low <= tick <= high]
        labels = self._panel.x_labels
        return [(x, labels.get(x, f"{x:,.10g}")) for x in self._x_ticks]

    def _beside_label(self, tick: float) -> str:
        label = self._beside.label(tick)
        return f"{float(label):,.0f}" if abs(tick) >= 10_000 else label

    def _scaled(self, x: float) -> float:
        return math.log2(x) if self._panel.log_x else x

    def _x(self, value: float) -> float:
        low, high = self._ends
        return self._left + self._wide * (self._scaled(value) - low) / (high - low)

    def _y(self, value: float) -> float:
        return self._top + self._tall * (1 - float(self._beside.share(value)))

    def _line(self, places: Sequence[Point], color: Color, width: float) -> None:
        scaled = [(x * _DENSITY, y * _DENSITY) for x, y in places]
        self._drawing.line(scaled, color, max(1, round(width * _DENSITY)), joint="curve")

    def _dot(self, place: Point, radius: float, color: Color) -> None:
        x, y = place
        for size, fill in ((radius + 1.5, PAPER), (radius, color)):
            box = [(x - size) * _DENSITY, (y - size) * _DENSITY]
            self._drawing.ellipse((*box, (x + size) * _DENSITY, (y + size) * _DENSITY), fill=fill)

    def _text(self, place: Point, text: str, color: Color, size: int, anchor: str = "la") -> None:
        at = place[0] * _DENSITY, place[1] * _DENSITY
        self._drawing.text(at, text, color, font=_font(size), anchor=anchor)


def _room(panel: Panel) -> int:
    """Return the pixels that names need beside the lines' ends."""
    longest = max((len(curve.name) for curve in panel.curves), default=0)
    return 10 + 8 * longest if longest else 0


def _all(panel: Panel, of: Callable[[Curve], Sequence[float]]) -> list[float]:
    return [value for curve in panel.curves for value in of(curve)]


def _spread_values(panel: Panel) -> np.ndarray:
    """Return all values with their whiskers' ends."""
    values: list[float] = []
    for curve in panel.curves:
        errors = [e if math.isfinite(e) else 0 for e in curve.errors] or [0.0] * len(curve.ys)
        values += [y - e for y, e in zip(curve.ys, errors, strict=True)]
        values += [y + e for y, e in zip(curve.ys, errors, strict=True)]
    return np.array(values, np.float64)
