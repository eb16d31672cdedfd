"""A session's timeline as shots of a video: taken at once, safe to draw beside further editing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mien.atomic import replacing
from mien.camera import Camera
from mien.editing.document import Slot
from mien.errors import MienError
from mien.gaussians.marks import SELECTED
from mien.session.library import asset_path
from mien.session.request import Shot
from mien.session.session import Session
from mien.session.timeline import played_span

DEFAULT_RATE = 30.0
"""Frames per second where no source has a rate of its own."""

# OpenGL's camera axes (y up, z backwards) in OpenCV's.
_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True)
class ShotList:
    """What a video shows.

    Args:
        shots: One for each frame.
        times: Instant of each on the timeline, seconds.
        rate: Frames per second.
        sources: Frame of the driving video for each; empty where no video drives.
        video: The driving video's file, or None.
    """

    shots: tuple[Shot, ...]
    times: tuple[float, ...]
    rate: float
    sources: tuple[int, ...] = ()
    video: Path | None = None


def timeline_shots(
    session: Session, size: tuple[int, int], *, slot: Slot = "A", rate: float | None = None
) -> ShotList:
    """Return the shots of the played range, seen from where the view is now.

    Args:
        session: Read here and now; later changes do not matter.
        size: Of each picture, width and height in pixels.
        slot: What is shown.
        rate: Frames per second; by default the driving source's.

    Raises:
        MienError: There is nothing to show, or the timeline is empty.
    """
    span = played_span(session.view.state, session.span)
    if span.length <= 0:
        raise MienError(
            "the timeline is empty", hint="Choose a driving source or add keyframes first."
        )
    track = session.track
    frames_per_sec = rate or (track.playback_rate if track is not None else DEFAULT_RATE)
    count = int(span.length * frames_per_sec + 1e-6) + 1
    times = tuple(span.start + index / frames_per_sec for index in range(count))
    camera = session.camera(slot, size)
    shots = tuple(_shot(session, slot, time, camera) for time in times)
    video, sources = None, ()
    source = session.document.drive.source
    if track is not None and source is not None:
        asset = session.document.asset(source)
        if asset.kind == "video":
            video = asset_path(asset)
            start = float(track.times[0])
            sources = tuple(track.frame_at(time + start) for time in times)
    return ShotList(shots, times, frames_per_sec, sources, video)


def turntable_shots(
    session: Session,
    size: tuple[int, int],
    *,
    slot: Slot = "A",
    turn_secs: float = 6.0,
    rate: float = DEFAULT_RATE,
) -> ShotList:
    """Return the shots of one turn around what is shown now.

    Raises:
        MienError: There is nothing to show.
    """
    count = max(round(turn_secs * rate), 2)
    time = session.view.state.time
    first = _shot(session, slot, time, session.camera(slot, size))
    orbits = session.orbit(slot).turntable(count)
    shots = tuple(replace(first, camera=orbit.camera(size)) for orbit in orbits)
    return ShotList(shots, tuple(index / rate for index in range(count)), rate)


def write_trajectory(path: str | Path, cameras: Sequence[Camera], rate: float) -> None:
    """Write cameras as a `transforms.json` (OpenGL camera axes, as NeRF tools read it), atomically.

    Raises:
        FileError: It cannot be written.
    """
    first = cameras[0]
    content: dict[str, Any] = {
        "camera_model": "OPENCV",
        "w": first.width,
        "h": first.height,
        "fl_x": float(first.intrinsics[0, 0]),
        "fl_y": float(first.intrinsics[1, 1]),
        "cx": float(first.intrinsics[0, 2]),
        "cy": float(first.intrinsics[1, 2]),
        "fps": rate,
        "frames": [
            {
                "file_path": f"frame_{index:05d}.png",
                "time": index / rate,
                "transform_matrix": (camera.world_from_camera @ _OPENGL).tolist(),
            }
            for index, camera in enumerate(cameras)
        ],
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _shot(session: Session, slot: Slot, time: float, camera: Camera) -> Shot:
    shot = session.shot(slot, time, camera)
    if shot is None:
        raise MienError(f"there is nothing in {slot} to export", hint="Open an avatar first.")
    return unselected(shot)


def unselected(shot: Shot) -> Shot:
    """Return a shot without the highlight of what is selected, which is not part of the head."""
    if shot.marks is None:
        return shot
    everything = np.ones(len(shot.marks.bits), np.bool_)
    return replace(shot, marks=shot.marks.with_mark(SELECTED, everything, on=False))
