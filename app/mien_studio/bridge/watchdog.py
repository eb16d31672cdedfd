"""Watchdog of the UI thread: how long events had to wait while it was busy with something."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

_INTERVAL_MS = 4


class UiWatchdog(QObject):
    """Sample the delay of the event loop.

    A timer that should fire every four milliseconds fires late by as long as the thread was busy:
    by just as long a mouse event would have waited.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._delays: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to measure, forgetting what was measured before."""
        self._delays.clear()
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Stop measuring."""
        self._timer.stop()

    def delay_secs(self, quantile: float) -> float:
        """Return a quantile of the delays in seconds; 0 before the first sample."""
        if not self._delays:
            return 0.0
        return float(np.quantile(np.asarray(self._delays), quantile))

    def _tick(self) -> None:
        now = time.perf_counter()
        self._delays.append(max(now - self._last - _INTERVAL_MS / 1000, 0.0))
        self._last = now
