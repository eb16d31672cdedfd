"""`mien evaluate` as a script uses it: exit codes, one-line errors, files that say the truth."""

from __future__ import annotations

import csv
import json
from functools import partial

import pytest

from evaluation_scenes import FilmedCapture, arc, talking
from mien.avatar import open_avatar
from mien.capture.store import Encoding, import_capture
from mien.cli.evaluate import chosen_cameras, chosen_frames
from mien.driving.files import write_track
from mien.errors import MienError
from mien.rendering import make_renderer
from mien.resources import resource

ADA = resource("demo/ada.avatar")


@pytest.fixture
def mien(mien):
    """Run the command; return exit code, output and error output."""
    return partial(mien, "evaluate")


@pytest.fixture(scope="module")
def filmed():
    renderer = make_renderer("cpu")
    yield FilmedCapture(
        open_avatar(ADA),
        renderer,
        cameras=arc(4, (96, 96), held_out=(1, 3)),
        states=talking(4),
        missing=frozenset({("cam_03", 2)}),
    )
    renderer.close()


@pytest.fixture(scope="module")
def store(filmed, tmp_path_factory):
    path = tmp_path_factory.mktemp("captures") / "ada.capture"
    import_capture(filmed, path, encoding=Encoding("png"))
    return path


def test_figures_report_and_table(mien, store, tmp_path):
    page, table = tmp_path / "r.html", tmp_path / "t.csv"
    code, out, err = mien(
        ADA, store, "--report", page, "--csv", table, "--metrics", "psnr", "ssim", "flip",
        "--crop", "mask-box", "--renderer", "cpu", "--worst", "2", "--title", "A review",
    )  # fmt: skip
    assert (code, err) == (0, "")
    # Those held out, by default.
    assert "7 of 8 pictures" in out
    assert "cam_01" in out
    assert "cam_00" not in out
    assert "the box around the photograph's mask" in out
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert {row["camera"] for row in rows} == {"cam_01", "cam_03"}
    values = [float(row["psnr"]) for row in rows if row["psnr"]]
    # Ada against herself: what is left is what JPEG did.
    assert len(values) == 7
    assert min(values) > 34
    source = page.read_text("utf-8")
    assert "<h1>A review</h1>" in source
    assert source.count('class="card"') == 3
    assert "as the capture was tracked" in source


def test_means_as_json(mien, store):
    code, out, _ = mien(
        ADA, store, "--json", "--cameras", "train", "cam_03", "--frames", "0:4:2", "--scale", "0.5"
    )
    assert code == 0
    found = json.loads(out)
    assert [held["name"] for held in found["cameras"]] == ["cam_00", "cam_02", "cam_03"]
    assert [held["frame"] for held in found["frames"]] == [0, 2]
    assert found["missing"][0][:2] == ["cam_03", 2]
    assert found["recipe"]["scale"] == 0.5


def test_what_moves_the_avatar(mien, store, filmed, tmp_path):
    track = tmp_path / "moves.h5"
    write_track(track, filmed.tracking.track(filmed.times))
    means = {}
    for drive in ("tracking", "neutral", track):
        code, out, err = mien(ADA, store, "--drive", drive, "--json", "--cameras", "all")
        assert (code, err) == (0, "")
        means[drive] = json.loads(out)["mean"]["psnr"]
    assert means["tracking"] == pytest.approx(means[track], abs=0.01)
    assert means["neutral"] < means["tracking"] - 5


def test_a_metric_that_is_not_at_hand_is_left_out(mien, store, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    arguments = ADA, store, "--frames", "0", "--metrics"
    code, out, _ = mien(*arguments, "psnr", "lpips")
    assert code == 0
    assert "LPIPS: not available: " in out
    code, _, err = mien(*arguments, "lpips")
    assert code == 2
    assert err.startswith("mien: LPIPS: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--cameras", "front"), "no camera 'front'"),
        (("--cameras", "validation"), "has no validation cameras"),
        (("--frames", "9"), "has frames 0 to 3"),
        (("--frames", "a:b"), "write it like 0:100:2"),
        (("--frames", "4:2"), "none of Filmed's 4 frames"),
        (("--frames", "0:4:0"), "write it like 0:100:2"),
        (("--metrics", "beauty"), "no metric 'beauty'"),
        (("--crop", "nose"), "crop"),
        (("--scale", "7"), "scale 7: from 0.01 to 1"),
        (("--matte", "pink"), "use `transparent` or a colour like"),
        (("--worst", "-1"), "--worst -1: from 0"),
        (("--report", "r.pdf"), "must end in .html"),
        (("--csv", "nowhere/t.csv"), "the folder does not exist"),
        (("--drive", "nowhere.h5"), "nowhere.h5: cannot be opened (No such file"),
        (("--part", "head"), "holds no 'head'"),
    ],
)
def test_mistakes_are_explained_in_a_line(mien, store, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = mien(ADA, store, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_is_no_capture_or_avatar_is_said(mien, store, tmp_path):
    code, _, err = mien(ADA, tmp_path / "gone.capture")
    assert code == 2
    assert "no such file" in err
    code, _, err = mien(store, store)
    assert code == 2
    assert len(err.splitlines()) == 1


def test_cameras_and_frames_are_chosen_in_order(filmed):
    assert chosen_cameras(filmed, ()) == ["cam_01", "cam_03"]
    assert chosen_cameras(filmed, ("cam_03", "train")) == ["cam_00", "cam_02", "cam_03"]
    assert chosen_cameras(filmed, ("all",)) == [held.name for held in filmed.cameras]
    assert chosen_frames(filmed, ":") == [0, 1, 2, 3]
    assert chosen_frames(filmed, "-1") == [3]
    assert chosen_frames(filmed, "::-2") == [1, 3]
    assert chosen_frames(filmed, "1:99") == [1, 2, 3]
    with pytest.raises(MienError):
        chosen_frames(filmed, "1:2:3:4")
