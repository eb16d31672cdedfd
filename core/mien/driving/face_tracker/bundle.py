"""Google's `face_landmarker.task`: three networks and a face, in a zip archive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mien.archives import ArchiveLimits, open_archive
from mien.driving.face_tracker.geometry import FaceGeometry
from mien.errors import FileError

_DETECTOR = "face_detector.tflite"
_LANDMARKS = "face_landmarks_detector.tflite"
_BLENDSHAPES = "face_blendshapes.tflite"
_GEOMETRY = "geometry_pipeline_metadata_landmarks.binarypb"
_LIMITS = ArchiveLimits(total_bytes=64 << 20, num_entries=64)
_TFLITE_MARK = b"TFL3"  # after the four bytes of the root offset


@dataclass(frozen=True, eq=False)
class FaceBundle:
    """The contents of a bundle, read into memory.

    Args:
        path: Where it came from.
        detector: Network from a picture to boxes.
        landmarks: Network from a face to 478 points.
        blendshapes: Network from points to coefficients.
        geometry: The canonical face.
        digest: sha256 of the networks, for caches of what they said.
    """

    path: Path
    detector: bytes
    landmarks: bytes
    blendshapes: bytes
    geometry: FaceGeometry
    digest: str


def read_bundle(path: str | Path) -> FaceBundle:
    """Read a face landmark bundle.

    Raises:
        FileError: It is missing, damaged or another bundle.
    """
    path = Path(path)
    hint = "Fetch it anew: mien models fetch"
    with open_archive(path, _LIMITS) as archive:
        missing = {_DETECTOR, _LANDMARKS, _BLENDSHAPES, _GEOMETRY} - set(archive.names)
        if missing:
            raise FileError(path, f"no face landmark bundle: it has no {min(missing)}", hint=hint)
        models = {name: archive.read(name) for name in (_DETECTOR, _LANDMARKS, _BLENDSHAPES)}
        metadata = archive.read(_GEOMETRY)
    for name, model in models.items():
        if model[4:8] != _TFLITE_MARK:
            raise FileError(path, f"its {name} is no TensorFlow Lite network", hint=hint)
    try:
        geometry = FaceGeometry.parse(metadata)
    except ValueError as error:
        raise FileError(path, f"its {_GEOMETRY} is damaged: {error}", hint=hint) from error
    digest = hashlib.sha256(b"".join((*models.values(), metadata))).hexdigest()
    return FaceBundle(
        path, models[_DETECTOR], models[_LANDMARKS], models[_BLENDSHAPES], geometry, digest
    )
