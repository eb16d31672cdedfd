"""ViewState: how one looks at the document. Saved and observable, but not undone."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any, Literal

from mien.events import Event
from mien.orbit import Orbit

CompareMode = Literal["single", "side", "wipe", "blink", "difference", "relative", "flip"]
LoopMode = Literal["loop", "once", "ping-pong"]


@dataclass(frozen=True)
class ViewState:
    """One look at the document.

    Args:
        orbit: The camera; of A where the cameras are not linked.
        orbit_b: The camera of B where it goes its own way, or None while they are linked.
        compare: How A and B share the viewport.
        wipe: Where the wipe's edge is, as a fraction of the picture's own width, so that it stays
            on the same place of the head under any zoom.
        shading: Name of a view mode of `gaussians.shading`, or `color`.
        antialiased: Whether the anti-aliased rasterisation is used.
        background: sRGB.
        exposure: Stops added to both pictures.
        magnification: Whole screen pixels per picture pixel, 1 to 8.
        magnified_at: The point of the picture in the middle of the magnified view, fractions.
        difference_gain: Factor on the difference picture.
        mesh_opacity: Of the template's mesh over the picture, 0 for none.
        time: Seconds on the timeline.
        playing: Whether time runs.
        speed: Seconds of the timeline per second; negative runs backwards.
        loop: What happens at the end.
        in_time: Start of the played range, or None for the beginning.
        out_time: End of the played range, or None for the end.
        station_asset: The capture whose cameras one moves among; empty for none.
        station_camera: The camera of it that was chosen last.
        standing: Whether the view is exactly that camera's, instead of the orbit's.
        show_cameras: Whether the cameras of the captures are drawn.
        masked: Whether photographs are cut out by their masks and laid on the background.
    """

    orbit: Orbit = Orbit()
    orbit_b: Orbit | None = None
    compare: CompareMode = "single"
    wipe: float = 0.5
    shading: str = "color"
    antialiased: bool = False
    background: tuple[float, float, float] = (24 / 255, 26 / 255, 30 / 255)
    exposure: float = 0.0
    magnification: int = 1
    magnified_at: tuple[float, float] = (0.5, 0.5)
    difference_gain: float = 4.0
    mesh_opacity: float = 0.0
    time: float = 0.0
    playing: bool = False
    speed: float = 1.0
    loop: LoopMode = "loop"
    in_time: float | None = None
    out_time: float | None = None
    station_asset: str = ""
    station_camera: str = ""
    standing: bool = False
    show_cameras: bool = True
    masked: bool = False

    @property
    def linked(self) -> bool:
        """Whether A and B are seen by the same camera."""
        return self.orbit_b is None


class View:
    """The view state in force, with its listeners.

    May be changed from any thread: an avatar that has just been loaded is framed from its own.
    """

    def __init__(self, state: ViewState | None = None) -> None:
        self._state = state or ViewState()
        self._lock = threading.Lock()
        self.changed: Event[ViewState] = Event()

    @property
    def state(self) -> ViewState:
        """The state as it stands."""
        return self._state

    def update(self, **changes: Any) -> None:
        """Change some fields; listeners hear of it only if a value is different."""
        with self._lock:
            before, self._state = self._state, replace(self._state, **changes)
            after = self._state
        if after != before:
            self.changed.emit(after)

    def set(self, state: ViewState) -> None:
        """Put another state in force."""
        with self._lock:
            before, self._state = self._state, state
        if state != before:
            self.changed.emit(state)
