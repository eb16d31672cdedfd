"""Pilot: hands on mouse and keys, turned into changes of the view."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer

from mien.editing.document import Slot
from mien.orbit import Orbit
from mien.session.stations import stepped
from mien.session.view_state import ViewState
from mien_studio.bridge.studio import Studio
from mien_studio.viewport import navigation
from mien_studio.viewport.placement import MAX_MAGNIFICATION, Placement

_TICK_MS = 8
_HANDLE_REACH = 8.0
"""Logical pixels beside the wipe's edge that still take hold of it."""


class Grip(Enum):
    """What a drag moves."""

    ORBIT = "orbit"
    PAN = "pan"
    WIPE = "wipe"
    PICTURE = "picture"


@dataclass
class _Drag:
    grip: Grip
    slot: Slot
    x: float
    y: float


class Pilot(QObject):
    """Orbit, pan, dolly, fly, wipe and magnify. Positions are device pixels of the viewport.

    Args:
        studio: Whose view is moved.
        placement: Returns where the pictures lie now.
    """

    def __init__(
        self, studio: Studio, placement: Callable[[], Placement], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._studio = studio
        self._placement = placement
        self._drag: _Drag | None = None
        self._keys: set[str] = set()
        self._fast = False
        self._journey: tuple[Slot, Orbit, Orbit, float] | None = None
        self._ticked = 0.0
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    # The mouse

    def grip_at(self, x: float, y: float, ratio: float) -> Grip:
        """Return what the left button would move here."""
        placement = self._placement()
        if placement.mode == "wipe" and abs(x - placement.wipe_x) <= _HANDLE_REACH * ratio:
            return Grip.WIPE
        return Grip.ORBIT

    def press(self, x: float, y: float, *, left: bool, ratio: float) -> None:
        """Begin a drag: the left button orbits or takes the wipe, the others pan."""
        grip = self.grip_at(x, y, ratio) if left else Grip.PAN
        if grip is Grip.PAN and self._view.magnification > 1:
            grip = Grip.PICTURE
        self._journey = None
        self._drag = _Drag(grip, self._placement().slot_at(x), x, y)

    def move(self, x: float, y: float) -> bool:
        """Go on with a drag; return whether there is one."""
        drag = self._drag
        if drag is None:
            return False
        dx, dy = x - drag.x, y - drag.y
        drag.x, drag.y = x, y
        placement = self._placement()
        height = placement.viewport[1] * placement.magnification
        if drag.grip is Grip.WIPE:
            self._studio.update_view(wipe=placement.wipe_for(x))
        elif drag.grip is Grip.PICTURE:
            self._studio.update_view(magnified_at=placement.panned(dx, dy))
        elif self._view.standing:
            # The hand takes the camera off its stand, from where it is.
            self.leave_station()
        elif drag.grip is Grip.PAN:
            self.set_orbit(drag.slot, navigation.panned(self.orbit(drag.slot), dx, dy, height))
        else:
            # Turning is about the hand and not the pixels: magnified, it would be far too slow.
            turned = navigation.orbited(self.orbit(drag.slot), dx, dy, placement.viewport[1])
            self.set_orbit(drag.slot, turned)
        return True

    def release(self) -> None:
        """End a drag."""
        self._drag = None

    @property
    def dragging(self) -> bool:
        """Whether a button holds something."""
        return self._drag is not None

    def wheel(self, notches: float, x: float, y: float) -> None:
        """Dolly toward the place under the cursor; on a stand the picture is magnified instead."""
        if self._view.standing:
            self.magnify(1 if notches > 0 else -1, x, y)
            return
        placement = self._placement()
        slot = placement.slot_at(x)
        at = placement.fractions(slot, x, y)
        aspect = placement.picture[0] / placement.picture[1]
        self._journey = None
        self.set_orbit(slot, navigation.dollied(self.orbit(slot), notches, at, aspect))

    def magnify(self, steps: int, x: float, y: float) -> None:
        """Show more or fewer screen pixels for each pixel of the picture."""
        held = self._view.magnification
        wanted = min(max(held * 2**steps if steps > 0 else held // 2**-steps, 1), MAX_MAGNIFICATION)
        if wanted != held:
            at = self._placement().magnified(wanted, x, y)
            self._studio.update_view(magnification=wanted, magnified_at=at)

    # The cameras of a capture

    def stand_in(self, camera: str) -> None:
        """See exactly what a camera of the chosen capture sees."""
        self._journey = None
        self._studio.update_view(standing=True, station_camera=camera)

    def leave_station(self) -> None:
        """Let the camera move freely again, from where it stands."""
        station = self._studio.session.station
        if not self._view.standing:
            return
        changes: dict[str, Any] = {"standing": False}
        if station is not None:
            picture = self._placement().picture
            changes["orbit"] = Orbit.seen_from(station.camera.camera.fitted(picture))
            changes["orbit_b"] = None
        self._studio.update_view(**changes)

    def step_station(self, step: int) -> None:
        """Stand in the camera so many further on, or in the chosen one if in none."""
        station = self._studio.session.station
        if station is None:
            return
        if self._view.standing:
            station = stepped(station, step)
        self.stand_in(station.camera.name)

    # Keys

    def key_down(self, scan_code: int, text: str, *, fast: bool) -> bool:
        """Begin to fly in a direction; return whether the key is one for flying."""
        key = navigation.fly_key(scan_code, text)
        if key is None:
            return False
        self._fast = fast
        self.leave_station()
        self._keys.add(key)
        self._journey = None
        self._run()
        return True

    def key_up(self, scan_code: int, text: str) -> bool:
        """Stop flying in a direction."""
        key = navigation.fly_key(scan_code, text)
        if key is None:
            return False
        self._keys.discard(key)
        return True

    def let_go(self) -> None:
        """Forget keys and buttons that are held, because the window lost the focus."""
        self._keys.clear()
        self._drag = None

    # Journeys

    def go_to(self, orbit: Orbit, slot: Slot = "A") -> None:
        """Move the camera to another view smoothly."""
        self.leave_station()
        self._journey = (slot, self.orbit(slot), orbit, time.perf_counter())
        self._run()

    @property
    def travelling(self) -> bool:
        """Whether the camera is on its way."""
        return self._journey is not None

    def orbit(self, slot: Slot) -> Orbit:
        """Return the camera of a slot."""
        view = self._view
        return view.orbit_b if slot == "B" and view.orbit_b is not None else view.orbit

    def set_orbit(self, slot: Slot, orbit: Orbit) -> None:
        """Move the camera of a slot; linked cameras move together."""
        own = slot == "B" and self._view.orbit_b is not None
        changes: dict[str, Any] = {"orbit_b" if own else "orbit": orbit}
        self._studio.update_view(**changes)

    @property
    def _view(self) -> ViewState:
        return self._studio.session.view.state

    def _run(self) -> None:
        if not self._timer.isActive():
            self._ticked = time.perf_counter()
            self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        elapsed, self._ticked = now - self._ticked, now
        if self._journey is not None:
            slot, start, end, begun = self._journey
            fraction = (now - begun) / navigation.TRANSITION_SECS
            if fraction >= 1:
                self._journey = None
                self.set_orbit(slot, end)
            else:
                self.set_orbit(slot, start.toward(end, navigation.eased(fraction)))
        if self._keys:
            keys = frozenset(self._keys)
            moved = navigation.flown(self.orbit("A"), keys, elapsed, fast=self._fast)
            self.set_orbit("A", moved)
        if self._journey is None and not self._keys:
            self._timer.stop()
