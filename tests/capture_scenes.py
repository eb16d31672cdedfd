"""A small capture made in memory: a rig around the origin whose pictures show where they are from.

Each picture is a ramp: red grows with the column, green with the row, blue tells the frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View, ViewMissing, camera_named
from mien.capture.tracking import Tracking

SIZE = (96, 128)


def ring(count=4, size=SIZE, distance=1.0):
    """Return cameras around the head with principal points off the middle; the last is held out."""
    cameras = []
    for index in range(count):
        angle = 2 * np.pi * index / count
        eye = distance * np.array([np.sin(angle), 0.1, np.cos(angle)])
        camera = Camera.looking_at(eye, (0, 0, 0), size=size, fov_y=0.5)
        intrinsics = camera.intrinsics + np.array([[0, 0, 3.5], [0, 0, -2.25], [0, 0, 0]])
        camera = Camera(camera.world_from_camera, intrinsics, size)
        split = "test" if index == count - 1 else "train"
        cameras.append(CaptureCamera(f"c{index:02d}", camera, split))
    return tuple(cameras)


def ramp(size, frame):
    """Return the picture of a frame."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    picture[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    picture[..., 2] = 12 * frame
    return picture


@dataclass(eq=False)
class MadeCapture:
    """Implements Capture; counts what is read of it."""

    cameras: tuple = field(default_factory=ring)
    num_frames: int = 5
    rate: float = 10.0
    missing: frozenset = frozenset()
    tracking: Tracking | None = None
    pictures: dict = field(default_factory=dict)
    background: object = None
    name: str = "made"
    source: Path = Path("made.capture")
    aligned: bool = True

    def __post_init__(self):
        self.reads = []
        self.closed = False
        self.head_from_world = np.eye(4)
        self.attributes = {}
        self.times = np.arange(self.num_frames) / self.rate
        self.frame_names = tuple(str(100 + frame) for frame in range(self.num_frames))

    def present(self, camera, frame):
        camera_named(self, camera)
        return (camera, frame) not in self.missing

    def view(self, camera, frame):
        held = camera_named(self, camera)
        if not 0 <= frame < self.num_frames:
            raise IndexError(frame)
        self.reads.append((camera, frame))
        if not self.present(camera, frame):
            raise ViewMissing(self.source, f"{camera} has no frame {self.frame_names[frame]}")
        if (camera, frame) in self.pictures:
            return self.pictures[camera, frame]
        width, height = held.camera.size
        mask = np.zeros((height, width), np.uint8)
        mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 255
        return View(ramp(held.camera.size, frame), mask)

    def close(self):
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
