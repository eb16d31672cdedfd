"""Curves and histograms as SVG that stretches to any width, with their labels as HTML beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.metrics import Metric
from mien.evaluation.report.markup import text

Table = NDArray[np.float64]

WIDTH, HEIGHT = 1000, 100
"""Of the drawings' own coordinates; the page stretches them."""

_MOST_LINES = 24
"""Cameras up to here have lines of their own."""
_BINS = 28
_FEWEST = 8
"""Fewer values than these have no distribution worth drawing."""


@dataclass(frozen=True)
class Axis:
    """The values along an axis: its ends and where it is labelled."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @staticmethod
    def over(values: NDArray[np.floating], *, ticks: int = 4) -> Axis:
        """Return an axis over all finite values, its ends and ticks at round numbers."""
        finite = values[np.isfinite(values)]
        if not len(finite):
            return Axis(0.0, 1.0, (0.0, 1.0))
        low, high = float(finite.min()), float(finite.max())
        if high - low < 1e-9 * max(abs(high), 1):
            low, high = low - 0.5 * max(abs(low), 1e-3), high + 0.5 * max(abs(high), 1e-3)
        step = _round_step((high - low) / ticks)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        marks = tuple(step * index for index in range(first, last + 1))
        return Axis(marks[0], marks[-1], marks)

    def share(self, value: float | Table) -> Table:
        """Return how far along the axis values lie, 0..1."""
        shares = (np.asarray(value, np.float64) - self.low) / (self.high - self.low)
        return np.clip(shares, 0, 1)

    def label(self, value: float) -> str:
        """Return a tick's number with no more digits than its neighbours need."""
        step = self.ticks[1] - self.ticks[0]
        digits = max(-math.floor(math.log10(step) + 1e-9), 0)
        return f"{value:.{digits}f}"


def curves(metric: Metric, table: Table, means: Table, dots: Sequence[tuple[int, float]]) -> str:
    """Return the plot of a metric over frames: mean, range and each camera.

    Args:
        metric: What is shown.
        table: Values [C, T].
        means: Over the cameras [T].
        dots: Pictures to mark, by the index of their frame and their value.
    """
    axis = Axis.over(table)
    lines = [f'<path class="grid" d="M0 {_y(axis, tick)}H{WIDTH}"/>' for tick in axis.ticks]
    if len(table) > 1:
        lines.append(f'<path class="band" d="{_band(axis, table)}"/>')
    if 1 < len(table) <= _MOST_LINES:
        lines += [
            f'<path class="camera" data-camera="{index}" d="{_line(axis, row)}"/>'
            for index, row in enumerate(table)
        ]
    lines.append(f'<path class="mean" d="{_line(axis, means)}"/>')
    labels = [
        f'<span style="bottom:{100 * float(axis.share(tick)):.2f}%">{axis.label(tick)}</span>'
        for tick in axis.ticks
    ]
    marks = [_dot(axis, frame, value, table.shape[1]) for frame, value in dots]
    gaps = [
        _gap(int(frame), table.shape[1]) for frame in np.flatnonzero(np.isnan(table).any(axis=0))
    ]
    return (
        f'<div class="scale">{"".join(labels)}</div>'
        f'<div class="plot" data-metric="{text(metric.name)}" data-low="{axis.low}" '
        f'data-high="{axis.high}">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(lines)}</svg>{''.join(gaps)}{''.join(marks)}"
        '<i class="cursor" hidden></i><i class="bead" hidden></i></div>'
    )


def histogram(values: Table, mean: float) -> str:
    """Return how values are spread, with their mean marked; nothing for a few."""
    finite = values[np.isfinite(values)]
    if len(finite) < _FEWEST or float(np.ptp(finite)) == 0:
        return ""
    counts, edges = np.histogram(finite, bins=min(_BINS, max(len(finite) // 2, 3)))
    wide = WIDTH / len(counts)
    bars = [
        f'<rect x="{index * wide + 2:.1f}" width="{wide - 4:.1f}" '
        f'y="{HEIGHT - HEIGHT * count / counts.max():.1f}" '
        f'height="{HEIGHT * count / counts.max():.1f}"/>'
        for index, count in enumerate(counts)
        if count
    ]
    at = 100 * (mean - edges[0]) / (edges[-1] - edges[0])
    mark = f'<i class="middle" style="left:{at:.2f}%"></i>' if np.isfinite(mean) else ""
    return (
        f'<div class="histogram"><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        f'aria-hidden="true">{"".join(bars)}</svg>{mark}</div>'
    )


def frame_share(index: float, count: int) -> float:
    """Return where a frame lies along a plot, 0..1: in the middle of its own share."""
    return (index + 0.5) / count


def _x(index: float, count: int) -> str:
    return f"{WIDTH * frame_share(index, count):.1f}"


def _y(axis: Axis, value: float) -> str:
    return f"{HEIGHT * (1 - float(axis.share(value))):.2f}"


def _line(axis: Axis, values: Table) -> str:
    """Return a path through values [T] that is broken where there are none."""
    parts: list[str] = []
    drawing = False
    for index, value in enumerate(values):
        if np.isnan(value):
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{_x(index, len(values))} {_y(axis, value)}")
        alone = index + 1 == len(values) or np.isnan(values[index + 1])
        if alone and not drawing:
            # A point between gaps would not be seen: it gets the width of its own share.
            parts.append(f"h{0.5 * WIDTH / len(values):.1f}")
        drawing = True
    return "".join(parts)


def _band(axis: Axis, table: Table) -> str:
    """Return the outline between the least and the most of each frame."""
    there = [index for index in range(table.shape[1]) if not np.isnan(table[:, index]).all()]
    count = table.shape[1]
    low = [f"{_x(index, count)} {_y(axis, float(np.nanmin(table[:, index])))}" for index in there]
    high = [f"{_x(index, count)} {_y(axis, float(np.nanmax(table[:, index])))}" for index in there]
    return "M" + "L".join([*high, *reversed(low)]) + "Z" if there else ""


def _dot(axis: Axis, frame: int, value: float, count: int) -> str:
    left, bottom = frame_share(frame, count), float(axis.share(value))
    return f'<i class="dot" style="left:{100 * left:.2f}%;bottom:{100 * bottom:.2f}%"></i>'


def _gap(frame: int, count: int) -> str:
    """Return a tick under a frame that lacks a picture: its mean is over fewer cameras."""
    return f'<i class="gap" style="left:{100 * frame / count:.2f}%;width:{100 / count:.2f}%"></i>'


def _round_step(step: float) -> float:
    """Return the round number (1, 2 or 5 times a power of ten) that is nearest above."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * (1 - 1e-9))
