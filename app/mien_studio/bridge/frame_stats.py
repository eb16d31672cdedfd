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
        """Instants of a playing timeline that never became a picture."""
        self.last: Picture | None = None
        self._shown: deque[float] = deque(maxlen=400)
        self._request_secs: deque[float] = deque(maxlen=4000)

    def requested(self, secs: float) -> None:
        """Note what a request cost the UI thread."""
        self.num_requests += 1
        self._request_secs.append(secs)

    def drew(self, picture: Picture, superseded: int, *, playing: bool) -> None:
        """Note a picture that came from the renderer."""
        self.num_drawn += 1
        self.last = picture
        if playing:
            self.num_dropped += superseded

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
