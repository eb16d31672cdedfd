"""Collect garbage on the UI thread only.

Python looks for reference cycles on whichever thread happens to allocate. Where that is the render
thread or a task's, a widget that is part of a cycle is destroyed there, under the feet of the UI
thread, and the process dies.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200


class UiGarbageCollector(QObject):
    """Take over from Python's own collector until `stop`; collect in turns of the event loop.

    Args:
        parent: Lives as long.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start()

    def collect_due(self) -> None:
        """Collect the oldest generation that is due, by Python's own thresholds."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [
            generation
            for generation, (count, threshold) in enumerate(zip(counts, thresholds, strict=True))
            if count > threshold > 0
        ]
        if due:
            gc.collect(due[-1])

    def settle(self) -> None:
        """Collect everything now, and never look at what is left again.

        Called once after the start: walking all of that again and again would stop the user
        interface for tens of milliseconds each time.
        """
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
