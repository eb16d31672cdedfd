"""A capture whose every pixel is known, because it is computed when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mien.avatar.state import AvatarState
from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View, ViewMissing
from mien.capture.tracking import Tracking
from mien.errors import FileError


def ring(num_cameras: int, size: tuple[int, int] = (48, 64)) -> tuple[CaptureCamera, ...]:
    """Return cameras in a circle around the origin, the last one for tests."""
    held: list[CaptureCamera] = []
    for index in range(num_cameras):
        angle = 0.2 + 2 * np.pi * index / num_cameras
        eye = (np.sin(angle), 0.1 * index, np.cos(angle))
        camera = Camera.looking_at(eye, (0, 0, 0), size=size, fov_y=0.5)
        split = "test" if index == num_cameras - 1 else "train"
        held.append(CaptureCamera(f"c{index:02d}", camera, split))
    return tuple(held)


@dataclass(frozen=True, eq=False)
class MadeCapture:
    """Pictures of smooth colour and some grain, with masks and depth, all from numbers.

    `absent` and `damaged` name views, camera and frame, that it lacks or cannot read.
    """

    cameras: tuple[CaptureCamera, ...] = field(default_factory=lambda: ring(3))
    num_frames: int = 4
    name: str = "Zoë / EXP-1"
    absent: frozenset[tuple[str, int]] = frozenset()
    damaged: frozenset[tuple[str, int]] = frozenset()
    source: Path = Path("made")
    aligned: bool = True

    @property
    def times(self) -> NDArray[np.float64]:
        return np.arange(self.num_frames) / 24

    @property
    def frame_names(self) -> tuple[str, ...]:
        return tuple(f"{7 + 3 * frame:05d}" for frame in range(self.num_frames))

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        return np.diag([0.001, 0.001, 0.001, 1.0])

    @property
    def tracking(self) -> Tracking:
        states = [
            AvatarState.of({"jawOpen": frame / 10}, head_translation=(0, frame, 0))
            for frame in range(self.num_frames)
        ]
        offsets = np.linspace(0, 0.01, 30, dtype=np.float32).reshape(10, 3)
        return Tracking.of_states("mien_head", [0.5, -1.0], states, rest_offsets=offsets)

    @property
    def attributes(self) -> dict[str, Any]:
        return {"age": 41, "hair_style": "bob", "glasses": False, "ita": -12.5}

    @property
    def background(self) -> NDArray[np.uint8]:
        return np.array([90, 91, 92], np.uint8)

    def present(self, camera: str, frame: int) -> bool:
        return (camera, frame) not in self.absent

    def view(self, camera: str, frame: int) -> View:
        if (camera, frame) in self.absent:
            raise ViewMissing(self.source, f"camera {camera} dropped frame {frame}")
        if (camera, frame) in self.damaged:
            raise FileError(self.source, f"camera {camera}, frame {frame} is unreadable")
        index = [held.name for held in self.cameras].index(camera)
        width, height = self.cameras[index].camera.size
        rng = np.random.default_rng((index, frame))
        row, column = np.mgrid[:height, :width]
        ramp = np.stack([row * 2, column * 3, row + column + 10 * frame], 2) % 200
        image = (ramp + rng.integers(0, 9, ramp.shape)).astype(np.uint8)
        far = np.hypot(row - height / 2, column - width / 2)
        mask = np.clip((height / 3 - far) * 40 + 128, 0, 255).astype(np.uint8)
        depth = np.where(mask > 0, 0.9 + 0.001 * far + 0.01 * index, 0).astype(np.float32)
        return View(image, mask, depth)

    def close(self) -> None:
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
