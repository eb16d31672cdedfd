"""The tracker on real people, against what MediaPipe itself reads from the same frames."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.driving.face_tracker import (
    COEFFICIENT_NAMES,
    NUM_LANDMARKS,
    FaceReading,
    FaceTracker,
    Mode,
    read_bundle,
)
from mien.driving.video import VideoReader
from mien.errors import FileError
from mien.template.arkit import ARKIT_NAMES
from mien.transforms import axis_angle_from_matrix

Frames = list[NDArray[np.uint8]]


@pytest.fixture(scope="module")
def bundle(shared_data: Path) -> Path:
    return shared_data / "mediapipe/face_landmarker.task"


@pytest.fixture(scope="module")
def man(shared_data: Path) -> Frames:
    with VideoReader(shared_data / "video/head-pose-male.mp4") as video:
        return list(video)


@pytest.fixture(scope="module")
def woman(shared_data: Path) -> Frames:
    with VideoReader(shared_data / "video/head-pose-female.mp4") as video:
        return list(video)


def read_all(tracker: FaceTracker, frames: Frames) -> list[FaceReading]:
    readings = [tracker.read(frame) for frame in frames]
    assert all(reading is not None for reading in readings)
    return [reading for reading in readings if reading is not None]


@pytest.mark.parametrize(
    ("mode", "coefficient", "degrees", "pixels"),
    [("image", 0.002, 0.15, 0.05), ("video", 0.02, 1.0, 0.5)],
)
def test_it_agrees_with_mediapipe(
    bundle: Path,
    man: Frames,
    shared_data: Path,
    mode: Mode,
    coefficient: float,
    degrees: float,
    pixels: float,
) -> None:
    oracle = np.load(shared_data / "video/head-pose-male.mediapipe-1.2.2.npz")
    assert tuple(oracle["names"][1:]) == COEFFICIENT_NAMES
    readings = read_all(FaceTracker(bundle, mode=mode), man)
    weights = np.array([reading.coefficients for reading in readings])
    assert np.abs(weights - oracle["coefficients"][:, 1:]).mean() < coefficient
    poses = np.array([reading.camera_from_face for reading in readings])
    reference = oracle["face_to_camera"].astype(np.float64)
    turns = axis_angle_from_matrix(poses[:, :3, :3] @ reference[:, :3, :3].swapaxes(1, 2))
    assert np.median(np.degrees(np.linalg.norm(turns, axis=1))) < degrees
    np.testing.assert_allclose(poses[:, :3, 3] * 100, reference[:, :3, 3], atol=0.5)
    points = np.array([reading.landmarks for reading in readings])
    away = (points - oracle["landmarks"])[..., :2] * [480, 270]
    assert np.abs(away).mean() < pixels


def test_a_reading_is_what_it_says(bundle: Path, man: Frames) -> None:
    reading = FaceTracker(bundle).read(man[0])
    assert reading is not None
    assert reading.coefficients.shape == (51,)
    assert reading.landmarks.shape == (NUM_LANDMARKS, 3)
    assert tuple(name for name in ARKIT_NAMES if name != "tongueOut") == COEFFICIENT_NAMES
    assert (reading.coefficients >= 0).all()
    assert (reading.coefficients <= 1).all()
    smile = reading.coefficients[COEFFICIENT_NAMES.index("mouthSmileLeft")]
    assert smile > 0.7
    assert reading.presence > 0.9


def test_turning_to_the_left_of_the_picture_is_negative_about_y(
    bundle: Path, woman: Frames
) -> None:
    tracker = FaceTracker(bundle)
    yaws = [
        axis_angle_from_matrix(reading.camera_from_face[:3, :3])[1]
        for reading in read_all(tracker, woman)
    ]
    # She looks out of the picture's left side at first and past its middle to the right later.
    assert np.degrees(yaws[0]) < -25
    assert np.degrees(max(yaws)) > 15
    # The nose lies on the side to which the head turns.
    for frame, yaw in ((0, yaws[0]), (12, yaws[12])):
        reading = tracker.read(woman[frame])
        tracker.reset()
        assert reading is not None
        nose, face = reading.landmarks[1, 0], reading.landmarks[:, 0].mean()
        assert np.sign(nose - face) == np.sign(yaw)


def test_mirrored_pictures_mirror_the_pose(bundle: Path, man: Frames) -> None:
    tracker = FaceTracker(bundle, mode="image")
    plain, mirrored = tracker.read(man[3]), tracker.read(man[3][:, ::-1])
    assert plain is not None
    assert mirrored is not None
    there = axis_angle_from_matrix(plain.camera_from_face[:3, :3])
    back = axis_angle_from_matrix(mirrored.camera_from_face[:3, :3])
    np.testing.assert_allclose(back, there * [1, -1, -1], atol=np.radians(3))


def test_no_face_is_none_and_the_face_is_found_again(bundle: Path, man: Frames) -> None:
    tracker = FaceTracker(bundle)
    assert tracker.read(man[0]) is not None
    assert tracker.read(np.zeros_like(man[0])) is None
    noise = np.random.default_rng(0).integers(0, 256, man[0].shape).astype(np.uint8)
    assert tracker.read(noise) is None
    assert tracker.read(man[1]) is not None


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 500, 3), (300, 3, 3)])
def test_pictures_of_any_size_are_read(bundle: Path, shape: tuple[int, int, int]) -> None:
    assert FaceTracker(bundle).read(np.full(shape, 128, np.uint8)) is None


def test_of_two_people_the_larger_is_followed_and_stays(
    bundle: Path, man: Frames, woman: Frames
) -> None:
    small = woman[8][::2, ::2]
    canvas = np.full((270, 720, 3), 90, np.uint8)
    canvas[:, :480] = man[0]
    canvas[60 : 60 + small.shape[0], 480 : 480 + small.shape[1]] = small
    tracker = FaceTracker(bundle)
    first = tracker.read(canvas)
    assert first is not None
    assert first.landmarks[:, 0].mean() * 720 < 480
    # The man shrinks to less than the woman; he is still the one who is followed.
    grown = np.full((270, 720, 3), 90, np.uint8)
    grown[:, :480] = man[1]
    grown[:, 480:] = woman[8][:, 100:340]
    second = tracker.read(grown)
    assert second is not None
    assert second.landmarks[:, 0].mean() * 720 < 480


def test_image_mode_forgets(bundle: Path, man: Frames) -> None:
    tracker = FaceTracker(bundle, mode="image")
    once = tracker.read(man[5])
    tracker.read(man[40])
    again = tracker.read(man[5])
    assert once is not None
    assert again is not None
    np.testing.assert_array_equal(once.coefficients, again.coefficients)


def test_nothing_is_said_on_stderr(
    bundle: Path, man: Frames, capfd: pytest.CaptureFixture[str]
) -> None:
    FaceTracker(bundle).read(man[0])
    captured = capfd.readouterr()
    assert captured.err == ""
    assert captured.out == ""


def test_bad_bundles_give_one_clear_error(bundle: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.task"
    cut.write_bytes(bundle.read_bytes()[:100_000])
    with pytest.raises(FileError, match=r"cut\.task: not a zip archive"):
        read_bundle(cut)
    with pytest.raises(FileError, match="cannot be opened"):
        read_bundle(tmp_path / "absent.task")
    other = tmp_path / "other.task"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hand_detector.tflite", b"TFL3")
    with pytest.raises(FileError, match="no face landmark bundle"):
        read_bundle(other)
    wrong = tmp_path / "wrong.task"
    with zipfile.ZipFile(bundle) as good, zipfile.ZipFile(wrong, "w") as archive:
        for name in good.namelist():
            damaged = b"no network" if name == "face_detector.tflite" else good.read(name)
            archive.writestr(name, damaged)
    with pytest.raises(FileError, match=r"face_detector\.tflite is no TensorFlow Lite network"):
        read_bundle(wrong)
