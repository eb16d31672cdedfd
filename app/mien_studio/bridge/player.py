"""Player: lets time run over the timeline, at the pace of the display."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mien.session.timeline import Span, advanced, played_span
from mien.session.view_state import ViewState

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio

DEFAULT_FPS = 30.0
_SPEEDS = (1.0, 2.0, 4.0, 8.0)


class Player(QObject):
    """Play, step and jump. The state it moves is the view's: it owns nothing but a clock.

    Args:
        studio: Whose time it moves.
    """

    playing_changed = Signal(bool)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._last = 0.0
        self._was_playing = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self.set_display_rate(60.0)
        studio.view_changed.connect(self._on_view)

    def set_display_rate(self, hertz: float) -> None:
        """Move time as often as the screen is refreshed."""
        self._timer.setInterval(max(round(1000 / max(hertz, 24.0)) - 1, 4))

    @property
    def frame_times(self) -> np.ndarray:
        """The instants of the source's frames from zero, seconds; a grid where there is none."""
        times = self._studio.session.source_times
        if times is not None:
            return times
        span = self._studio.session.span
        return np.arange(0.0, span.end + 1e-9, 1 / DEFAULT_FPS)

    @property
    def frame(self) -> int:
        """Index of the frame on the screen."""
        return frame_at(self.frame_times, self._view.time)

    def toggle(self) -> None:
        """Play if it stands, stand if it plays."""
        if self._view.playing:
            self.pause()
        else:
            self.play(abs(self._view.speed) or 1.0)

    def play(self, speed: float = 1.0) -> None:
        """Let time run; from the beginning again where it stands at the end."""
        view, span = self._view, self._span
        if span.length <= 0 and not self._awaited:
            return
        changes: dict[str, float] = {}
        if speed > 0 and view.time >= span.end - 1e-6:
            changes["time"] = span.start
        elif speed < 0 and view.time <= span.start + 1e-6:
            changes["time"] = span.end
        self._studio.update_view(playing=True, speed=speed, **changes)

    def pause(self) -> None:
        """Let time stand."""
        self._studio.update_view(playing=False, speed=1.0)

    def shuttle(self, direction: int) -> None:
        """Play forwards or backwards; each time again, twice as fast (J and L)."""
        view = self._view
        if not view.playing or view.speed * direction <= 0:
            self.play(float(direction))
            return
        faster = next((speed for speed in _SPEEDS if speed > abs(view.speed) + 1e-6), _SPEEDS[-1])
        self._studio.update_view(speed=faster * direction)

    def step(self, frames: int) -> None:
        """Stand on the frame so many further."""
        times = self.frame_times
        if len(times):
            index = int(np.clip(frame_at(times, self._view.time) + frames, 0, len(times) - 1))
            self._studio.update_view(playing=False, speed=1.0, time=float(times[index]))

    def seek(self, time_secs: float) -> None:
        """Go to an instant."""
        self._studio.update_view(time=self._studio.session.span.clamp(time_secs))

    def go_to_start(self) -> None:
        """Go to the beginning of the played range."""
        self.seek(self._span.start)

    def go_to_end(self) -> None:
        """Go to its end."""
        self.seek(self._span.end)

    def set_in(self) -> None:
        """Begin the played range here."""
        view = self._view
        out = view.out_time if view.out_time is None or view.out_time > view.time else None
        self._studio.update_view(in_time=view.time, out_time=out)

    def set_out(self) -> None:
        """End the played range here."""
        view = self._view
        start = view.in_time if view.in_time is None or view.in_time < view.time else None
        self._studio.update_view(out_time=view.time, in_time=start)

    def clear_range(self) -> None:
        """Play everything again."""
        self._studio.update_view(in_time=None, out_time=None)

    @property
    def _view(self) -> ViewState:
        return self._studio.session.view.state

    @property
    def _awaited(self) -> bool:
        # The source that drives is still being read: time will run when it is there.
        session = self._studio.session
        source = session.document.drive.source
        return source is not None and session.library.task(source) is not None

    @property
    def _span(self) -> Span:
        return played_span(self._view, self._studio.session.span)

    def _on_view(self, view: ViewState) -> None:
        if view.playing == self._was_playing:
            return
        self._was_playing = view.playing
        if view.playing:
            self._last = time.perf_counter()
            self._timer.start()
        else:
            self._timer.stop()
        self.playing_changed.emit(view.playing)

    def _tick(self) -> None:
        now = time.perf_counter()
        elapsed, self._last = now - self._last, now
        if self._awaited:
            return
        at, speed, playing = advanced(self._view, self._studio.session.span, elapsed)
        self._studio.update_view(time=at, speed=speed, playing=playing)


def frame_at(times: np.ndarray, time_secs: float) -> int:
    """Return the index of the frame shown at a time: the last that has begun."""
    found = np.searchsorted(times, time_secs + 1e-6, side="right") - 1
    return int(np.clip(found, 0, max(len(times) - 1, 0)))
