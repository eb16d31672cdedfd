"""Faces in pictures: Google's face landmark bundle run by LiteRT, without MediaPipe."""

from mien.driving.face_tracker.bundle import FaceBundle, read_bundle
from mien.driving.face_tracker.landmarks import COEFFICIENT_NAMES, NUM_LANDMARKS
from mien.driving.face_tracker.tracker import TRACKER_VERSION, FaceReading, FaceTracker, Mode

__all__ = [
    "COEFFICIENT_NAMES",
    "NUM_LANDMARKS",
    "TRACKER_VERSION",
    "FaceBundle",
    "FaceReading",
    "FaceTracker",
    "Mode",
    "read_bundle",
]
