"""Stations: the cameras of the captures as places to stand, and what they saw at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mien.avatar.protocol import Avatar
from mien.camera import Camera
from mien.editing.document import Document
from mien.session.view_state import ViewState

if TYPE_CHECKING:
    from mien.capture.protocol import Capture, CaptureCamera
    from mien.session.library import Library


@dataclass(frozen=True, eq=False)
class Station:
    """A camera of an open capture.

    Args:
        asset: The capture's asset id.
        capture: The capture.
        camera: The camera.
    """

    asset: str
    capture: Capture
    camera: CaptureCamera

    def frame_at(self, time: float) -> int:
        """Return the frame seen at a time in seconds from the capture's first."""
        return frame_at(self.capture, time)

    def camera_at(self, size: tuple[int, int], avatar: Avatar | None = None) -> Camera:
        """Return the camera at a picture size; in the world of an avatar that was fitted to the
        capture where its head is not."""
        camera = self.camera.camera.fitted(size)
        motion = getattr(avatar, "head_from_world", None)
        if motion is None or np.allclose(motion, np.eye(4), rtol=0, atol=1e-12):
            return camera
        # Nothing of captures is on the way to the first picture.
        from mien.capture.alignment import moved_camera

        return moved_camera(camera, motion)


def frame_at(capture: Capture, time: float) -> int:
    """Return the frame of a capture shown at a time from its first: the last one that has begun."""
    times = capture.times
    found = int(np.searchsorted(times, times[0] + time + 1e-6, "right")) - 1
    return min(max(found, 0), len(times) - 1)


def station_of(library: Library, asset: str, camera: str) -> Station | None:
    """Return a camera of a capture, the first of a test split where none is named; None while it
    is not open."""
    capture = library.capture(asset) if asset else None
    if capture is None or not capture.cameras:
        return None
    named = [held for held in capture.cameras if held.name == camera]
    unseen = [held for held in capture.cameras if held.split != "train"]
    return Station(asset, capture, (named or unseen or list(capture.cameras))[0])


def chosen_station(document: Document, view: ViewState, library: Library) -> Station | None:
    """Return the camera the view has chosen, where its capture is open."""
    if view.station_asset not in {asset.id for asset in document.assets}:
        return None
    return station_of(library, view.station_asset, view.station_camera)


def stepped(station: Station, step: int) -> Station:
    """Return the camera so many further on in the rig's order, round and round."""
    cameras = station.capture.cameras
    index = [held.name for held in cameras].index(station.camera.name)
    return Station(station.asset, station.capture, cameras[(index + step) % len(cameras)])
