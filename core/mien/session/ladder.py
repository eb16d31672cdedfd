"""The quality ladder: coarse while moving, full when still, as a pure state machine.

It is fed with measured times and asked for a scale; it owns no clock and no timer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

RUNGS = (1.0, 0.75, 0.5, 0.375, 0.25)
"""Resolutions, as fractions of each side."""

STILL_AFTER_SECS = 0.120
"""Quiet time after which the picture is drawn in full."""


@dataclass(frozen=True)
class QualityLadder:
    """What the last pictures cost, and so how large the next may be.

    Args:
        budget_secs: What a picture may cost while things move.
        secs_per_pixel: Running estimate; None before the first measurement.
        rung: Index into RUNGS in use while moving.
        moved_at: When things last moved, or None if never.
    """

    budget_secs: float = 1 / 45
    secs_per_pixel: float | None = None
    rung: int = 0
    moved_at: float | None = None

    def moved(self, now: float) -> QualityLadder:
        """Note that something changed."""
        return replace(self, moved_at=now)

    def still(self, now: float) -> bool:
        """Return whether it has been quiet long enough for the full picture."""
        return self.moved_at is None or now - self.moved_at >= STILL_AFTER_SECS - 1e-9

    def scale(self, now: float) -> float:
        """Return the fraction of each side to draw at now."""
        return 1.0 if self.still(now) else RUNGS[self.rung]

    def measured(self, num_pixels: int, full_pixels: int, secs: float) -> QualityLadder:
        """Take in what a picture of `num_pixels` cost, where the full one has `full_pixels`.

        The estimate follows slowly, so that one hiccup does not blur the picture; and climbing
        needs a fifth of slack, so that it does not pump between two rungs.
        """
        now = secs / max(num_pixels, 1)
        held = self.secs_per_pixel
        estimate = now if held is None else held + 0.25 * (now - held)
        rung = self._fitting(estimate, full_pixels, 1.0)
        if rung < self.rung:
            rung = min(self.rung, self._fitting(estimate, full_pixels, 0.8))
        return replace(self, secs_per_pixel=estimate, rung=rung)

    def _fitting(self, secs_per_pixel: float, full_pixels: int, slack: float) -> int:
        for rung, scale in enumerate(RUNGS):
            if secs_per_pixel * full_pixels * scale * scale <= self.budget_secs * slack:
                return rung
        return len(RUNGS) - 1
