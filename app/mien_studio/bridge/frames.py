"""FrameBridge: from a change of document or view to a picture, without the UI thread ever waiting.

A change wakes a timer of zero milliseconds, which gathers all changes of one turn of the event loop
into one request. A request equal to the last is not made. One worker thread owns the renderer and
answers the newest request; the answer, or the error as a value, comes back through a queued signal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mien.editing.document import Slot
from mien.errors import MienError
from mien.session.ladder import STILL_AFTER_SECS, QualityLadder
from mien.session.view_state import ViewState
from mien.workers import LatestWorker, Outcome
from mien_studio.bridge.drawing import Drawer, Drawn, Pick, Picked, Wanted
from mien_studio.bridge.frame_stats import FrameStats
from mien_studio.bridge.player import frame_at

if TYPE_CHECKING:
    from mien.capture.protocol import Capture
    from mien_studio.bridge.studio import Studio

Size = tuple[int, int]


@dataclass(frozen=True)
class Failure:
    """Why there is no new picture."""

    text: str
    hint: str = ""


class FrameBridge(QObject):
    """Ask for pictures and hand them on.

    Args:
        studio: Whose document and view are drawn.
        renderer: Name of the renderer; empty for the best of this machine.
    """

    drawn = Signal(object)
    """A Drawn picture, newest first come; never one older than the last."""
    emptied = Signal()
    """There is nothing to draw (any more)."""
    failed = Signal(object)
    """A Failure; the last good picture stands."""
    renderer_changed = Signal(str)
    """Name of the renderer that draws from now on."""

    _answered = Signal(int, object)

    def __init__(
        self, studio: Studio, *, renderer: str = "", parent: QObject | None = None
    ) -> None:
        super().__init__(studio)
        self._studio = studio
        self._size: Size = (0, 0)
        self._slots: Sequence[Slot] | None = None
        self._ladder = QualityLadder()
        self._last: Wanted | None = None
        self._picks: list[tuple[Pick, Callable[[Picked | None], Any]]] = []
        self.stats = FrameStats()
        self.adaptive = True
        """Whether the resolution may go down while things move."""
        self.renderer = ""
        """Name of the renderer that draws; empty until it has drawn."""
        self._proven = False
        self._awaited = False
        self._problem: str | None = None
        self._generation = 0
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._request)
        still_ms = round(STILL_AFTER_SECS * 1000) + 1
        self._still = QTimer(self, singleShot=True, interval=still_ms)
        self._still.setTimerType(Qt.TimerType.PreciseTimer)
        self._still.timeout.connect(self._request)
        self._answered.connect(self._on_answer, Qt.ConnectionType.QueuedConnection)
        studio.document_changed.connect(self.invalidate)
        studio.view_changed.connect(self.invalidate)
        studio.asset_changed.connect(self.invalidate)
        self._chosen = renderer
        self._worker: LatestWorker[Wanted, Drawn] | None = None
        self._drawer: Drawer | None = None

    # What is wanted

    def set_size(self, size: Size) -> None:
        """Draw for a viewport of this many device pixels."""
        if size != self._size:
            self._size = size
            self.invalidate()

    def set_slots(self, slots: Sequence[Slot] | None) -> None:
        """Draw these slots whatever the compare mode says (while B is held); None for its own."""
        if slots != self._slots:
            self._slots = slots
            self.invalidate()

    def invalidate(self, _change: object = None) -> None:
        """Note that the picture may have changed; cheap, as often as one likes."""
        self._ladder = self._ladder.moved(time.perf_counter())
        self._still.start()
        if not self._soon.isActive():
            self._soon.start()

    def pick(
        self, slot: Slot, at: tuple[float, float], deliver: Callable[[Picked | None], Any]
    ) -> None:
        """Find the point of the head at a place of the picture (fractions of its sides).

        It is looked up on the worker's thread with the very cameras of the picture; None is
        delivered where nothing is.
        """
        self._picks.append((Pick(slot, at), deliver))
        self._soon.start()

    def set_renderer(self, name: str) -> None:
        """Draw with another renderer from now on; where it cannot run, the one before stays."""
        if name == self.renderer and self._proven:
            return
        self._proven = False
        old, self._worker, self._chosen = self._worker, None, name
        self._ladder = QualityLadder(moved_at=self._ladder.moved_at)
        self._last = None
        # Closing waits for the picture under way; the user interface does not.
        if old is not None:
            threading.Thread(target=old.close, name="render-closing", daemon=True).start()
        self.invalidate()

    @property
    def settled(self) -> bool:
        """Whether the last picture is the full one that is wanted, and nothing is under way."""
        return not (self._soon.isActive() or self._still.isActive() or self._awaited)

    def cached(self, capture: Capture, station: str) -> tuple[int, ...]:
        """Return the frames of a capture's camera that are decoded already, ascending."""
        return () if self._drawer is None else self._drawer.cached(capture, station)

    @property
    def scale(self) -> float:
        """Fraction of each side the last request was drawn at."""
        return self._last.scale if self._last is not None else 1.0

    def close(self) -> None:
        """Stop drawing and free the renderer."""
        self._generation += 1
        self._soon.stop()
        self._still.stop()
        if self._worker is not None:
            self._worker.close()

    # The way there

    def warm_up(self) -> None:
        """Make the renderer now, beside the building of the window, not at the first request."""
        if self._worker is not None:
            return
        self._generation += 1
        drawer = self._drawer = Drawer(self._chosen)
        publish = partial(self._answered.emit, self._generation)
        self._worker = LatestWorker("render", drawer.open, publish, close_handler=drawer.close)

    def _request(self) -> None:
        started = time.perf_counter()
        wanted = self._wanted(started)
        if wanted is None:
            self._last, self._awaited = None, False
            self.emptied.emit()
            return
        if self._last is not None and not wanted.picks and wanted.same_picture(self._last):
            return
        self._last, self._awaited = wanted, True
        self.warm_up()
        assert self._worker is not None
        self._worker.request(wanted)
        self.stats.requested(time.perf_counter() - started)

    def _wanted(self, now: float) -> Wanted | None:
        if min(self._size) <= 0:
            return None
        scale = self._ladder.scale(now) if self.adaptive else 1.0
        request = self._studio.session.request(self._size, scale=scale, slots=self._slots)
        if request is None:
            return None
        view = self._studio.session.view.state
        picks = tuple(pick for pick, _ in self._picks)
        return Wanted(request, self._size, view, scale, picks)

    # The way back

    def _on_answer(self, generation: int, outcome: Outcome[Wanted, Drawn]) -> None:
        if generation != self._generation:
            return
        if outcome.request is self._last:
            self._awaited = False
        if outcome.error is not None:
            self._on_error(outcome.error)
            return
        drawn = outcome.value
        if drawn is None:
            return
        self.stats.drew(drawn.picture)
        self._count_drops(outcome.request.view)
        self._tell_problem(drawn)
        if drawn.picture.renderer != self.renderer:
            self.renderer = drawn.picture.renderer
            self.renderer_changed.emit(self.renderer)
        if self._proven:
            self._measure(drawn)
        # The first picture of a renderer compiles and warms up: it says nothing about the next.
        self._proven = True
        self._deliver_picks(drawn)
        if self._last is not None:
            self.drawn.emit(drawn)

    def _tell_problem(self, drawn: Drawn) -> None:
        # Once, not with every picture; again when the mesh is switched on again.
        problem, told = drawn.picture.problem, self._problem
        self._problem = None if problem is None else problem.message
        if problem is not None and problem.message != told:
            self._studio.report(problem)

    def _count_drops(self, view: ViewState) -> None:
        if view.playing:
            frame = frame_at(self._studio.player.frame_times, view.time)
            self.stats.played(frame, view.speed)
        else:
            self.stats.stopped()

    def _measure(self, drawn: Drawn) -> None:
        request = drawn.wanted.request
        secs = drawn.picture.render_secs + drawn.picture.pose_secs
        self._ladder = self._ladder.measured(request.num_pixels, request.full_pixels, secs)

    def _deliver_picks(self, drawn: Drawn) -> None:
        # A pick whose request was superseded has been carried over by the next one.
        for pick, found in drawn.picked:
            for held in [held for held in self._picks if held[0] is pick]:
                self._picks.remove(held)
                held[1](found)

    def _on_error(self, error: Exception) -> None:
        # What failed may succeed when asked again.
        self._last, self._awaited = None, False
        self._picks.clear()
        if not self._proven and self.renderer:
            self._studio.report(error)
            self.set_renderer(self.renderer)
        elif isinstance(error, MienError):
            self.failed.emit(Failure(error.message, error.hint))
        else:
            self.failed.emit(Failure(f"{type(error).__name__}: {error}"))
