"""A few coloured dots around a head, drawn where each dataset's own convention says they are.

Every fixture of a capture is written with these: the writer projects the dots by the dataset's
calibration files alone and draws them; a test then asks the reader's cameras where they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import Capture
from mien.transforms import apply, matrix_from_axis_angle

Matrix = NDArray[np.float64]

# In a head's own frame, metres. No two line up, nor is there any symmetry.
DOTS = np.array(
    [[0.00, 0.02, 0.10], [0.07, 0.05, 0.04], [-0.06, 0.07, 0.03], [0.04, -0.08, 0.05],
     [-0.05, -0.05, 0.07]]
)  # fmt: skip
COLORS = np.array(
    [[230, 40, 40], [40, 200, 40], [40, 60, 230], [220, 200, 30], [200, 40, 200]], np.uint8
)
BACKDROP = np.array([90, 90, 90], np.uint8)

OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True)
class DotScene:
    """Cameras around a head in some world.

    Args:
        world_from_head: Where the head is in that world, a similarity to its unit.
        poses: World from camera of each camera in that world, OpenCV's axes, in its unit.
        intrinsics: K of each camera, for pixel centres at half integers, at `size`.
        size: Of the pictures that the calibration is for.
    """

    world_from_head: Matrix
    poses: Mapping[str, Matrix]
    intrinsics: Mapping[str, Matrix]
    size: tuple[int, int]
    points: Matrix = field(default_factory=lambda: DOTS)

    @property
    def dots(self) -> Matrix:
        """The dots in the scene's world [P, 3]."""
        return apply(self.world_from_head, self.points)

    def camera_from_world(self, name: str) -> Matrix:
        """Return the pose that most datasets store."""
        return np.linalg.inv(self.poses[name])


def dot_scene(
    names: list[str],
    size: tuple[int, int],
    *,
    unit: float = 1.0,
    turn: tuple[float, float, float] = (0.4, -0.9, 0.3),
    move: tuple[float, float, float] = (0.3, -1.2, 2.5),
    one_lens: bool = False,
) -> DotScene:
    """Return a scene whose world is turned and moved, measured in units of `unit` metres."""
    world_from_head = np.eye(4)
    world_from_head[:3, :3] = matrix_from_axis_angle(turn) / unit
    world_from_head[:3, 3] = np.array(move) / unit
    poses: dict[str, Matrix] = {}
    lenses: dict[str, Matrix] = {}
    for place, name in enumerate(names):
        angle = np.deg2rad(np.linspace(-65, 65, len(names))[place])
        eye = [1.1 * np.sin(angle), 0.25 * np.cos(3 * angle) - 0.05, 1.1 * np.cos(angle)]
        camera = Camera.looking_at(eye, (0, 0, 0), size=size, fov_y=0.42)
        pose = world_from_head @ camera.world_from_camera
        pose[:3, :3] *= unit
        poses[name] = pose
        shift = np.array([0.031, -0.022]) if one_lens else np.array([0.02 * place, -0.013 * place])
        lens = camera.intrinsics.copy()
        lens[:2, 2] += shift * size
        lens[1, 1] *= 1.0 if one_lens else 1 + 0.01 * place
        lenses[name] = lens
    return DotScene(world_from_head, poses, lenses, size)


def draw_dots(
    pixels: Matrix,
    size: tuple[int, int],
    *,
    sigma: float = 3.0,
    backdrop: NDArray[np.uint8] = BACKDROP,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a picture [H, W, 3] of dots at pixels [P, 2] (centres at halves), and its mask."""
    columns, rows = np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5
    picture = np.broadcast_to(backdrop.astype(np.float64), (size[1], size[0], 3)).copy()
    mask = np.zeros((size[1], size[0]))
    for (u, v), color in zip(pixels, COLORS, strict=True):
        weight = np.exp(-((rows - v) ** 2) / (2 * sigma**2))[:, None]
        weight = weight * np.exp(-((columns - u) ** 2) / (2 * sigma**2))[None, :]
        picture += weight[..., None] * (color - backdrop.astype(np.float64))
        mask = np.maximum(mask, weight)
    bytes_ = (np.clip(picture, 0, 255) + 0.5).astype(np.uint8)
    return bytes_, ((mask > 0.05) * 255).astype(np.uint8)


def projected(scene: DotScene, name: str, delivered: tuple[int, int] | None = None) -> Matrix:
    """Return where the dots are [P, 2] in a delivered picture, by K [R | t] X alone."""
    local = apply(scene.camera_from_world(name), scene.dots)
    pixels = (local / local[:, 2:]) @ scene.intrinsics[name].T
    scale = np.array(delivered or scene.size) / np.array(scene.size)
    return pixels[:, :2] * scale


def dot_errors(image: NDArray[np.uint8], pixels: Matrix, *, sigma: float = 3.0) -> Matrix:
    """Return how far [P] each dot's middle is from where it should be; nan where it is not."""
    errors = np.full(len(pixels), np.nan)
    reach = int(4 * sigma)
    height, width = image.shape[:2]
    backdrop = np.median(image.reshape(-1, 3), axis=0)
    for index, (u, v) in enumerate(pixels):
        if not (reach <= u < width - reach and reach <= v < height - reach):
            continue
        left, top = int(u) - reach, int(v) - reach
        window = image[top : top + 2 * reach + 1, left : left + 2 * reach + 1].astype(np.float64)
        toward = COLORS[index] - backdrop
        share = np.clip((window - backdrop) @ toward / (toward @ toward), 0, None)
        strayed = np.linalg.norm(window - backdrop - share[..., None] * toward, axis=-1)
        weight = np.where((share > 0.15) & (strayed < 60), share, 0)
        if weight.max() < 0.6:
            continue
        rows, columns = np.mgrid[top : top + len(window), left : left + len(window[0])] + 0.5
        middle = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
        errors[index] = np.hypot(*(middle - (u, v)))
    return errors


def assert_dots_where_cameras_say(
    capture: Capture,
    scene: DotScene,
    frame: int = 0,
    names: Collection[str] = (),
    *,
    tolerance: float,
) -> None:
    """Check cameras, or some by name: each dot is where they see its place in the world."""
    expected = apply(capture.head_from_world, scene.dots)
    for held in capture.cameras:
        if names and held.name not in names:
            continue
        view = capture.view(held.name, frame)
        assert view.image.shape == (held.camera.height, held.camera.width, 3)
        pixels, depths = held.camera.project(expected)
        assert (depths > 0).all(), held.name
        errors = dot_errors(view.image, pixels)
        assert np.isfinite(errors).all(), (held.name, errors, pixels)
        assert errors.max() < tolerance, (held.name, errors)
