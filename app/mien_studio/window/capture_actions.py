"""Actions around captures: standing in their cameras, seeing their rig and their photographs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from mien.editing.commands import SetPhoto
from mien.editing.document import Photo
from mien_studio.bridge.actions import Action
from mien_studio.bridge.studio import Studio
from mien_studio.viewport.view import Viewport
from mien_studio.window.docks import PanelDock

_MENU = "View/Capture"
_RIG_MARGIN = 1.25


def add_making_actions(studio: Studio, docks: Mapping[str, PanelDock]) -> None:
    """Add what leads to making an avatar of a capture: panels, brought to the front.

    Args:
        studio: Whose captures they are made of.
        docks: By the name of their panel.
    """

    def add(name: str, action_id: str, title: str) -> None:
        def show() -> None:
            docks[name].show()
            docks[name].raise_()

        studio.actions.add(
            Action(action_id, title, show, "", _MENU, group=3,
                   enabled=lambda: studio.fitter.capture is not None, icon="avatar")
        )  # fmt: skip

    add("reconstruct", "capture.reconstruct", "Reconstruct a Head…")
    add("fit", "capture.fit", "Fit an Avatar…")


def add_training_action(studio: Studio, dock: PanelDock, choose: Callable[[], object]) -> None:
    """Add what leads to watching a training: its panel, and the question which one."""

    def watch() -> None:
        dock.show()
        dock.raise_()
        choose()

    studio.actions.add(
        Action("training.watch", "Watch a Training…", watch, "", "File", icon="folder")
    )


def add_capture_actions(studio: Studio, viewport: Viewport) -> None:
    """Add what can be done with the capture whose cameras are on the screen."""
    add = studio.actions.add
    session, pilot = studio.session, viewport.pilot

    def has_station() -> bool:
        return session.station is not None

    def toggle_standing() -> None:
        if session.view.state.standing:
            pilot.leave_station()
        else:
            pilot.step_station(0)

    def toggle(field: str) -> None:
        studio.update_view(**{field: not getattr(session.view.state, field)})

    def is_on(field: str) -> bool:
        return bool(getattr(session.view.state, field))

    def frame_rig() -> None:
        station = session.station
        if station is None:
            return
        places = np.array([held.camera.position for held in station.capture.cameras])
        centre = (places.min(axis=0) + places.max(axis=0)) / 2
        radius = _RIG_MARGIN * float(np.linalg.norm(places - centre, axis=1).max())
        pilot.leave_station()
        width, height = viewport.placement().picture
        orbit = session.view.state.orbit
        pilot.go_to(
            replace(orbit, pitch=max(orbit.pitch, 0.25)).framing(
                centre, radius, aspect=width / height
            )
        )

    def show_truth() -> None:
        asset = session.view.state.station_asset
        shown = session.document.photo("B")
        studio.push(
            SetPhoto("B", None, label="Hide ground truth")
            if shown is not None and shown.asset == asset
            else SetPhoto("B", Photo(asset))
        )

    def truth_shown() -> bool:
        shown = session.document.photo("B")
        return shown is not None and shown.asset == session.view.state.station_asset

    add(Action("capture.stand", "Stand in Camera", toggle_standing, "C", _MENU, enabled=has_station,
               checkable=True, checked=partial(is_on, "standing"), icon="camera"))  # fmt: skip
    add(Action("capture.next", "Next Camera", partial(pilot.step_station, 1), "Down", _MENU,
               enabled=has_station))  # fmt: skip
    add(Action("capture.previous", "Previous Camera", partial(pilot.step_station, -1), "Up", _MENU,
               enabled=has_station))  # fmt: skip
    add(Action("capture.cameras", "Show Cameras", partial(toggle, "show_cameras"), "Shift+C", _MENU,
               group=1, enabled=has_station, checkable=True,
               checked=partial(is_on, "show_cameras")))  # fmt: skip
    add(Action("capture.frame", "Frame the Rig", frame_rig, "Ctrl+Shift+F", _MENU, group=1,
               enabled=has_station))  # fmt: skip
    add(Action("capture.truth", "Ground Truth in B", show_truth, "G", _MENU, group=2,
               enabled=has_station, checkable=True, checked=truth_shown))  # fmt: skip
    add(Action("capture.masked", "Cut Out the Person", partial(toggle, "masked"), "M", _MENU,
               group=2, enabled=has_station, checkable=True,
               checked=partial(is_on, "masked")))  # fmt: skip
