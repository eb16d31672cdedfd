"""A capture made by filming a person of the demo, to measure other renders of them against."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as PilImage

from mien.avatar import AvatarState
from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View, ViewMissing, camera_named
from mien.capture.tracking import Tracking
from mien.rendering import RenderOptions

GREY = 118


def arc(count=4, size=(128, 128), held_out=(1,), distance=0.85):
    """Return cameras on an arc before the face, with principal points off the middle."""
    made = []
    for index in range(count):
        yaw = np.deg2rad(-50 + 100 * index / max(count - 1, 1))
        pitch = 0.14 * (-1) ** index
        eye = distance * np.array([np.sin(yaw), pitch, np.cos(yaw)]) + (0, -0.03, 0)
        camera = Camera.looking_at(eye, (0, -0.03, 0), size=size, fov_y=0.56)
        intrinsics = camera.intrinsics + np.array([[0, 0, 2.5], [0, 0, -1.25], [0, 0, 0]])
        split = "test" if index in held_out else "train"
        lens = Camera(camera.world_from_camera, intrinsics, size)
        made.append(CaptureCamera(f"cam_{index:02d}", lens, split))
    return tuple(made)


def talking(count):
    """Return the states of someone who talks, blinks and nods."""
    phase = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return [
        AvatarState.of(
            {
                "jawOpen": 0.25 + 0.25 * np.sin(3 * p),
                "mouthSmileLeft": 0.3 + 0.3 * np.sin(p),
                "mouthSmileRight": 0.3 + 0.3 * np.sin(p),
                "eyeBlinkLeft": float(np.sin(5 * p) > 0.9),
                "eyeBlinkRight": float(np.sin(5 * p) > 0.9),
            },
            head_rotation=[0.1 * np.sin(p), 0.2 * np.sin(2 * p), 0],
        )
        for p in phase
    ]


@dataclass(eq=False)
class FilmedCapture:
    """An avatar, filmed: pictures are kept as JPEG files are, masks beside them."""

    avatar: object
    renderer: object
    cameras: tuple = field(default_factory=arc)
    states: list = field(default_factory=lambda: talking(3))
    missing: frozenset = frozenset()
    tracked: bool = True
    masked: bool = True
    room: bool = False
    quality: int = 95
    name: str = "Filmed"
    source: Path = Path("filmed.capture")
    aligned: bool = True

    def __post_init__(self):
        count = len(self.states)
        self.times = np.arange(count) / 25
        self.frame_names = tuple(f"{1000 + frame:06d}" for frame in range(count))
        self.head_from_world = np.eye(4)
        self.attributes = {}
        self.background = None if self.room else np.full(3, GREY, np.uint8)
        identity = np.zeros(0, np.float32)
        self.tracking = (
            Tracking.of_states("mien_head", identity, self.states) if self.tracked else None
        )
        self.reads = []
        self._pictures = {}
        options = RenderOptions(background=(GREY / 255,) * 3, depth=False, eight_bit=True)
        for frame, state in enumerate(self.states):
            cloud = self.avatar.pose(state)
            for held in self.cameras:
                drawn = self.renderer.render(cloud, held.camera, options)
                data = io.BytesIO()
                PilImage.fromarray(drawn.rgb8).save(data, "JPEG", quality=self.quality)
                mask = (255 * drawn.alpha + 0.5).astype(np.uint8) if self.masked else None
                self._pictures[held.name, frame] = data.getvalue(), mask

    def present(self, camera, frame):
        camera_named(self, camera)
        return (camera, frame) not in self.missing

    def view(self, camera, frame):
        camera_named(self, camera)
        self.reads.append((camera, frame))
        if not self.present(camera, frame):
            raise ViewMissing(self.source, f"{camera} has no frame {self.frame_names[frame]}")
        data, mask = self._pictures[camera, frame]
        return View(np.asarray(PilImage.open(io.BytesIO(data)).convert("RGB")), mask)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
