"""The quality ladder: coarse while moving, full when still, as a pure state machine.

It is fed with measured times and asked for a scale; it owns no clock and no timer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

RUNGS = (1.0, 0.75, 0.5, 0.375, 0.25)
"""Resolutions, as fractions of each side."""

STILL_AFTER_SECS = 0.120
"""Quiet time after which the picture is drawn in full."""

_FOLLOW = 0.25
"""How much of a new measurement goes into an estimate: one hiccup must not blur the picture."""

_HICCUP = 2.0
"""A measurement counts for at most this many times what was expected."""

_FORGIVE = 0.992
"""With every picture drawn elsewhere a rung is expected to have become cheaper by this much, so
that one which was too slow is tried again after two seconds or so."""

_STALE = 30
"""After so many pictures drawn elsewhere an estimate is not followed but replaced."""

_SLACK = 0.8
"""Climbing needs this much room, so that it does not pump between two rungs."""

_Costs = tuple[float | None, ...]


@dataclass(frozen=True)
class QualityLadder:
    """What the last pictures cost, and so how large the next may be.

    A picture costs something for its Gaussians and something for its pixels, and only the second
    part shrinks with the resolution. How the two relate is learnt from the rungs that were tried.

    Args:
        budget_secs: What a picture may cost while things move.
        costs: Running estimate of a picture's seconds on each rung; None where it was never tried.
        ages: How many pictures ago each rung was drawn last.
        rung: Index into RUNGS in use while moving.
        moved_at: When things last moved, or None if never.
    """

    budget_secs: float = 1 / 45
    costs: _Costs = (None,) * len(RUNGS)
    ages: tuple[int, ...] = (0,) * len(RUNGS)
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
        """Take in what a picture of `num_pixels` cost, where the full one has `full_pixels`."""
        scale = (num_pixels / max(full_pixels, 1)) ** 0.5
        drawn = min(range(len(RUNGS)), key=lambda rung: abs(RUNGS[rung] - scale))
        ages = tuple(0 if rung == drawn else age + 1 for rung, age in enumerate(self.ages))
        learnt = replace(self, costs=self._followed(drawn, secs), ages=ages)
        return replace(learnt, rung=learnt._chosen())

    def predicted(self, rung: int) -> float:
        """Return the seconds a picture is expected to take on a rung; 0 before any was drawn.

        Between rungs that were tried, and beyond them, cost is linear in pixels; with only one
        tried, all of it is taken to be for pixels.
        """
        held = self.costs[rung]
        if held is not None:
            return held
        known = [(RUNGS[at] ** 2, cost) for at, cost in enumerate(self.costs) if cost is not None]
        if not known:
            return 0.0
        area = RUNGS[rung] ** 2
        if len(known) == 1:
            return known[0][1] * area / known[0][0]
        (x0, y0), (x1, y1) = sorted(known, key=lambda point: abs(point[0] - area))[:2]
        return max(y0 + (y1 - y0) * (area - x0) / (x1 - x0), 0.0)

    def _chosen(self) -> int:
        if self.predicted(self.rung) > self.budget_secs:
            coarser = range(self.rung + 1, len(RUNGS))
            fitting = (rung for rung in coarser if self.predicted(rung) <= self.budget_secs)
            return next(fitting, len(RUNGS) - 1)
        finer = range(self.rung)
        room = self.budget_secs * _SLACK
        # However slow it was once, it is not held against a rung for ever.
        worst = self.budget_secs * _HICCUP
        hopes = (min(self.predicted(at), worst) * _FORGIVE ** self.ages[at] for at in finer)
        return next(
            (rung for rung, hope in zip(finer, hopes, strict=True) if hope <= room), self.rung
        )

    def _followed(self, drawn: int, secs: float) -> _Costs:
        held = self.costs[drawn]
        if held is not None and self.ages[drawn] <= _STALE:
            now = held + _FOLLOW * (min(secs, held * _HICCUP) - held)
            # What made this rung cheaper or dearer (another avatar, a busy machine) does so to all.
            ratio = now / held if held > 0 else 1.0
        else:
            # Tried for the first time, or for the first time in a while: what is seen now counts.
            now, expected = secs, self.predicted(drawn)
            # Dearer than expected is what resolution does not save; cheaper is lighter work.
            ratio = min(now / expected, 1.0) if expected > 0 else 1.0
        return tuple(
            now if rung == drawn else cost * ratio if cost is not None else None
            for rung, cost in enumerate(self.costs)
        )
