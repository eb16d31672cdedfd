"""TimeAxis: from seconds to pixels and back, the same for everything on the timeline."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


@dataclass(frozen=True)
class TimeAxis:
    """A stretch of time laid over a stretch of pixels.

    Args:
        start: First instant, seconds.
        end: Last instant, seconds.
        left: Where the first instant is, pixels.
        right: Where the last is.
    """

    start: float = 0.0
    end: float = 0.0
    left: float = 0.0
    right: float = 1.0

    @property
    def seconds_per_pixel(self) -> float:
        """How much time a pixel covers."""
        return (self.end - self.start) / max(self.right - self.left, 1.0)

    def x(self, time: float) -> float:
        """Return where an instant is."""
        length = self.end - self.start
        fraction = (time - self.start) / length if length > 0 else 0.0
        return self.left + fraction * (self.right - self.left)

    def time(self, x: float) -> float:
        """Return the instant at a place, held inside the stretch."""
        fraction = (x - self.left) / max(self.right - self.left, 1.0)
        return self.start + min(max(fraction, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, spacing: float = 72.0) -> list[float]:
        """Return round instants at least so many pixels apart."""
        least = self.seconds_per_pixel * spacing
        if least <= 0:
            return []
        step = next((step for step in _STEPS if step >= least), _STEPS[-1])
        first = math.ceil(self.start / step - 1e-9)
        last = math.floor(self.end / step + 1e-9)
        return [index * step for index in range(first, last + 1)]


def clock(seconds: float) -> str:
    """Write an instant as minutes, seconds and hundredths: `00:02.40`."""
    hundredths = max(round(seconds * 100), 0)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"


def short_clock(seconds: float) -> str:
    """Write a tick's instant as short as it can be understood."""
    if seconds >= 60:
        return f"{int(seconds // 60)}:{seconds % 60:02.0f}"
    return f"{seconds:g} s"
