"""A demo person filmed by a small ring of cameras: a capture that a fit can match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mien.avatar import open_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.state import NEUTRAL, AvatarState
from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View, ViewMissing
from mien.capture.tracking import Tracking
from mien.image import to_uint8
from mien.rendering import RenderOptions, make_renderer
from mien.resources import resource
from mien.template.selection import open_template

BACKGROUND = (128, 140, 150)


@lru_cache(maxsize=1)
def person() -> RiggedAvatar:
    """Return a demo person."""
    avatar = open_avatar(Path(str(resource("demo/ada.avatar"))))
    assert isinstance(avatar, RiggedAvatar)
    return avatar


def rig_around(num_cameras: int, size: int) -> tuple[CaptureCamera, ...]:
    """Return cameras all round the head; every fourth is held out."""
    held: list[CaptureCamera] = []
    for index in range(num_cameras):
        angle = 2 * np.pi * index / num_cameras
        eye = (np.sin(angle), 0.25 * np.sin(3 * angle), np.cos(angle))
        camera = Camera.looking_at(eye, (0, -0.06, 0), size=(size, size), fov_y=0.45)
        split = "test" if index % 4 == 1 else "train"
        held.append(CaptureCamera(f"c{index}", camera, split))
    return tuple(held)


@dataclass(frozen=True, eq=False)
class FilmedCapture:
    """Views by camera and frame, all in memory."""

    cameras: tuple[CaptureCamera, ...]
    views: dict[tuple[str, int], View]
    tracking: Tracking | None
    name: str = "Ada / filmed"
    source: Path = Path("filmed")
    aligned: bool = True
    attributes: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())
    background: NDArray[np.uint8] | None = field(
        default_factory=lambda: np.array(BACKGROUND, np.uint8)
    )

    @property
    def times(self) -> NDArray[np.float64]:
        return np.arange(len({frame for _, frame in self.views})) / 24

    @property
    def frame_names(self) -> tuple[str, ...]:
        return tuple(str(frame) for frame in range(len(self.times)))

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        return np.eye(4)

    def present(self, camera: str, frame: int) -> bool:
        return (camera, frame) in self.views

    def view(self, camera: str, frame: int) -> View:
        if (camera, frame) not in self.views:
            raise ViewMissing(self.source, f"camera {camera} dropped frame {frame}")
        return self.views[camera, frame]

    def close(self) -> None:
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def film(
    *, num_cameras: int = 8, size: int = 64, states: Sequence[AvatarState] = (NEUTRAL,)
) -> FilmedCapture:
    """Film the demo person in some states."""
    avatar, cameras = person(), rig_around(num_cameras, size)
    red, green, blue = (value / 255 for value in BACKGROUND)
    options = RenderOptions(background=(red, green, blue))
    renderer = make_renderer("cpu")
    views: dict[tuple[str, int], View] = {}
    for frame, state in enumerate(states):
        cloud = avatar.pose(state)
        for held in cameras:
            drawn = renderer.render(cloud, held.camera, options)
            views[held.name, frame] = View(drawn.rgb8, to_uint8(drawn.alpha))
    renderer.close()
    template = open_template("mien_head")
    tracking = Tracking.of_states(
        "mien_head", np.zeros(0), states, rest_offsets=avatar.rig.rest - template.neutral
    )
    return FilmedCapture(cameras, views, tracking)
