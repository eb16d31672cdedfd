"""The metric head pose: the bundle's canonical face, and poses that are known in advance."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mien.driving.face_tracker.geometry import FaceGeometry
from mien.transforms import axis_angle_from_matrix, matrix_from_axis_angle

METADATA = "geometry_pipeline_metadata_landmarks.binarypb"


@pytest.fixture(scope="module")
def metadata(shared_data: Path) -> bytes:
    with zipfile.ZipFile(shared_data / "mediapipe/face_landmarker.task") as bundle:
        return bundle.read(METADATA)


def test_the_bundle_says_what_the_published_text_says(metadata: bytes, shared_data: Path) -> None:
    text = (shared_data / "mediapipe/geometry_pipeline_metadata_landmarks.pbtxt").read_text()
    geometry = FaceGeometry.parse(metadata)
    vertices = np.array(re.findall(r"vertex_buffer: (\S+)", text), float).reshape(-1, 5)[:, :3]
    np.testing.assert_allclose(geometry.vertices, vertices, atol=1e-6)
    weights = np.zeros(468)
    for index, weight in re.findall(r"landmark_id: (\d+) weight: (\S+)", text):
        weights[int(index)] = float(weight)
    np.testing.assert_allclose(geometry.weights, weights, atol=1e-7)
    assert (weights > 0).sum() == 33


@pytest.mark.parametrize("keep", [0, 1, 100, 9000, 19000])
def test_damaged_metadata_is_a_value_error(metadata: bytes, keep: int) -> None:
    with pytest.raises(ValueError, match=r"byte|numbers|fit"):
        FaceGeometry.parse(metadata[:keep])


def seen(
    geometry: FaceGeometry, rotation: NDArray[np.float64], place: list[float], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the landmarks of the canonical face at a pose (metres), as the network would give.

    Its z is a relief in units of the picture's width at the face's distance.
    """
    points = geometry.vertices * 0.01 @ rotation.T + place
    height = 2 * math.tan(math.radians(63) / 2)
    width = height * size[0] / size[1]
    x = points[:, 0] / -points[:, 2] / width + 0.5
    y = 0.5 - points[:, 1] / -points[:, 2] / height
    distance = -points[:, 2].mean()
    return np.stack([x, y, (-points[:, 2] - distance) / distance / width], 1)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.floats(-0.6, 0.6)] * 3),
    st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1), st.floats(-1.2, -0.4)),
    st.sampled_from([(480, 270), (1080, 1920), (640, 640)]),
)
def test_a_known_pose_is_found(
    metadata: bytes,
    turn: tuple[float, float, float],
    place: tuple[float, float, float],
    size: tuple[int, int],
) -> None:
    geometry = FaceGeometry.parse(metadata)
    rotation = matrix_from_axis_angle(np.array(turn))
    pose = geometry.camera_from_face(seen(geometry, rotation, list(place), size), size)
    away = axis_angle_from_matrix(pose[:3, :3] @ rotation.T)
    assert np.degrees(np.linalg.norm(away)) < 0.2
    np.testing.assert_allclose(pose[:3, 3], place, atol=0.01)
    np.testing.assert_allclose(pose[3], [0, 0, 0, 1])
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
