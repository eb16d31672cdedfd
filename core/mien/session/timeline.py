"""The timeline: where time may go and how it runs, as pure functions of the view state."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, zip_longest

from mien.editing.document import Document, Look, Slot
from mien.session.view_state import ViewState


@dataclass(frozen=True)
class Span:
    """A stretch of time in seconds."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start

    def clamp(self, time: float) -> float:
        """Return the nearest time inside."""
        return min(max(time, self.start), self.end)


def played_span(view: ViewState, whole: Span) -> Span:
    """Return the stretch between in and out point, or all of it where they make no sense."""
    start = whole.clamp(view.in_time) if view.in_time is not None else whole.start
    end = whole.clamp(view.out_time) if view.out_time is not None else whole.end
    return Span(start, end) if end > start else whole


def advanced(view: ViewState, whole: Span, elapsed: float) -> tuple[float, float, bool]:
    """Return time, speed and whether it still plays after `elapsed` seconds of playing."""
    span = played_span(view, whole)
    if span.length <= 0:
        return span.start, view.speed, False
    time = view.time + view.speed * elapsed
    if span.start <= time <= span.end:
        return time, view.speed, True
    if view.loop == "once":
        return span.clamp(time), view.speed, False
    if view.loop == "loop":
        return span.start + (time - span.start) % span.length, view.speed, True
    # Ping-pong: reflect at whichever end was passed and run the other way.
    over = time - span.end if time > span.end else span.start - time
    inside = over % span.length
    turned = span.end - inside if time > span.end else span.start + inside
    return turned, -view.speed, True


def look_at(document: Document, slot: Slot, time: float) -> Look | None:
    """Return what a slot shows at a time: its look, or the morph between A's keyframes."""
    look = document.look(slot)
    keyframes = document.keyframes
    if slot != "A" or look is None or not keyframes:
        return look
    if time <= keyframes[0].time:
        return keyframes[0].look
    for before, after in pairwise(keyframes):
        if time < after.time:
            fraction = (time - before.time) / (after.time - before.time)
            return morphed(before.look, after.look, fraction)
    return keyframes[-1].look


def morphed(start: Look, end: Look, fraction: float) -> Look:
    """Mix two looks; regions and the rig, which cannot be mixed, change half way."""
    names = dict.fromkeys([*start.weights, *end.weights])
    weights = {
        name: start.weights.get(name, 0.0) * (1 - fraction) + end.weights.get(name, 0.0) * fraction
        for name in names
    }
    nearer = start if fraction < 0.5 else end
    return Look(
        weights,
        nearer.regions,
        start.softness * (1 - fraction) + end.softness * fraction,
        # What sliders moved is moved as people's latents are: along a line.
        tuple(
            one * (1 - fraction) + other * fraction
            for one, other in zip_longest(start.identity, end.identity, fillvalue=0.0)
        ),
        nearer.learned,
    )
