"""Measurements of the running studio, for `mien bench`: start-up, orbiting and scrubbing."""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from mien.session.request import Picture
from mien_studio.bridge.watchdog import UiWatchdog
from mien_studio.main_window import MainWindow

MOUSE_MS = 8
"""A mouse reports 125 times a second."""

_WARM_UP_SECS = 1.5
_SCRUBBED_PER_SEC = 60.0
"""Frames a hand passes over; more than are shown."""
_RADIANS_PER_SEC = math.radians(40)
_SWING = math.radians(60)


class StartMeasurement(QObject):
    """Say how long the first picture took, then quit.

    Args:
        window: The studio's.
        started: `time.perf_counter` at the very beginning.
        as_json: Whether to say it as JSON.
    """

    def __init__(self, window: MainWindow, started: float, *, as_json: bool) -> None:
        super().__init__(window)
        self._window = window
        self._started = started
        self._as_json = as_json
        self._done = False
        window.studio.picture_shown.connect(self._on_picture)
        self._poll = QTimer(self, interval=10)
        self._poll.timeout.connect(self._on_poll)
        self._poll.start()

    def _on_poll(self) -> None:
        # An empty session has no picture; its window is all there is to wait for.
        handle = self._window.windowHandle()
        empty = self._window.studio.session.document.look("A") is None
        if empty and handle.isExposed():
            self._on_picture()

    def _on_picture(self, _picture: object = None) -> None:
        if self._done:
            return
        self._done = True
        secs = time.perf_counter() - self._started
        say({"first_picture_secs": secs, **_process_secs(secs)}, as_json=self._as_json)
        quit_studio(self._window)


class OrbitMeasurement(QObject):
    """Orbit as a hand would, at full resolution, and say how that went; then quit.

    Args:
        window: The studio's.
        secs: How long to measure.
        as_json: Whether to say it as JSON.
    """

    def __init__(self, window: MainWindow, secs: float, *, as_json: bool) -> None:
        super().__init__(window)
        self._window = window
        self._secs = secs
        self._as_json = as_json
        self._watchdog = UiWatchdog(self)
        self._begun = 0.0
        self._shown = 0
        self._timer = QTimer(self, interval=MOUSE_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)
        window.studio.picture_shown.connect(self._on_picture)

    def _on_picture(self, _picture: object) -> None:
        if not self._timer.isActive() and not self._begun:
            self._window.studio.player.pause()
            self._window.studio.frames.adaptive = False
            self._begun = time.perf_counter()
            self._start = self._window.studio.session.view.state.orbit
            self._timer.start()
            QTimer.singleShot(round(_WARM_UP_SECS * 1000), self, self._measure)

    def _move(self) -> None:
        elapsed = time.perf_counter() - self._begun
        yaw = _SWING * math.sin(elapsed * _RADIANS_PER_SEC / _SWING)
        orbit = replace(self._start, yaw=self._start.yaw + yaw)
        self._window.studio.update_view(orbit=orbit)

    def _measure(self) -> None:
        self._watchdog.start()
        self._shown = self._window.studio.frames.stats.num_shown
        self._measured_at = time.perf_counter()
        QTimer.singleShot(round(self._secs * 1000), self, self._finish)

    def _finish(self) -> None:
        elapsed = time.perf_counter() - self._measured_at
        self._watchdog.stop()
        self._timer.stop()
        stats = self._window.studio.frames.stats
        last = stats.last
        width, height = self._window.viewport.device_size
        figures: dict[str, float | str] = {
            "width": width,
            "height": height,
            "renderer": self._window.studio.frames.renderer,
            "gaussians": last.num_gaussians if last is not None else 0,
            "shown_fps": (stats.num_shown - self._shown) / elapsed,
            "ui_block_p99_ms": self._watchdog.delay_secs(0.99) * 1000,
            "ui_block_max_ms": self._watchdog.delay_secs(1.0) * 1000,
            "request_median_ms": stats.request_secs(0.5) * 1000,
            "request_p99_ms": stats.request_secs(0.99) * 1000,
            "render_ms": last.render_secs * 1000 if last is not None else 0.0,
        }
        say(figures, as_json=self._as_json)
        quit_studio(self._window)


