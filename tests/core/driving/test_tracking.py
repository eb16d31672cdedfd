"""From a video to a track: instants, frames without a face, the cache, and stopping."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import mien.driving
from mien.driving.files import open_track, write_track
from mien.driving.tracking import track_video
from mien.driving.video import VideoReader, VideoWriter
from mien.errors import Cancelled, FileError, ModelMissing
from mien.resources import user_folder
from mien.template.arkit import ARKIT_NAMES
from mien.workers import Task


@pytest.fixture(autouse=True)
def _models(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))


@pytest.fixture
def man(shared_data: Path) -> Path:
    return shared_data / "video/head-pose-male.mp4"


@pytest.fixture
def short(man: Path, tmp_path: Path) -> Path:
    """Three frames of the man, two without anybody, two of him again."""
    path = tmp_path / "short.mp4"
    with VideoReader(man) as video, VideoWriter(path, video.size, 10) as writer:
        for index in (0, 1, 2):
            writer.write(video.frame(index))
        for _ in range(2):
            writer.write(np.full_like(video.frame(0), 90))
        for index in (3, 4):
            writer.write(video.frame(index))
    return path


def test_a_video_becomes_a_track_at_its_instants(man: Path) -> None:
    track = mien.driving.track_video(man)
    with VideoReader(man) as video:
        np.testing.assert_array_equal(track.times, video.times)
    assert set(track.names) == set(ARKIT_NAMES) - {"tongueOut"}
    assert track.seen.all()
    assert track.source == str(man)
    assert track.head_pose is not None
    # He sits half a metre before the camera and looks into it.
    np.testing.assert_allclose(
        track.head_pose[:, :3, :3], np.eye(3)[None] * np.ones((62, 1, 1)), atol=0.2
    )
    assert (track.head_pose[:, 2, 3] < -0.3).all()
    assert (track.head_pose[:, 2, 3] > -0.8).all()


def test_frames_without_a_face_are_nan(short: Path) -> None:
    track = track_video(short)
    assert track.seen.tolist() == [True, True, True, False, False, True, True]
    assert track.head_pose is not None
    assert np.isnan(track.head_pose[3:5]).all()
    assert np.isfinite(track.head_pose[[0, 1, 2, 5, 6]]).all()


def test_the_second_time_comes_from_the_cache(short: Path, tmp_path: Path) -> None:
    first = track_video(short)
    said: list[str] = []
    renamed = tmp_path / "renamed.mp4"
    shutil.copy(short, renamed)
    second = track_video(renamed, progress=lambda _, message: said.append(message))
    assert len(said) == 1, "no frame was read"
    assert second.source == str(renamed)
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.head_pose, second.head_pose)
    np.testing.assert_array_equal(first.times, second.times)
    said.clear()
    track_video(short, use_cache=False, progress=lambda _, message: said.append(message))
    assert len(said) == 8
    said.clear()
    track_video(short, mode="image", progress=lambda _, message: said.append(message))
    assert len(said) == 8


def test_a_broken_cache_is_written_anew(short: Path) -> None:
    first = track_video(short)
    (cached,) = (user_folder("cache") / "tracks").iterdir()
    cached.write_bytes(b"half a file")
    again = track_video(short)
    np.testing.assert_array_equal(first.weights, again.weights)
    assert open_track(cached).num_frames == 7


def test_progress_counts_up_and_cancelling_stops(short: Path) -> None:
    fractions: list[float] = []
    track_video(short, use_cache=False, progress=lambda done, _: fractions.append(done))
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1

    task = Task("tracking")

    def cancel_in_the_middle(done: float, message: str) -> None:
        if done > 0.4:
            task.cancel()
        task.progress(done, message)

    shutil.rmtree(user_folder("cache") / "tracks")
    with pytest.raises(Cancelled):
        track_video(short, progress=cancel_in_the_middle)
    assert not (user_folder("cache") / "tracks").exists(), "half a track must not be kept"


def test_a_folder_of_pictures_is_tracked(man: Path, tmp_path: Path) -> None:
    from mien.image import write_image

    with VideoReader(man) as video:
        for index in range(3):
            write_image(tmp_path / f"{index}.png", video.frame(index))
    track = track_video(tmp_path, rate=5)
    np.testing.assert_allclose(track.times, [0, 0.2, 0.4])
    assert track.seen.all()
    np.testing.assert_allclose(track_video(tmp_path, rate=10).times, [0, 0.1, 0.2])


def test_a_track_survives_saving(short: Path, tmp_path: Path) -> None:
    track = track_video(short)
    write_track(tmp_path / "track.h5", track)
    back = open_track(tmp_path / "track.h5")
    assert back.names == track.names
    np.testing.assert_array_equal(back.weights, track.weights)
    np.testing.assert_array_equal(back.head_pose, track.head_pose)


def test_what_is_missing_is_said_plainly(
    man: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileError, match="no such file"):
        track_video(tmp_path / "absent.mp4")
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear all, this is no video")
    with pytest.raises(FileError, match="not a video"):
        track_video(letter)
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match="mien models fetch"):
        track_video(man)
