"""A capture to measure with: an avatar filmed while it speaks, made in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mien.avatar.framing import default_orbit
from mien.avatar.protocol import Avatar
from mien.avatar.state import AvatarState
from mien.capture.protocol import CaptureCamera, View
from mien.capture.store import CaptureOutline, CaptureWriter
from mien.capture.store.pictures import encode_view
from mien.capture.tracking import Tracking
from mien.rendering.protocol import Renderer, RenderOptions

_BACKGROUND = (0.55, 0.56, 0.58)
_RATE = 25.0


def film_sequence(
    path: Path,
    avatar: Avatar,
    renderer: Renderer,
    *,
    num_cameras: int,
    num_frames: int,
    size: tuple[int, int],
) -> Path:
    """Write a capture of an avatar that talks and turns, seen from an arc of cameras.

    Args:
        path: The `.capture` file to make.
        avatar: Who is filmed.
        renderer: Draws the photographs.
        num_cameras: On the arc; every third one is held out.
        num_frames: At 25 a second.
        size: Width and height of the pictures.
    """
    states = [_speaking(frame) for frame in range(num_frames)]
    cameras = _arc(avatar, num_cameras, size)
    grey = np.round(np.multiply(_BACKGROUND, 255)).astype(np.uint8)
    outline = CaptureOutline(
        avatar.name,
        cameras,
        np.arange(num_frames) / _RATE,
        tuple(f"{frame:04d}" for frame in range(num_frames)),
        aligned=True,
        tracking=Tracking.of_states(avatar.template or "", np.zeros(1), states),
        background=grey,
    )
    options = RenderOptions(background=_BACKGROUND, depth=False)
    with CaptureWriter(path, outline) as writer:
        for frame, state in enumerate(states):
            cloud = avatar.pose(state)
            for index, held in enumerate(cameras):
                drawn = renderer.render(cloud, held.camera, options)
                mask = np.round(255 * np.clip(drawn.alpha, 0, 1)).astype(np.uint8)
                view = View(np.ascontiguousarray(drawn.rgb8), mask)
                writer.add(index, frame, encode_view(view, writer.encoding))
        return writer.finish()


def _speaking(frame: int) -> AvatarState:
    smile = 0.5 * abs(np.cos(frame / 7))
    return AvatarState.of(
        {
            "jawOpen": 0.4 * abs(np.sin(frame / 5)),
            "mouthSmileLeft": smile,
            "mouthSmileRight": smile,
            "eyeBlinkLeft": 1.0 * (frame % 40 < 3),
            "eyeBlinkRight": 1.0 * (frame % 40 < 3),
        },
        head_rotation=(0.1 * np.sin(frame / 8), 0.3 * np.sin(frame / 10), 0.0),
    )


def _arc(avatar: Avatar, count: int, size: tuple[int, int]) -> tuple[CaptureCamera, ...]:
    aspect = size[0] / size[1]
    front = default_orbit(avatar, aspect=aspect)
    yaws = np.radians(np.linspace(-50, 50, count)) if count > 1 else [0.0]
    return tuple(
        CaptureCamera(
            f"c{index:02d}",
            front.orbited(float(yaw), 0.1 * (index % 3 - 1)).camera(size),
            "test" if index % 3 == 2 else "train",
        )
        for index, yaw in enumerate(yaws)
    )
