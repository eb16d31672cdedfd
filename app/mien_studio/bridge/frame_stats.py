"""What the way to the screen costs: figures for the status bar and the benchmark."""

from __future__ import annotations

import time
from collections import deque

import numpy as np

from mien.session.request import Picture

_WINDOW_SECS = 1.0


class FrameStats:
    """Count pictures, measure requests. Only the UI thread writes here."""

    def __init__(self) -> None:
        self.num_drawn = 0
        self.num_shown = 0
        self.num_requests = 0
        self.num_dropped = 0
        """Frames of a playing source that never became a picture."""
        self.last: Picture | None = None
        self._frame: int | None = None
        self._shown: deque[float] = deque(maxlen=400)
        self._request_secs: deque[float] = deque(maxlen=4000)

    def requested(self, secs: float) -> None:
        """Note what a request cost the UI thread."""
        self.num_requests += 1
        self._request_secs.append(secs)

    def drew(self, picture: Picture) -> None:
        """Note a picture that came from the renderer."""
        self.num_drawn += 1
        self.last = picture

    def played(self, frame: int, speed: float) -> None:
        """Note which frame of the source a picture is of while it plays; gaps are drops.

        A jump against the direction is the end of a loop. At double speed every second frame is
        passed over on purpose.
        """
        step = (frame - self._frame) * (1 if speed >= 0 else -1) if self._frame is not None else 0
        self._frame = frame
        self.num_dropped += max(step - max(round(abs(speed)), 1), 0)

    def stopped(self) -> None:
        """Note a picture while nothing plays: wherever it plays from next is no drop."""
        self._frame = None

    def showed(self, now: float | None = None) -> None:
        """Note that a new picture reached the screen."""
        self.num_shown += 1
        self._shown.append(time.perf_counter() if now is None else now)

    def fps(self, now: float | None = None) -> float:
        """Return pictures shown over the last second; 0 when it stands still."""
        now = time.perf_counter() if now is None else now
        recent = [at for at in self._shown if now - at <= _WINDOW_SECS]
        if len(recent) < 2:
            return 0.0
        return (len(recent) - 1) / max(recent[-1] - recent[0], 1e-6)

    def request_secs(self, quantile: float) -> float:
        """Return a quantile of what requests cost the UI thread; 0 before the first."""
        if not self._request_secs:
            return 0.0
        return float(np.quantile(np.asarray(self._request_secs), quantile))
