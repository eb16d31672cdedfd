"""From 478 points in a picture to a metric head pose: the canonical face laid onto them.

Implements the geometry stage of MediaPipe's face pipeline (Ahuja, Kartynnik et al., "Real-time
Facial Surface Geometry from Monocular Video", and its face_geometry module): the points are seen
as a relief under a perspective camera of 63 degrees, and a weighted Procrustes fit places the
canonical face model under them, which fixes the scale, hence the distance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.driving.face_tracker import wire

NUM_FACE_VERTICES = 468
"""Vertices of the canonical face; the ten landmarks after them are the irises."""

_VERTICAL_FOV = math.radians(63.0)
_NEAR = 1.0
_METRES = 0.01
_MESH, _BASIS = 1, 2
_VERTEX_BUFFER = 3
_FLOATS_PER_VERTEX = 5  # position and texture coordinate


@dataclass(frozen=True, eq=False)
class FaceGeometry:
    """The canonical face and how much each of its points weighs in the fit.

    Args:
        vertices: Canonical points [468, 3], centimetres, Y up, face toward +Z.
        weights: Of each point in the fit [468]; most are zero.
    """

    vertices: NDArray[np.float64]
    weights: NDArray[np.float64]

    @staticmethod
    def parse(metadata: bytes) -> FaceGeometry:
        """Read the `geometry_pipeline_metadata_landmarks.binarypb` of a model bundle.

        Raises:
            ValueError: It is damaged or describes another face.
        """
        meshes = wire.messages(metadata, _MESH)
        buffer = np.array(wire.floats(meshes[0], _VERTEX_BUFFER) if meshes else [])
        if buffer.size != NUM_FACE_VERTICES * _FLOATS_PER_VERTEX:
            raise ValueError(f"the canonical face has {buffer.size} numbers, not 468 vertices")
        weights = np.zeros(NUM_FACE_VERTICES)
        for reference in wire.messages(metadata, _BASIS):
            index, weight = wire.integer(reference, 1), wire.floats(reference, 2)
            if index >= NUM_FACE_VERTICES or len(weight) != 1:
                raise ValueError(f"a fit weight for point {index}")
            weights[index] = weight[0]
        if not (weights > 0).sum() >= 3:
            raise ValueError("the fit has fewer than three weighted points")
        return FaceGeometry(buffer.reshape(-1, _FLOATS_PER_VERTEX)[:, :3], weights)

    def camera_from_face(
        self, landmarks: NDArray[np.floating], size: tuple[int, int]
    ) -> NDArray[np.float64]:
        """Return the rigid pose [4, 4] of a face in front of the camera, metres.

        The camera is at the origin, looks along -Z and has Y up; the face has Y up and looks
        along +Z. So a face that looks straight into the camera has the identity as rotation.

        Args:
            landmarks: In the picture [478 or 468, 3]: x and y as fractions of width and height
                from the top left, z in widths, toward the camera negative.
            size: Width and height of the picture in pixels.
        """
        height = 2 * _NEAR * math.tan(_VERTICAL_FOV / 2)
        width = height * size[0] / size[1]
        x, y, z = np.asarray(landmarks, np.float64)[:NUM_FACE_VERTICES].T
        relief = np.stack([(x - 0.5) * width, (0.5 - y) * height, z * width], 1)
        depth = relief[:, 2] - relief[:, 2].mean() + _NEAR
        # Points on the near plane give a first scale; moved to the depth it implies they give a
        # better one, and moved again they stand where the camera sees them.
        scale = self._fit(relief * [1, 1, -1])[0]
        scale *= self._fit(_unproject(relief, depth / scale))[0]
        _, rotation, translation = self._fit(_unproject(relief, depth / scale))
        pose = np.eye(4)
        pose[:3, :3] = rotation
        pose[:3, 3] = translation * _METRES
        return pose

    def _fit(
        self, points: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Fit scale, rotation and translation from canonical to points, weighted (Umeyama 1991)."""
        used = self.weights > 0
        weights = self.weights[used]
        share = (weights / weights.sum())[:, None]
        source, target = self.vertices[used], points[used]
        centre = (source * share).sum(0)
        centred = source - centre
        covariance = (target * share).T @ centred
        left, _, right = np.linalg.svd(covariance)
        if np.linalg.det(left) * np.linalg.det(right) < 0:
            left[:, -1] *= -1
        rotation = left @ right
        scale = float((rotation * covariance).sum() / (share * centred**2).sum())
        translation = (target * share).sum(0) - scale * rotation @ centre
        return scale, rotation, translation


def _unproject(relief: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([relief[:, 0] * depth / _NEAR, relief[:, 1] * depth / _NEAR, -depth], 1)
