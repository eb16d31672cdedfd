"""Track formats: round trips, real files, and what recordings of the field look like."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import random_track
from mien.driving.files import open_track, write_track
from mien.driving.files.registry import track_formats
from mien.driving.track import ExpressionTrack
from mien.errors import FileError, UnknownFormat
from mien.file_formats import FileWriter
from mien.template.arkit import ARKIT_NAMES
from mien.transforms import apply, axis_angle_from_matrix, matrix_from_axis_angle, rigid

SUFFIXES = (".json", ".csv", ".h5")


@st.composite
def tracks(draw: st.DrawFn) -> ExpressionTrack:
    """Tracks at steady rates with dropped frames, unseen frames, poses and eyes or none."""
    rate = draw(st.sampled_from([10.0, 12.5, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0]))
    count = draw(st.integers(1, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    gaps = rng.random(count) < draw(st.sampled_from([0.0, 0.1]))
    kept = np.arange(count) + np.cumsum(gaps)
    unseen = rng.random(count) < draw(st.sampled_from([0.0, 0.3]))
    unseen[rng.integers(count)] = False
    weights = rng.uniform(0, 1, (count, 52)).astype(np.float32)
    weights[unseen] = np.nan
    poses = eyes = None
    if draw(st.booleans()):
        poses = rigid(matrix_from_axis_angle(rng.uniform(-1, 1, (count, 3))), np.zeros(3))
        poses[unseen] = np.nan
    if draw(st.booleans()):
        eyes = rng.uniform(-0.5, 0.5, (count, 2, 3)).astype(np.float32)
        eyes[unseen] = np.nan
    order = rng.permutation(52)
    names = tuple(ARKIT_NAMES[index] for index in order)
    return ExpressionTrack(kept / rate, names, weights, poses, eyes, "drawn")


def assert_close(read: ExpressionTrack, track: ExpressionTrack, tolerance: float) -> None:
    np.testing.assert_allclose(read.times, track.times - track.times[0], atol=2e-5)
    np.testing.assert_array_equal(read.seen, track.seen)
    np.testing.assert_allclose(read.arkit_weights(), track.arkit_weights(), atol=tolerance)
    assert (read.head_pose is None) == (track.head_pose is None)
    if track.head_pose is not None:
        np.testing.assert_allclose(read.head_pose, track.head_pose, atol=tolerance)
    assert (read.eye_rotations is None) == (track.eye_rotations is None)
    if track.eye_rotations is not None:
        np.testing.assert_allclose(read.eye_rotations, track.eye_rotations, atol=tolerance)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(track=tracks())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
def test_round_trip(tmp_path: Path, suffix: str, track: ExpressionTrack) -> None:
    track = track.replace(times=track.times - track.times[0])
    path = tmp_path / f"track{suffix}"
    write_track(path, track)
    assert_close(open_track(path), track, 2e-6)


def test_hdf5_keeps_every_bit(tmp_path: Path) -> None:
    track = random_track(30)
    poses = rigid(matrix_from_axis_angle(np.ones((30, 3)) / 7), np.arange(90).reshape(30, 3) / 3)
    track = track.replace(head_pose=poses, times=track.times * np.pi + 5, source="Ärmel.mp4")
    write_track(tmp_path / "track.h5", track)
    read = open_track(tmp_path / "track.h5")
    for name in ("times", "weights", "head_pose"):
        np.testing.assert_array_equal(getattr(read, name), getattr(track, name))
    assert read.names == track.names
    assert read.source == track.source
    assert read.eye_rotations is None


def test_json_keeps_translations_and_other_names(tmp_path: Path) -> None:
    poses = rigid(np.eye(3), np.array([[0.0, 1.6, 0.4], [0.1, 1.5, 0.3]]))
    track = ExpressionTrack([0.0, 0.5], ("jawOpen", "earWiggle"), np.eye(2), poses, source="x")
    path = tmp_path / "track.json"
    write_track(path, track)
    read = open_track(path)
    np.testing.assert_array_equal(read.weights, track.weights)
    np.testing.assert_allclose(read.head_pose, poses, atol=1e-12)
    assert read.names == ("jawOpen", "earWiggle")
    # What other tools look for is where they look for it.
    content = json.loads(path.read_text())
    assert content["names"] == ["jawOpen", "earWiggle"]
    assert content["frames"][1] == {"weights": [0.0, 1.0], "time": 0.5, "rotation": []}


def test_reads_lams_own_track(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "lam" / "arkit_expression_973_frames.json"
    track = open_track(source)
    content = json.loads(source.read_text())
    assert track.num_frames == 973
    assert track.rate == pytest.approx(30)
    assert track.duration == pytest.approx(32.4)
    jaw = content["names"].index("jawOpen")
    assert track.weights[500, track.names.index("jawOpen")] == pytest.approx(
        content["frames"][500]["weights"][jaw], rel=1e-6
    )
    assert track.head_pose is not None
    np.testing.assert_allclose(
        axis_angle_from_matrix(track.head_pose[:, :3, :3]), content["head_pose"], atol=1e-9
    )
    for suffix in SUFFIXES:
        write_track(tmp_path / f"lam{suffix}", track)
        assert_close(open_track(tmp_path / f"lam{suffix}"), track, 2e-6)


def test_json_takes_rotations_from_frames_and_counts_missing_times(tmp_path: Path) -> None:
    frames = [{"weights": [0.5], "rotation": [0.1 * index, 0, 0]} for index in range(3)]
    path = tmp_path / "track.json"
    path.write_text(json.dumps({"names": ["JawOpen"], "frames": frames}))
    track = open_track(path)
    assert track.names == ("jawOpen",)
    np.testing.assert_allclose(track.times, [0, 1 / 30, 2 / 30])
    assert track.head_pose is not None
    np.testing.assert_allclose(
        axis_angle_from_matrix(track.head_pose[2, :3, :3]), [0.2, 0, 0], atol=1e-9
    )


HEAD = "Timecode,BlendshapeCount,JAWOPEN,mouthSmileRight,HeadYaw,HeadPitch,HeadRoll"


def live_link(tmp_path: Path, *rows: str, head: str = HEAD) -> ExpressionTrack:
    path = tmp_path / "take.csv"
    path.write_text("\ufeff" + "\r\n".join([head, *rows, ""]), "utf-8")
    return open_track(path)


def test_live_link_columns_go_by_name(tmp_path: Path) -> None:
    track = live_link(tmp_path, "10:00:00:00.25,61,0.5,0.25,0,0,0", "10:00:00:01.25,61,1,0,0,0,0")
    full = track.arkit_weights()
    np.testing.assert_allclose(full[:, ARKIT_NAMES.index("jawOpen")], [0.5, 1])
    np.testing.assert_allclose(full[:, ARKIT_NAMES.index("mouthSmileRight")], [0.25, 0])
    np.testing.assert_allclose(track.times, [0, 1 / 60])
    assert track.eye_rotations is None


def test_live_link_head_turns_as_avatars_do(tmp_path: Path) -> None:
    rows = ["0.4,0,0", "0,0.4,0", "0,0,0.4"]
    track = live_link(
        tmp_path, *(f"00:00:00:0{index}.0,61,0,0,{row}" for index, row in enumerate(rows))
    )
    assert track.head_pose is not None
    nose, crown = np.array([0.0, 0, 1]), np.array([0.0, 1, 0])
    turned = [apply(pose, np.array([nose, crown])) for pose in track.head_pose]
    # To the person's own left, which is +X; down; crown to the right shoulder.
    assert turned[0][0, 0] > 0.3
    assert turned[1][0, 1] < -0.3
    assert turned[2][1, 0] < -0.3


def test_live_link_angles_beyond_a_turn_are_degrees(tmp_path: Path) -> None:
    track = live_link(tmp_path, "00:00:00:00.0,61,0,0,1,0,0", "00:00:00:01.0,61,0,0,30,0,0")
    assert track.head_pose is not None
    rotations = axis_angle_from_matrix(track.head_pose[:, :3, :3])
    np.testing.assert_allclose(rotations[:, 1], np.deg2rad([1, 30]), atol=1e-9)


def test_live_link_rows_without_a_face_are_blank(tmp_path: Path) -> None:
    track = live_link(
        tmp_path,
        "00:00:00:00.0,61,0.5,0,0.1,0,0",
        "00:00:00:01.0,0,,,,,",
        "00:00:00:02.0,0,0,0,0,0,0",
        "00:00:00:03.0,61,0.7,0,0.1,0,0",
    )
    np.testing.assert_array_equal(track.seen, [True, False, False, True])
    assert track.head_pose is not None
    np.testing.assert_array_equal(
        np.isnan(track.head_pose).all(axis=(1, 2)), [False, True, True, False]
    )


def codes(total_frames: range, rate: int, start: int = 0) -> list[str]:
    """Return rows with non-drop timecodes of frame numbers counted from `start` seconds."""
    rows = []
    for number in total_frames:
        seconds, frame = divmod(number, rate)
        seconds += start
        clock = f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        rows.append(f"{clock}:{frame:02d}.000,61,0.5,0,0,0,0")
    return rows


@pytest.mark.parametrize("rate", [24, 25, 30, 50, 60, 120])
def test_live_link_rate_is_inferred_through_dropped_frames(tmp_path: Path, rate: int) -> None:
    numbers = [number for number in range(5 * rate) if number % 7 and number % 11]
    rows = codes(range(5 * rate), rate)
    track = live_link(tmp_path, *(rows[number] for number in numbers))
    np.testing.assert_allclose(track.times, (np.array(numbers) - numbers[0]) / rate, atol=1e-9)


def test_live_link_runs_on_through_midnight(tmp_path: Path) -> None:
    track = live_link(tmp_path, *codes(range(120), 30, start=24 * 3600 - 2))
    np.testing.assert_allclose(track.times, np.arange(120) / 30, atol=1e-9)


@pytest.mark.parametrize(("rate", "skipped"), [(30, 2), (60, 4)])
def test_live_link_drop_frame_counting_has_even_times(
    tmp_path: Path, rate: int, skipped: int
) -> None:
    rows = codes(range(58 * rate, 62 * rate), rate)
    del rows[2 * rate : 2 * rate + skipped]
    track = live_link(tmp_path, *rows)
    np.testing.assert_allclose(np.diff(track.times), 1.001 / rate, rtol=1e-6)


def test_live_link_repeated_timecodes_keep_the_last_row(tmp_path: Path) -> None:
    track = live_link(
        tmp_path,
        "00:00:00:00.0,61,0.1,0,0,0,0",
        "00:00:00:00.0,61,0.2,0,0,0,0",
        "00:00:00:01.0,61,0.3,0,0,0,0",
    )
    np.testing.assert_allclose(track.weights[:, 0], [0.2, 0.3])


def test_written_live_link_has_the_apps_layout(tmp_path: Path) -> None:
    path = tmp_path / "take.csv"
    write_track(path, random_track(3, rate=60))
    header, first, *_ = path.read_text().splitlines()
    names = header.split(",")
    assert names[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert names[16:20] == ["JawForward", "JawRight", "JawLeft", "JawOpen"]
    assert names[-1] == "TongueOut"
    assert len(names) == 54
    assert first.startswith("00:00:00:00.000,52,")


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "track.json"
    write_track(path, random_track(3))
    before = path.read_bytes()
    with pytest.raises(UnknownFormat, match=r"\.csv"):
        write_track(tmp_path / "track.bvh", random_track(3))
    with pytest.raises(FileError, match="cannot be written"):
        write_track(tmp_path / "absent" / "track.h5", random_track(3))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", track_formats.names())
def test_every_format_keeps_the_contract(name: str, tmp_path: Path) -> None:
    entry = track_formats.get(name)
    assert not entry.probe(tmp_path / "other.xyz", b"something else entirely")
    assert set(entry.extensions) <= set(track_formats.readable_extensions())
    assert set(SUFFIXES) <= set(track_formats.writable_extensions())
    for extension in entry.extensions:
        broken = tmp_path / f"broken{extension}"
        broken.write_bytes(b"something else entirely")
        assert entry.probe(broken, broken.read_bytes())
        with pytest.raises(FileError, match="broken") as caught:
            entry.read(broken)
        assert "\n" not in str(caught.value)
        if isinstance(entry, FileWriter):
            path = tmp_path / f"track{extension}"
            entry.write(path, random_track(12))
            assert track_formats.find(path) is entry
            assert open_track(path).num_frames == 12


def test_a_source_that_is_no_utf8_survives(tmp_path: Path) -> None:
    path = tmp_path / "track.h5"
    write_track(path, random_track(3).replace(source="/th\udce9.mp4"))
    assert open_track(path).source == "/th\udce9.mp4"


@pytest.mark.parametrize(("times", "weight"), [((0, 1e9), 0.5), ((0, 1), 1e300)])
def test_absurd_numbers_are_one_clear_line(
    times: tuple[float, float], weight: float, tmp_path: Path
) -> None:
    path = tmp_path / "track.json"
    frames = [{"weights": [0.1, weight], "time": time} for time in times]
    path.write_text(json.dumps({"names": ["jawOpen", "cheekPuff"], "frames": frames}))
    with pytest.raises(FileError, match=r"more than a day|not numbers"):
        open_track(path)


@pytest.mark.parametrize(
    ("times", "rate"), [((0.0,), 30), ((0, 0.04), 25), ((0, 1e-9, 2e-9), 240), ((0, 3600), 1)]
)
def test_a_video_of_a_track_has_a_rate_of_videos(times: tuple[float, ...], rate: float) -> None:
    weights = np.zeros((len(times), 1), np.float32)
    track = ExpressionTrack(np.array(times), ("jawOpen",), weights)
    assert track.playback_rate == pytest.approx(rate)
