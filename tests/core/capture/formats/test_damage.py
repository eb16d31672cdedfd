"""Broken datasets: one clear line, or a picture marked missing; never a traceback, never a hang."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from made_datasets import Fixture
from mien.capture import Capture, open_capture
from mien.capture.opening import Choice
from mien.capture.protocol import ViewMissing
from mien.capture.reading.recording import Recording
from mien.errors import FileError

Datasets = Callable[[str], Fixture]
Damage = Callable[[Path], None]

EXPRESSION = "018/sequences/EXP-1-head"
VIDEOS = "030/sequences/EMO-1-shout+laugh/images"
MONO = "mono_flame_avatar/393"
AVA = "20230405--1635--AAN112/decoder"
MULTI = "m--20180227--0000--6795937--GHS"


@dataclass(frozen=True)
class Broken:
    """A layout, what befalls it, and the line its opening gives."""

    layout: str
    label: str
    damage: Damage
    says: str


@contextmanager
def edited(path: Path) -> Iterator[Any]:
    content = json.loads(path.read_text())
    yield content
    path.write_text(json.dumps(content))


def drop(*keys: str | int) -> Callable[[Any], None]:
    """Return what removes an entry deep inside a JSON value."""

    def remove(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return remove


def put(value: object, *keys: str | int) -> Callable[[Any], None]:
    """Return what replaces an entry deep inside a JSON value."""

    def replace(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return replace


def change(name: str, edit: Callable[[Any], None]) -> Damage:
    def damage(root: Path) -> None:
        with edited(root / name) as content:
            edit(content)

    return damage


def cut(name: str, share: float = 0.5) -> Damage:
    def damage(root: Path) -> None:
        content = (root / name).read_bytes()
        (root / name).write_bytes(content[: int(len(content) * share)])

    return damage


def remove(name: str) -> Damage:
    def damage(root: Path) -> None:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def write(name: str, content: bytes) -> Damage:
    def damage(root: Path) -> None:
        (root / name).write_bytes(content)

    return damage


def all_videos_cut(root: Path) -> None:
    for path in (root / VIDEOS).iterdir():
        path.write_bytes(path.read_bytes()[:100])


def remove_all(pattern: str) -> Damage:
    def damage(root: Path) -> None:
        for path in list(root.glob(pattern)):
            shutil.rmtree(path)

    return damage


def without_focal_lengths(content: Any) -> None:
    del content["fl_x"], content["fl_y"]


def fisheye_lenses(root: Path) -> None:
    path = root / "sparse/0/cameras.bin"
    # The camera's number, 7, and its kind.
    path.write_bytes(path.read_bytes().replace(b"\7\0\0\0\4", b"\7\0\0\0\5"))


def npz_of_objects(root: Path) -> None:
    np.savez(root / "flame_param/00000.npz", expr=np.array([{}], dtype=object))


def huge_npy(root: Path) -> None:
    path = root / "018/annotations/EXP-1-head/color_correction/222200037.npy"
    content = path.read_bytes().replace(b"(4, 4)", b"(99999999999, 4)")
    path.write_bytes(content)


CAMERAS_V1 = "018/camera_params.json"
COLORS_V1 = "018/annotations/EXP-1-head/color_correction"
CAMERAS_V2 = "030/calibration/camera_params.json"
COLORS_V2 = "030/calibration/color_calibration.json"
CAMERAS_MONO = f"{MONO}/calibration/camera_params.json"
TRACKED = f"{MONO}/sequences/EXP-2-eyes/tracking/flame2023_tracking_v2.npz"
SKEW = np.diag([1.0, 2.0, 1.0, 1.0]).tolist()

BROKEN = [
    Broken("nersemble-v1", "json-cut", cut(CAMERAS_V1), "no valid JSON, or cut off"),
    Broken("nersemble-v1", "json-nan", write(CAMERAS_V1, b'{"a": NaN}'), "holds NaN"),
    Broken("nersemble-v1", "json-deep", write(CAMERAS_V1, b"[" * 200_000), "nested too deep"),
    Broken("nersemble-v1", "json-list", write(CAMERAS_V1, b"[1]"), "not a JSON object"),
    Broken("nersemble-v1", "no-poses", change(CAMERAS_V1, drop("world_2_cam")), "world_2_cam"),
    Broken("nersemble-v1", "camera-lost",
           change(CAMERAS_V1, drop("world_2_cam", "222200042")),
           "no camera 222200042, of which there are pictures"),
    Broken("nersemble-v1", "no-motion",
           change(CAMERAS_V1, put(SKEW, "world_2_cam", "222200042")),
           "world_2_cam of 222200042 is no rigid motion"),
    Broken("nersemble-v1", "ragged-pose",
           change(CAMERAS_V1, put([[1, 0], [0]], "world_2_cam", "222200042")),
           "equally many in each row"),
    Broken("nersemble-v1", "words", change(CAMERAS_V1, put("much", "intrinsics")), "intrinsics"),
    Broken("nersemble-v1", "no-focal",
           change(CAMERAS_V1, put(0, "intrinsics", 0, 0)), "no positive focal lengths"),
    Broken("nersemble-v1", "skewed", change(CAMERAS_V1, put(500, "intrinsics", 0, 1)), "skewed"),
    Broken("nersemble-v1", "correction-lost", remove(f"{COLORS_V1}/222200042.npy"),
           r"222200042\.npy: no such colour correction.*raw"),
    Broken("nersemble-v1", "npy-cut", cut(f"{COLORS_V1}/222200042.npy"), "is cut off"),
    Broken("nersemble-v1", "npy-lies", huge_npy, "cut off"),
    Broken("nersemble-v1", "frames-empty", remove_all(f"{EXPRESSION}/*/images*"),
           "no folder of pictures such as images-2x-73fps"),
    Broken("nersemble-v2", "camera-lost",
           change(CAMERAS_V2, drop("world_2_cam", "222200042")), "no camera 222200042"),
    Broken("nersemble-v2", "colour-lost", change(COLORS_V2, drop("222200042")),
           "lacks camera 222200042.*raw"),
    Broken("nersemble-v2", "colour-odd",
           change(COLORS_V2, put([[1.0] * 6] * 3, "222200042")), "no polynomial of 6 terms"),
    Broken("nersemble-v2", "videos-cut", all_videos_cut, "no video in this file"),
    Broken("nersemble-benchmark", "camera-lost",
           change(CAMERAS_MONO, drop("intrinsics", "222200042")), "lack camera 222200042"),
    Broken("nersemble-benchmark", "npz-cut", cut(TRACKED), "not a zip archive, or cut off"),
    Broken("ava-256", "camera-lost",
           change(f"{AVA}/camera_calibration.json", drop("KRT", 1)), "no camera 401031"),
    Broken("ava-256", "no-list", remove(f"{AVA}/frame_list.csv"), "no such file"),
    Broken("ava-256", "list-cut", write(f"{AVA}/frame_list.csv", b"seg_id,frame_id\nEXP_a,"),
           "no list of seg_id,frame_id"),
    Broken("ava-256", "poses-cut", cut(f"{AVA}/head_pose/head_pose.zip"), "not a zip archive"),
    Broken("multiface", "krt-cut", cut(f"{MULTI}/KRT", 0.55), "cut off|no such camera|rigid"),
    Broken("multiface", "krt-binary", write(f"{MULTI}/KRT", b"\xff\xfe\x00" * 99), "no text"),
    Broken("multiface", "list-odd", write(f"{MULTI}/frame_list.txt", b"E001_Neutral\n"),
           "line 1 is no expression"),
    Broken("multiface", "list-huge", write(f"{MULTI}/frame_list.txt", b"E001 " + b"9" * 5000),
           "line 1 is no expression"),
    Broken("multiface", "pictures-lost", remove_all(f"{MULTI}/images/*"),
        "no pictures of the listed frames"),
    Broken("vhap", "json-cut", cut("transforms_train.json"), "no valid JSON, or cut off"),
    Broken("vhap", "mirrored", change("transforms_train.json",
           put(np.diag([-1.0, 1, 1, 1]).tolist(), "frames", 0, "transform_matrix")), "rigid"),
    Broken("vhap", "moving", change("transforms_train.json",
           put(np.eye(4).tolist(), "frames", -1, "transform_matrix")), "moves"),
    Broken("vhap", "npz-code", npz_of_objects, "holds no plain numbers"),
    Broken("vhap", "npz-cut", cut("flame_param/00000.npz"), "not a zip archive, or cut off"),
    Broken("nerf-nerfstudio", "json-cut", cut("transforms.json"), "no valid JSON, or cut off"),
    Broken("nerf-nerfstudio", "fisheye",
           change("transforms.json", put("OPENCV_FISHEYE", "camera_model")), "OPENCV_FISHEYE"),
    Broken("nerf-nerfstudio", "no-lens", change("transforms.json", without_focal_lengths),
           "neither fl_x nor camera_angle_x"),
    Broken("nerf-nerfstudio", "huge", change("transforms.json", put(10**400, "fl_x")),
           "no number"),
    Broken("nerf-nerfstudio", "no-path",
           change("transforms.json", drop("frames", 2, "file_path")), "file_path"),
    Broken("nerf-nerfstudio", "no-frames", change("transforms.json", put([], "frames")),
           "no frames"),
    Broken("nerf-blender", "no-size", remove("train/r_0.png"), "gives no w and h"),
    Broken("nerf-timed", "moving",
           change("transforms.json", put(np.eye(4).tolist(), "frames", 0, "transform_matrix")),
           "camera r_0 moves"),
    Broken("colmap-OPENCV", "cameras-cut", cut("sparse/0/cameras.bin"), "cut off"),
    Broken("colmap-OPENCV", "images-cut", cut("sparse/0/images.bin"), "cut off"),
    Broken("colmap-OPENCV", "lying", write("sparse/0/images.bin", b"\xff" * 8), "cut off"),
    Broken("colmap-OPENCV", "fisheye", fisheye_lenses, "OPENCV_FISHEYE.*image_undistorter"),
    Broken("colmap-text", "camera-lost", write("sparse/0/cameras.txt", b"# none\n"),
           "camera 7, which is missing"),
    Broken("colmap-text", "words", write("sparse/0/cameras.txt", b"7 PINHOLE a b 1 1 1 1\n"),
           "line 1 is no camera"),
    Broken("colmap-text", "huge", write("sparse/0/cameras.txt", b"7 PINHOLE 1%b 5 1 1 1 1\n" %
           (b"0" * 400)), "no picture has"),
    Broken("colmap-text", "images-odd", write("sparse/0/images.txt", b"1 2 3\n\n"), "pose of 3"),
    Broken("image-folder", "json-cut", cut("cameras.json"), "no valid JSON, or cut off"),
    Broken("image-folder", "no-size",
           change("cameras.json", drop("cameras", "front", "size")), "size of camera front"),
    Broken("image-folder", "no-pose",
           change("cameras.json", drop("cameras", "front", "camera_from_world")),
           "camera_from_world of front"),
    Broken("image-folder", "odd-split",
           change("cameras.json", put("spare", "cameras", "front", "split")), "'spare'"),
    Broken("image-folder", "huge-size",
           change("cameras.json", put([10**9, 10**9], "cameras", "front", "size")),
           "no picture has"),
    Broken("image-folder", "none", change("cameras.json", put({}, "cameras")), "no pictures"),
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.layout}/{broken.label}")
def test_each_gives_one_clear_line(broken: Broken, copied: Datasets) -> None:
    fixture = copied(broken.layout)
    broken.damage(fixture.root)
    with pytest.raises(FileError) as caught:
        survey(open_capture(fixture.root, Choice(fixture.part)))
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 500
    assert str(fixture.root) in line
    assert re.search(broken.says, line), line


def survey(capture: Capture) -> None:
    """Ask a capture for what it did not need to open."""
    with capture:
        assert isinstance(capture, Recording)
        assert capture.flame is not None


LOST = [
    ("nersemble-v1", remove(f"{EXPRESSION}/frame_00003/images-2x-73fps/cam_222200042.png"),
     "222200042", 1),
    ("nersemble-v2", remove(f"{VIDEOS}/cam_222200042.mp4"), "222200042", 3),
    ("ava-256", remove(f"{AVA}/image/cam401880.zip"), "401031", None),
    ("multiface", remove(f"{MULTI}/images/E057_Cheeks/400015/009001.png"), "400015", 2),
    ("vhap", remove("images/00001_03.png"), "3", 1),
    ("nerf-nerfstudio", remove("images/r_1.jpg"), "r_1", 0),
    ("colmap-OPENCV", remove("images/cam2.png"), "cam2", 0),
    ("image-folder", remove("right/9.png"), "right", 1),
]  # fmt: skip


@pytest.mark.parametrize(("layout", "damage", "camera", "frame"), LOST, ids=str)
def test_a_lost_picture_is_missing_and_the_rest_is_there(
    layout: str, damage: Damage, camera: str, frame: int | None, copied: Datasets
) -> None:
    fixture = copied(layout)
    damage(fixture.root)
    with open_capture(fixture.root, Choice(fixture.part)) as capture:
        if frame is not None:
            assert not capture.present(camera, frame)
            with pytest.raises(ViewMissing):
                capture.view(camera, frame)
        other = next(held.name for held in capture.cameras if held.name != camera)
        assert capture.present(other, 0)
        capture.view(other, 0)


def small(name: str) -> Damage:
    def damage(root: Path) -> None:
        Image.new("RGB", (64, 64)).save(root / name)

    return damage


def flip(name: str) -> Damage:
    def damage(root: Path) -> None:
        content = bytearray((root / name).read_bytes())
        for place in range(300, 1500, 7):
            content[place] ^= 0xFF
        (root / name).write_bytes(bytes(content))

    return damage


DAMAGED = [
    ("nersemble-v1", cut(f"{EXPRESSION}/frame_00003/images-2x-73fps/cam_222200042.png"),
     "222200042", 1, "cannot be read as a picture"),
    ("nersemble-v1", small(f"{EXPRESSION}/frame_00003/images-2x-73fps/cam_222200042.png"),
     "222200042", 1, "is 64x64, its camera is calibrated for 275x401"),
    ("nersemble-v2", cut(f"{VIDEOS}/cam_222200042.mp4", 0.02), "222200042", 0, "video"),
    ("ava-256", cut(f"{AVA}/image/cam401031.zip"), "401031", 0, "not a zip archive, or cut off"),
    ("ava-256", flip(f"{AVA}/image/cam401031.zip"), "401031", 0, "damaged"),
    ("multiface", cut(f"{MULTI}/images/E057_Cheeks/400015/009001.png"), "400015", 2, "picture"),
    ("vhap", cut("fg_masks/00001_03.png"), "3", 1, "picture"),
    ("nerf-blender", small("val/r_3.png"),
     "r_3", 0, None),
    ("colmap-OPENCV", small("images/cam2.png"),
     "cam2", 0, "is 64x64"),
    ("image-folder", write("right/9.png", b""), "right", 1, "picture"),
    ("image-folder", small("masks/right/9.png"),
     "right", 1, "is 64x64"),
]  # fmt: skip


@pytest.mark.parametrize(("layout", "damage", "camera", "frame", "says"), DAMAGED, ids=str)
def test_a_damaged_picture_says_so_and_the_rest_is_there(
    layout: str, damage: Damage, camera: str, frame: int, says: str | None, copied: Datasets
) -> None:
    fixture = copied(layout)
    damage(fixture.root)
    with open_capture(fixture.root, Choice(fixture.part)) as capture:
        other = next(held.name for held in capture.cameras if held.name != camera)
        if says is None:
            # Where pictures themselves say how large they are, none is of the wrong size.
            assert capture.view(camera, frame).image.shape == (64, 64, 3)
        else:
            with pytest.raises(FileError, match=says) as caught:
                capture.view(camera, frame)
            assert not isinstance(caught.value, ViewMissing)
            assert "\n" not in str(caught.value)
        capture.view(other, 0)


def test_a_camera_that_is_not_calibrated_can_be_left_out(copied: Datasets) -> None:
    fixture = copied("nersemble-v1")
    change(CAMERAS_V1, drop("world_2_cam", "222200042"))(fixture.root)
    wanted = ("222200037", "222200040")
    with open_capture(fixture.root, Choice(fixture.part, cameras=wanted)) as capture:
        assert tuple(held.name for held in capture.cameras) == wanted


def test_a_shortened_video_ends_early(copied: Datasets) -> None:
    fixture = copied("nersemble-v2")
    cut(f"{VIDEOS}/cam_222200042.mp4", 0.97)(fixture.root)
    with open_capture(fixture.root, Choice(fixture.part, corrected=False)) as capture:
        read = [read_or_missing(capture, "222200042", frame) for frame in range(5)]
        assert read[0]
        assert not read[-1]
        assert all(read_or_missing(capture, "222200037", frame) for frame in range(5))


def read_or_missing(capture: Capture, camera: str, frame: int) -> bool:
    try:
        return capture.view(camera, frame).image.size > 0
    except ViewMissing:
        return False
