"""Measure dragging a latent slider, for `mien bench`: how many new faces are shown a second."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

from mien.avatar.state import AvatarState
from mien.editing.commands import SetLook, SetState
from mien.session.request import Picture
from mien_studio.bridge.watchdog import UiWatchdog
from mien_studio.main_window import MainWindow
from mien_studio.measuring import MOUSE_MS, quit_studio, say

_WARM_UP_SECS = 1.5
_SWINGS_PER_SEC = 0.35
_FARTHEST = 2.0
"""Standard deviations to either side."""


class ShapeMeasurement(QObject):
    """Drag a latent slider to and fro as a hand would, say how that went; then quit.

    Args:
        window: The studio's, with somebody in A who has a latent space.
        secs: How long to measure.
        as_json: Whether to say it as JSON.
    """

    def __init__(self, window: MainWindow, secs: float, *, as_json: bool) -> None:
        super().__init__(window)
        self._window, self._studio = window, window.studio
        self._secs, self._as_json = secs, as_json
        self._watchdog = UiWatchdog(self)
        self._costs: list[tuple[float, float]] = []
        self._begun = 0.0
        self._timer = QTimer(self, interval=MOUSE_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)
        self._poll = QTimer(self, interval=20)
        self._poll.timeout.connect(self._on_poll)
        self._poll.start()

    def _on_poll(self) -> None:
        """Begin once somebody who can become others has been seen at rest."""
        avatar = self._studio.session.avatar()
        if avatar is None or avatar.latent_space is None or not self._studio.frames.settled:
            return
        self._poll.stop()
        self._studio.player.pause()
        self._studio.push(SetState(AvatarState()))
        self._studio.begin_gesture("Shape")
        self._begun = time.perf_counter()
        self._timer.start()
        QTimer.singleShot(round(_WARM_UP_SECS * 1000), self, self._measure)

    def _measure(self) -> None:
        self._watchdog.start()
        self._studio.picture_shown.connect(self._on_picture)
        self._measured_at, self._cpu_at = time.perf_counter(), time.process_time()
        QTimer.singleShot(round(self._secs * 1000), self, self._finish)

    def _move(self) -> None:
        phase = 2 * math.pi * _SWINGS_PER_SEC * (time.perf_counter() - self._begun)
        look = self._studio.session.document.look("A")
        if look is not None:
            moved = replace(look, identity=(_FARTHEST * math.sin(phase),))
            self._studio.push(SetLook("A", moved, label="Shape"))

    def _on_picture(self, picture: Picture) -> None:
        self._costs.append((picture.pose_secs, picture.render_secs))

    def _finish(self) -> None:
        elapsed = time.perf_counter() - self._measured_at
        cpu = time.process_time() - self._cpu_at
        self._watchdog.stop()
        self._timer.stop()
        self._studio.end_gesture()
        pose, render = np.median(np.asarray(self._costs or [(0.0, 0.0)]), axis=0) * 1000
        width, height = self._window.viewport.device_size
        last = self._studio.frames.stats.last
        figures: dict[str, float | str] = {
            "width": width,
            "height": height,
            "scale": self._studio.frames.scale,
            "renderer": self._studio.frames.renderer,
            "gaussians": last.num_gaussians if last is not None else 0,
            "shown_fps": len(self._costs) / elapsed,
            "cpu_per_face_ms": 1000 * cpu / max(len(self._costs), 1),
            "ui_block_p99_ms": self._watchdog.delay_secs(0.99) * 1000,
            "pose_median_ms": float(pose),
            "render_median_ms": float(render),
        }
        say(figures, as_json=self._as_json)
        quit_studio(self._window)
