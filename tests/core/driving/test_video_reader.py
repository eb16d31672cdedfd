"""The video reader: any frame by its number at its true instant, whatever the file is like."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from made_videos import TICKS, number_of, numbered_frame, uneven_ticks, write_video
from mien.driving.video import VideoReader
from mien.errors import FileError

COUNT = 40


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "uneven.mp4"
    return write_video(path, uneven_ticks(COUNT))


def numbers(video: VideoReader) -> list[int]:
    return [number_of(frame) for frame in video]


def test_instants_are_the_true_ones(uneven: Path) -> None:
    with VideoReader(uneven) as video:
        assert len(video) == COUNT
        np.testing.assert_allclose(video.times, np.array(uneven_ticks(COUNT)) / TICKS, atol=1e-9)
        assert numbers(video) == list(range(COUNT))
        assert video.size == (64, 48)
        assert video.problems == ()
        assert video.duration > video.times[-1]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=30))
def test_frames_come_in_any_order(uneven: Path, order: list[int]) -> None:
    with VideoReader(uneven) as video:
        assert [number_of(video.frame(index)) for index in order] == order


@pytest.mark.parametrize("order", [range(COUNT - 1, -1, -1), [39, 0, 39, 1, 20, 19, 18, 21]])
def test_frames_are_exact_when_nothing_is_kept(
    uneven: Path, order: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mien.driving.video.reader._CACHE_BYTES", 0)
    with VideoReader(uneven) as video:
        assert [number_of(video.frame(index)) for index in order] == list(order)


@pytest.mark.parametrize(
    ("name", "codec", "b_frames"),
    [
        ("a.mp4", "libx264", 3),
        ("a.mkv", "libx264", 2),
        ("a.mov", "mpeg4", 0),
        ("a.ts", "libx264", 2),
        ("a.avi", "mpeg4", 0),
        ("a.webm", "libvpx", 0),
        ("a.webm", "libvpx-vp9", 0),
        ("a.mkv", "mjpeg", 0),
        ("a.h264", "libx264", 2),
        ("a.mp4", "libx265", 2),
    ],
)
def test_containers_and_codecs(tmp_path: Path, name: str, codec: str, b_frames: int) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    path = write_video(
        tmp_path / name,
        range(30),
        codec=codec,
        b_frames=b_frames,
        ticks_per_sec=30,
        pixel_format="yuvj420p" if codec == "mjpeg" else "yuv420p",
    )
    with VideoReader(path) as video:
        assert numbers(video) == list(range(30))
        assert number_of(video.frame(17)) == 17
        assert number_of(video.frame(3)) == 3
        # Matroska keeps milliseconds.
        np.testing.assert_allclose(video.times, np.arange(30) / 30, atol=1e-3)


def test_the_first_frame_is_at_zero_wherever_the_clock_starts(tmp_path: Path) -> None:
    late = [TICKS * 5 + number * TICKS // 25 for number in range(20)]
    with VideoReader(write_video(tmp_path / "late.ts", late)) as video:
        np.testing.assert_allclose(video.times, np.arange(20) / 25, atol=1e-6)
        assert video.times[0] == 0


def test_stepping_is_by_the_clock(uneven: Path) -> None:
    with VideoReader(uneven) as video:
        for index, time in enumerate(video.times):
            assert video.frame_at(time) == index
            assert video.frame_at(time - 1e-4) == max(index - 1, 0)
        assert video.frame_at(1e9) == COUNT - 1
        assert video.frame_at(-5) == 0


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_phone_videos_come_upright(tmp_path: Path, rotation: int) -> None:
    path = write_video(tmp_path / "turned.mp4", [0, 3000, 6000], rotation=rotation)
    stored = write_video(tmp_path / "stored.mp4", [0, 3000, 6000])
    with VideoReader(path) as video, VideoReader(stored) as plain:
        assert video.rotation == rotation % 360
        assert video.size == ((48, 64) if rotation % 180 else (64, 48))
        frame = video.frame(1)
        assert frame.shape == (video.size[1], video.size[0], 3)
        # The display matrix says how far the picture is to be turned counterclockwise.
        np.testing.assert_array_equal(frame, np.rot90(plain.frame(1), rotation // 90))


def test_wide_pixels_become_square(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mp4", [0, 3000, 6000], aspect=Fraction(4, 3))
    with VideoReader(path) as video:
        assert video.size == (85, 48)
        assert video.frame(2).shape == (48, 85, 3)


def test_an_animated_gif_is_a_video(tmp_path: Path) -> None:
    pictures = [Image.fromarray(numbered_frame(number)) for number in range(6)]
    durations = [100, 50, 200, 40, 100, 70]
    path = tmp_path / "moving.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=durations, loop=0)
    with VideoReader(path) as video:
        expected = np.cumsum([0, *durations[:-1]]) / 1000
        np.testing.assert_allclose(video.times, expected, atol=1e-9)
        assert video.duration == pytest.approx(sum(durations) / 1000)
        assert [number_of(video.frame(index)) for index in (5, 2, 0, 4)] == [5, 2, 0, 4]


def test_a_folder_of_pictures_is_a_video(tmp_path: Path) -> None:
    for number in range(12):
        Image.fromarray(numbered_frame(number)).save(tmp_path / f"shot{number}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._shot3.png").write_bytes(b"a mac was here")
    with VideoReader(tmp_path, rate=10) as video:
        assert numbers(video) == list(range(12))
        np.testing.assert_allclose(video.times, np.arange(12) / 10)
        assert video.rate == pytest.approx(10)
    Image.fromarray(numbered_frame(0, (32, 32))).save(tmp_path / "shot5.png")
    with VideoReader(tmp_path) as video, pytest.raises(FileError, match="is 32x32, the first"):
        video.frame(5)


def test_many_threads_may_ask_at_once(uneven: Path) -> None:
    wrong: list[int] = []
    with VideoReader(uneven) as video:

        def look(seed: int) -> None:
            asked = np.random.default_rng(seed).integers(0, COUNT, 40).tolist()
            wrong.extend(index for index in asked if number_of(video.frame(index)) != index)

        threads = [threading.Thread(target=look, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame_bytes = 64 * 48 * 3
    monkeypatch.setattr("mien.driving.video.reader._CACHE_BYTES", 5 * frame_bytes)
    path = write_video(tmp_path / "a.mp4", uneven_ticks(COUNT))
    with VideoReader(path) as video:
        for _ in video:
            assert len(video._cache) <= 5


def test_frames_outside_and_after_closing_are_errors(uneven: Path) -> None:
    video = VideoReader(uneven)
    for index in (-1, COUNT):
        with pytest.raises(IndexError, match="has no frame"):
            video.frame(index)
    with pytest.raises(ValueError, match="read-only"):
        video.frame(0)[0, 0] = 1
    video.close()
    video.close()
    with pytest.raises(ValueError, match="is closed"):
        video.frame(0)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_of_a_file_that_breaks_off_the_rest_is_shown(tmp_path: Path, name: str) -> None:
    whole = write_video(
        tmp_path / f"whole-{name}",
        uneven_ticks(60, seed=3),
        size=(320, 240),
        key_interval=60,
        container_options={"movflags": "+faststart"} if name.endswith("mp4") else None,
    )
    cut = tmp_path / name
    contents = whole.read_bytes()
    cut.write_bytes(contents[: int(len(contents) * 0.7)])
    with VideoReader(cut) as video:
        assert 5 < len(video) < 60
        # Frames are stored out of order, so one before the last may be beyond the cut.
        left = numbers(video)
        assert left[:-3] == list(range(len(video) - 3))
        assert left == sorted(set(left))
        expected = np.array(uneven_ticks(60, seed=3))[left] / TICKS
        np.testing.assert_allclose(video.times, expected, atol=1e-3)
        if name.endswith("mp4"):
            assert "cut off" in " ".join(video.problems)


def test_a_damaged_frame_holds_the_one_before(tmp_path: Path) -> None:
    whole = write_video(
        tmp_path / "whole.mp4", uneven_ticks(30), key_interval=1, b_frames=0, size=(320, 240)
    )
    with av.open(str(whole)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        place, size = packets[12].pos, packets[12].size
    contents = bytearray(whole.read_bytes())
    contents[place : place + size] = b"\xff" * size
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(contents)
    with VideoReader(damaged) as video:
        assert len(video) == 30
        read = numbers(video)
        assert [number for index, number in enumerate(read) if index != 12] == [
            index for index in range(30) if index != 12
        ]
        assert read[12] == 11
        assert "damaged" in " ".join(video.problems)


def test_bad_files_give_one_clear_error(tmp_path: Path, uneven: Path) -> None:
    def error(name: str, contents: bytes | None) -> str:
        path = tmp_path / name
        if contents is not None:
            path.write_bytes(contents)
        with pytest.raises(FileError) as caught:
            VideoReader(path)
        message = str(caught.value)
        assert "\n" not in message
        assert str(path) in message
        return message

    assert "no such file" in error("absent.mp4", None)
    assert "empty" in error("empty.mp4", b"")
    assert "not a video" in error("letter.mp4", b"Dear all, this is no video.\n" * 50)
    assert "not a video" in error("notes.txt", b"words and words\n" * 50)
    assert "not a video" in error("noise.mp4", np.random.default_rng(0).bytes(5000))
    # An mp4 whose index lies at its end.
    assert "cut off" in error("cut.mp4", uneven.read_bytes()[:3000])
    playlist = f"#EXTM3U\n#EXTINF:1,\n{uneven}\n"
    assert "not a video" in error("list.m3u8", playlist.encode())
    (tmp_path / "folder").mkdir()
    assert "no pictures" in error("folder", None)


@pytest.mark.parametrize("seed", range(40))
def test_any_damage_is_survived(tmp_path: Path, uneven: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    contents = bytearray(uneven.read_bytes())
    if seed % 2:
        for place in rng.integers(0, len(contents), 20):
            contents[place] = rng.integers(256)
    else:
        place = int(rng.integers(0, len(contents) - 100))
        contents[place : place + 100] = rng.bytes(100)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(contents)
    try:
        with VideoReader(path) as video:
            assert (np.diff(video.times) > 0).all()
            assert all(frame.shape == video.frame(0).shape for frame in video)
    except FileError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


def test_titles_in_other_alphabets_do_not_matter(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [0, 3000, 6000], title="ROSE")
    contents = path.read_bytes()
    assert b"ROSE" in contents
    path.write_bytes(contents.replace(b"ROSE", b"ROS\xe9"))
    with VideoReader(path) as video:
        assert numbers(video) == [0, 1, 2]


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        samples = np.zeros((1, 8000), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(FileError, match="no video in this file, only audio"):
        VideoReader(path)


def test_a_real_video(shared_data: Path) -> None:
    path = shared_data / "video/head-pose-male.mp4"
    with av.open(str(path)) as container:
        decoded = [
            (frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)
        ]
    with VideoReader(path) as video:
        assert len(video) == len(decoded) == 62
        assert video.rate == pytest.approx(12.5)
        for index in (61, 0, 30, 31, 29, 5):
            assert video.times[index] == pytest.approx(decoded[index][0])
            np.testing.assert_array_equal(video.frame(index), decoded[index][1])
