"""The face tracker: pictures in, expressions and head poses out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.driving.face_tracker.bundle import FaceBundle, read_bundle
from mien.driving.face_tracker.crop import Square
from mien.driving.face_tracker.detector import Detection, FaceDetector
from mien.driving.face_tracker.landmarks import FaceMesh, FacePoints
from mien.driving.face_tracker.network import Network
from mien.errors import FileError

TRACKER_VERSION = 1
"""Raised whenever the same picture and bundle would give other numbers: caches depend on it."""

Mode = Literal["video", "image"]

_ANCHORING = 0.5
_SAME_FACE = 0.5  # of a region's size, from centre to centre


@dataclass(frozen=True, eq=False)
class FaceReading:
    """What one picture says about the face in it.

    Args:
        coefficients: Expressions [51], 0..1, in the order of COEFFICIENT_NAMES.
        camera_from_face: Rigid head pose [4, 4], metres; camera at the origin looking along -Z
            with Y up, face with Y up looking along +Z: identity rotation looks into the camera.
        landmarks: Points [478, 3]: x and y as fractions of width and height from the top left,
            z in widths, toward the camera negative.
        presence: How sure it is, 0..1.
    """

    coefficients: NDArray[np.float32]
    camera_from_face: NDArray[np.float64]
    landmarks: NDArray[np.float32]
    presence: float


class FaceTracker:
    """Read one face from picture after picture with Google's face landmark bundle.

    In mode `image` every picture stands alone: the detector says where to look. In mode `video`
    the region is half the detector's and half the one the last picture's landmarks predict, which
    takes the jitter out of the detector without the drift of landmarks that feed on themselves;
    where the detector loses a face (profile, motion blur), the landmarks alone carry it. Of
    several faces the one seen before stays; at first the largest and most central.

    Not safe to use from two threads at once.

    Args:
        bundle: The bundle or its path.
        mode: `video` or `image`.
        min_detection: Detector scores below it are no face.
        min_presence: Landmark scores below it are no face.
        num_threads: For the networks.

    Raises:
        FileError: The bundle is missing or damaged.
    """

    def __init__(
        self,
        bundle: FaceBundle | str | Path,
        *,
        mode: Mode = "video",
        min_detection: float = 0.5,
        min_presence: float = 0.5,
        num_threads: int = 2,
    ) -> None:
        opened = bundle if isinstance(bundle, FaceBundle) else read_bundle(bundle)
        self._geometry = opened.geometry
        self._remembers = mode == "video"
        self._min_presence = min_presence
        self._last: FacePoints | None = None
        try:
            networks = [
                Network(model, num_threads=num_threads)
                for model in (opened.detector, opened.landmarks, opened.blendshapes)
            ]
        except (ValueError, RuntimeError) as error:
            raise FileError(opened.path, f"holds a network that does not run ({error})") from error
        self._detector = FaceDetector(networks[0], threshold=min_detection)
        self._mesh = FaceMesh(networks[1], networks[2])

    def reset(self) -> None:
        """Forget the face: the next picture belongs to another video."""
        self._last = None

    def read(self, image: NDArray[np.uint8]) -> FaceReading | None:
        """Return what a picture [H, W, 3] of sRGB bytes says, or None where no face is seen."""
        size = (image.shape[1], image.shape[0])
        points = self._find(np.ascontiguousarray(image))
        self._last = points if self._remembers else None
        if points is None:
            return None
        landmarks = points.normalized(size)
        return FaceReading(
            self._mesh.coefficients(points),
            self._geometry.camera_from_face(landmarks, size),
            landmarks,
            points.presence,
        )

    def _find(self, image: NDArray[np.uint8]) -> FacePoints | None:
        faces = self._detector.detect(image)
        if self._last is not None:
            points = self._mesh.points(image, _anchored(self._last.region(), faces))
            if points.presence >= self._min_presence:
                return points
        for face in sorted(faces, key=lambda found: -_prominence(found, image)):
            points = self._mesh.points(image, face.region)
            if points.presence >= self._min_presence:
                return points
        return None


def _anchored(predicted: Square, faces: list[Detection]) -> Square:
    """Return the predicted region drawn toward the detected face that is the same, if any is."""
    if not faces:
        return predicted

    def distance(face: Detection) -> float:
        return math.hypot(face.region.x - predicted.x, face.region.y - predicted.y)

    nearest = min(faces, key=distance)
    if distance(nearest) > _SAME_FACE * predicted.size:
        return predicted
    return predicted.towards(nearest.region, _ANCHORING)


def _prominence(face: Detection, image: NDArray[np.uint8]) -> float:
    """Return the face's size, less the further it is from the middle: down to a half at an edge."""
    height, width = image.shape[:2]
    off_centre = math.hypot(face.region.x / width - 0.5, face.region.y / height - 0.5)
    return face.region.size * (1 - min(off_centre, 0.5))
