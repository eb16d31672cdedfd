"""`mien capture` as a script uses it: exit codes, one-line errors, files that come back."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest

from made_captures import MadeCapture, ring
from mien.capture import open_capture
from mien.capture.exporting import export_transforms
from mien.capture.store import Encoding, StoredCapture, import_capture
from mien.errors import Cancelled, FileError


@pytest.fixture
def mien(mien):
    """Run the command; return exit code, output and error output."""
    return partial(mien, "capture")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("captures")
    for number in range(2):
        made = MadeCapture(name=f"person {number}", absent=frozenset({("c01", number)}))
        import_capture(made, place / f"p{number}.capture", encoding=Encoding("png"))
    return place


def test_export_and_back_again_is_lossless(mien, folder, tmp_path):
    exported, back = tmp_path / "nerf", tmp_path / "back.capture"
    code, out, err = mien("export", folder / "p0.capture", "--out", exported)
    assert (code, err) == (0, "")
    assert "11 pictures" in out
    code, out, err = mien("import", exported, "--out", back, "--format", "png")
    assert (code, err) == (0, "")
    assert "1 are missing" in out
    with StoredCapture(folder / "p0.capture") as first, StoredCapture(back) as second:
        assert [(held.name, held.split) for held in second.cameras] == [
            (held.name, held.split) for held in first.cameras
        ]
        for one, other in zip(first.cameras, second.cameras, strict=True):
            for name in ("world_from_camera", "intrinsics"):
                wanted, found = getattr(one.camera, name), getattr(other.camera, name)
                np.testing.assert_allclose(found, wanted, atol=1e-12)
        assert second.frame_names == first.frame_names
        np.testing.assert_allclose(second.times, first.times)
        np.testing.assert_array_equal(second.background, first.background)
        for held in first.cameras:
            for frame in range(4):
                assert second.present(held.name, frame) == first.present(held.name, frame)
                if first.present(held.name, frame):
                    one, other = first.view(held.name, frame), second.view(held.name, frame)
                    np.testing.assert_array_equal(other.image, one.image)
                    np.testing.assert_array_equal(other.mask, one.mask)
                    if other.depth is not None:
                        np.testing.assert_array_equal(other.depth, one.depth)


def test_exported_poses_are_opengl_and_hit_their_pixels(tmp_path):
    made = MadeCapture()
    export_transforms(made, tmp_path / "nerf")
    held = json.loads((tmp_path / "nerf" / "transforms.json").read_text())
    frame = next(each for each in held["frames"] if each["camera_id"] == "c01")
    point = np.array([0.05, -0.08, 0.02, 1.0])
    x, y, z, _ = np.linalg.inv(frame["transform_matrix"]) @ point
    seen = (frame["fl_x"] * x / -z + frame["cx"], frame["fl_y"] * -y / -z + frame["cy"])
    wanted, _ = made.cameras[1].camera.project(point[None, :3])
    np.testing.assert_allclose(seen, wanted[0])
    for name in ("file_path", "mask_path", "depth_file_path"):
        assert (tmp_path / "nerf" / frame[name]).is_file()


def test_export_never_mixes_with_what_is_there(mien, folder, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    code, _, err = mien("export", folder / "p0.capture", "--out", tmp_path)
    assert code == 2
    assert "not empty" in err
    assert len(list(tmp_path.iterdir())) == 1


def test_export_refuses_names_that_meet(tmp_path):
    held = ring(2)
    made = MadeCapture(tuple(type(each)(name, each.camera) for each, name in
                             zip(held, ("a/b", "a:b"), strict=True)), 1)  # fmt: skip
    with pytest.raises(FileError, match="two cameras"):
        export_transforms(made, tmp_path / "x")


def test_a_cancelled_export_leaves_no_description(folder, tmp_path):
    def stop(fraction, _message):
        if fraction and fraction > 0.4:
            raise Cancelled

    with StoredCapture(folder / "p0.capture") as capture, pytest.raises(Cancelled):
        export_transforms(capture, tmp_path / "x", stop)
    assert not (tmp_path / "x" / "transforms.json").exists()


def test_import_smaller_and_fewer(mien, folder, tmp_path):
    out = tmp_path / "s.capture"
    code, _, err = mien(
        "import", folder, "--part", "p1", "--out", out, "--every", "2", "--size", "24x32"
    )
    assert (code, err) == (0, "")
    with open_capture(out) as capture:
        assert capture.name == "person 1"
        assert len(capture.times) == 2
        assert capture.cameras[0].camera.size == (24, 32)
        assert capture.provenance["part"] == "p1"


def test_info_in_words_and_json(mien, folder):
    code, out, _ = mien("info", folder / "p0.capture")
    assert code == 0
    assert "person 0" in out
    assert "hair style bob" in out
    code, out, _ = mien("info", folder / "p0.capture", "--json")
    facts = json.loads(out)
    assert (facts["cameras"], facts["frames"], facts["pictures"]) == (3, 4, 11)
    assert facts["missing"] == 1
    assert facts["splits"] == {"train": 2, "validation": 0, "test": 1}
    assert facts["damage"] == []
    code, out, _ = mien("info", folder, "--json")
    assert json.loads(out)["captures"] == ["p0.capture", "p1.capture"]


def test_check_says_what_is_damaged_and_exits_with_1(mien, folder, tmp_path):
    code, out, _ = mien("check", folder)
    assert code == 0
    assert "2 of 2 captures are whole" in out
    data = bytearray((folder / "p0.capture").read_bytes())
    data[-200] ^= 1
    broken = tmp_path / "b.capture"
    broken.write_bytes(data)
    code, out, _ = mien("check", broken)
    assert code == 1
    assert "camera c02, frame 00016: damaged" in out
    broken.write_bytes(b"no capture")
    code, out, _ = mien("check", tmp_path)
    assert code == 1
    assert "1 damaged" in out


COPY = ("import", "{folder}/p0.capture", "--out", "{tmp}/a.capture")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "nothing", "--out", "a.capture"), "no such file"),
        (("import", "{folder}", "--out", "a.capture"), "2 captures"),
        (("import", "{folder}", "--part", "p9", "--out", "a.capture"), "p0, p1"),
        (("import", "{folder}/p0.capture", "--out", "{tmp}/a.h5"), "ends in .capture"),
        ((*COPY, "--size", "0x5"), "--size"),
        ((*COPY, "--every", "0"), "1 or more"),
        ((*COPY, "--quality", "0"), "1 to 100"),
        (("import", "{folder}/p0.capture", "--out", "{tmp}/none/a.capture"), "none"),
        (("info", "nothing"), "no such file"),
        (("check", "nothing"), "no such file"),
        (("check", "{tmp}"), "holds no .capture"),
        (("export", "{tmp}", "--out", "{tmp}/x"), "no capture Mien knows"),
        (("import",), "mien capture --help"),
        (("fly",), "fly"),
        (("synthesize", "--out", "{tmp}", "--rig", "cube"), "dome24"),
        (("synthesize", "--out", "{tmp}", "--light", "moon"), "studio"),
        (("synthesize", "--out", "{tmp}", "--background", "beach"), "grey"),
        (("synthesize", "--out", "{tmp}", "--size", "3"), "--size 3"),
        (("synthesize", "--out", "{tmp}", "--frames", "many"), "--frames many"),
        (("synthesize", "--out", "{tmp}", "--frames", "0"), "--frames 0"),
        (("synthesize", "--out", "{tmp}", "--people", "0"), "--people 0"),
        (("synthesize", "--out", "{tmp}", "--workers", "0"), "0 workers"),
        (("synthesize", "--out", "{tmp}", "--track", "none.h5"), "none.h5"),
        (("synthesize", "--out", "{tmp}", "--sheet", "{tmp}/s.txt"), ".png"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(mien, folder, tmp_path, arguments, said):
    places = {"folder": folder, "tmp": tmp_path}
    code, _, err = mien(*(argument.format(**places) for argument in arguments))
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("mien: ")
    assert not list(tmp_path.glob("*.capture"))