class ScrubMeasurement(QObject):
    """Scrub a capture under the wipe as a hand would, at full resolution; say how that went, quit.

    Args:
        window: The studio's.
        secs: How long to measure, from the first frame on: nothing is decoded yet.
        as_json: Whether to say it as JSON.
    """

    def __init__(self, window: MainWindow, secs: float, *, as_json: bool) -> None:
        super().__init__(window)
        self._window = window
        self._studio = window.studio
        self._secs = secs
        self._as_json = as_json
        self._watchdog = UiWatchdog(self)
        self._begun = 0.0
        self._costs: list[tuple[float, float]] = []
        self._timer = QTimer(self, interval=MOUSE_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)
        self._poll = QTimer(self, interval=20)
        self._poll.timeout.connect(self._on_poll)
        self._poll.start()

    def _on_poll(self) -> None:
        """Stand in a camera once there is one; begin once both pictures have been there a while."""
        studio = self._studio
        if studio.session.station is None or studio.session.avatar() is None:
            return
        view = studio.session.view.state
        if not view.standing:
            studio.frames.adaptive = False
            studio.update_view(standing=True, compare="wipe", playing=False)
        elif studio.frames.settled and self._both_shown:
            self._poll.stop()
            QTimer.singleShot(round(_WARM_UP_SECS * 1000), self, self._measure)

    @property
    def _both_shown(self) -> bool:
        drawn = self._window.viewport.drawn
        return drawn is not None and len(drawn.images) == 2

    def _measure(self) -> None:
        self._watchdog.start()
        self._shown = self._studio.frames.stats.num_shown
        self._studio.picture_shown.connect(self._on_picture)
        self._begun = time.perf_counter()
        self._timer.start()
        QTimer.singleShot(round(self._secs * 1000), self, self._finish)

    def _move(self) -> None:
        times = self._studio.player.frame_times
        at = (time.perf_counter() - self._begun) * _SCRUBBED_PER_SEC
        # To the end and back again.
        folded = at % (2 * len(times) - 2)
        frame = round(min(folded, 2 * len(times) - 2 - folded))
        self._studio.update_view(time=float(times[frame]))

    def _on_picture(self, picture: Picture) -> None:
        self._costs.append((picture.pose_secs, picture.render_secs))

    def _finish(self) -> None:
        elapsed = time.perf_counter() - self._begun
        self._watchdog.stop()
        self._timer.stop()
        stats = self._studio.frames.stats
        width, height = self._window.viewport.device_size
        pose, render = np.median(np.asarray(self._costs or [(0.0, 0.0)]), axis=0) * 1000
        figures: dict[str, float | str] = {
            "width": width,
            "height": height,
            "renderer": self._studio.frames.renderer,
            "gaussians": stats.last.num_gaussians if stats.last is not None else 0,
            "shown_fps": (stats.num_shown - self._shown) / elapsed,
            "ui_block_p99_ms": self._watchdog.delay_secs(0.99) * 1000,
            "ui_block_max_ms": self._watchdog.delay_secs(1.0) * 1000,
            "pose_median_ms": float(pose),
            "render_median_ms": float(render),
        }
        say(figures, as_json=self._as_json)
        quit_studio(self._window)


def _process_secs(since_start: float) -> dict[str, float]:
    """Return the time since the process began, where the system tells: Python's start counts."""
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii")
        uptime = Path("/proc/uptime").read_text(encoding="ascii")
    except OSError:
        return {}
    begun = int(stat.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return {"since_exec_secs": max(float(uptime.split()[0]) - begun, since_start)}


def say(figures: dict[str, float | str], *, as_json: bool) -> None:
    """Print figures, as JSON or for people."""
    if as_json:
        print(json.dumps(figures), flush=True)  # noqa: T201 - the answer
        return
    for name, value in figures.items():
        shown = f"{value:.3f}" if isinstance(value, float) else value
        print(f"{name:>20}  {shown}", flush=True)  # noqa: T201 - the answer


def quit_studio(window: MainWindow) -> None:
    """End the studio in order."""
    window.shut_down()
    QApplication.exit(0)
