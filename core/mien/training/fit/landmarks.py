"""The landmarks of a face in space: read in every picture that shows it, met by rays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import Capture, ViewMissing
from mien.driving.face_tracker import FaceTracker
from mien.transforms import Array, normalize

_LARGEST_SIDE = 768
"""The tracker looks at 256 pixels of a face: more of the picture than this gains nothing."""
_WORST_PIXELS = 0.02
"""A landmark this far from its picture's reading, in picture widths, was misread there."""
_FEWEST_PICTURES = 2

# The same place in the tracker's mesh of 478 points, for landmarks of Mien's template.
# fmt: off
TRACKER_POINTS: dict[str, int] = {
    "brow_right_4": 70, "brow_right_3": 63, "brow_right_2": 105, "brow_right_1": 66,
    "brow_left_1": 296, "brow_left_2": 334, "brow_left_3": 293, "brow_left_4": 300,
    "nose_bridge_0": 168, "nose_bridge_1": 6, "nose_bridge_2": 195, "nose_bridge_3": 4,
    "nose_base_right_1": 98, "nose_base_right_0": 97, "nose_base": 2,
    "nose_base_left_0": 326, "nose_base_left_1": 327,
    "eye_right_outer": 33, "lid_right_upper_outer": 160, "lid_right_upper_inner": 158,
    "eye_right_inner": 133, "lid_right_lower_inner": 153, "lid_right_lower_outer": 144,
    "eye_left_inner": 362, "lid_left_upper_inner": 385, "lid_left_upper_outer": 387,
    "eye_left_outer": 263, "lid_left_lower_outer": 373, "lid_left_lower_inner": 380,
    "lip_right_corner": 61, "lip_upper_right_2": 39, "lip_upper_right_1": 37,
    "lip_upper_middle": 0, "lip_upper_left_1": 267, "lip_upper_left_2": 269,
    "lip_left_corner": 291, "lip_lower_left_2": 405, "lip_lower_left_1": 314,
    "lip_lower_middle": 17, "lip_lower_right_1": 84, "lip_lower_right_2": 181,
    "chin": 152,
}
# fmt: on


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Landmarks in the capture's world.

    Args:
        names: Of the template's landmarks that were found [L].
        points: [L, 3], metres.
        num_pictures: In how many a face was read.
    """

    names: tuple[str, ...]
    points: Array
    num_pictures: int


def read_landmarks(capture: Capture, frame: int, tracker: FaceTracker) -> Landmarks | None:
    """Find the face of a frame in space; None where fewer than two pictures show it.

    Raises:
        FileError: A picture cannot be read.
    """
    names = tuple(TRACKER_POINTS)
    chosen = list(TRACKER_POINTS.values())
    cameras: list[Camera] = []
    pixels: list[Array] = []
    for held in capture.cameras:
        try:
            image = capture.view(held.name, frame).image
        except ViewMissing:
            continue
        step = max(1, -(-max(image.shape[:2]) // _LARGEST_SIDE))
        reading = tracker.read(np.ascontiguousarray(image[::step, ::step]))
        if reading is not None:
            cameras.append(held.camera)
            pixels.append(reading.landmarks[chosen, :2] * np.array(held.camera.size))
    if len(cameras) < _FEWEST_PICTURES:
        return None
    points, sure = triangulated(cameras, np.array(pixels))
    kept = np.flatnonzero(sure)
    return Landmarks(tuple(names[index] for index in kept), points[kept], len(cameras))


def triangulated(
    cameras: Sequence[Camera], pixels: NDArray[np.floating]
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the points [L, 3] nearest to the rays through pixels [C, L, 2], and which are sure.

    Readings far from where the others meet (a cheek's far side in a profile) are dropped, the
    worst first, as long as two are left.
    """
    origins = np.array([camera.position for camera in cameras])
    count, num_points = pixels.shape[:2]
    rays = np.array(
        [
            normalize(camera.unproject(places, np.ones(num_points)) - camera.position)
            for camera, places in zip(cameras, pixels, strict=True)
        ]
    )
    used = np.ones((count, num_points), bool)
    widths = np.array([camera.width for camera in cameras])
    points = np.zeros((num_points, 3))
    errors = np.zeros((count, num_points))
    for _ in range(count):
        points = _meeting(origins, rays, used)
        for index, camera in enumerate(cameras):
            seen, _ = camera.project(points)
            errors[index] = np.linalg.norm(seen - pixels[index], axis=1) / widths[index]
        errors = np.where(used, errors, 0)
        worst = errors.argmax(axis=0)
        bad = (errors.max(axis=0) > _WORST_PIXELS) & (used.sum(axis=0) > _FEWEST_PICTURES)
        if not bad.any():
            break
        used[worst[bad], np.flatnonzero(bad)] = False
    return points, errors.max(axis=0) <= _WORST_PIXELS


def _meeting(origins: Array, rays: Array, used: NDArray[np.bool_]) -> Array:
    """Return the points [L, 3] with the least squared distances to the rays [C, L, 3] in use."""
    across = np.eye(3) - rays[..., :, None] * rays[..., None, :]
    across = across * used[..., None, None]
    left = across.sum(axis=0) + 1e-9 * np.eye(3)
    right = np.einsum("clij,cj->li", across, origins)
    return np.linalg.solve(left, right[..., None])[..., 0]
