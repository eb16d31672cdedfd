"""The command line as a script uses it: its spellings are a promise."""

import json
import subprocess
import sys

import imageio.v3 as iio
import numpy as np
import pytest

from mien.cli.main import SUBCOMMANDS, gathered, main
from mien.gaussians.files import read_cloud
from mien.resources import resource


@pytest.fixture(scope="module")
def people():
    described = json.loads(resource("demo/demo.json").read_text())
    return [str(resource(f"demo/{person['file']}")) for person in described["people"]]


def test_overview_names_every_command(mien):
    code, out, _ = mien()
    assert code == 0
    assert all(name in out for name in SUBCOMMANDS)


def test_it_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "mien.cli.main", "--version"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0
    assert done.stdout.startswith("mien ")


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*name.split(), "--help"])
    assert ended.value.code == 0
    assert "usage" in capsys.readouterr().out.lower()


def test_repeated_options_are_gathered():
    arguments = ["f", "--expression", "a=1", "--out", "x", "--expression", "b=2", "c=3"]
    assert gathered(arguments) == ["f", "--expression", "a=1", "b=2", "c=3", "--out", "x"]


def test_render_a_still(mien, people, tmp_path):
    out = tmp_path / "p.png"
    code, _, err = mien(
        "render", people[0], "--out", out, "--size", "320x240", "--expression", "jawOpen=0.8",
        "--expression", "EyeBlinkLeft=1", "--yaw", "20", "--pitch", "-5", "--renderer", "cpu",
    )  # fmt: skip
    assert (code, err) == (0, "")
    picture = iio.imread(out)
    assert picture.shape[:2] == (240, 320)
    assert picture[120, 160, :3].std() + abs(int(picture[120, 160, 0]) - int(picture[0, 0, 0])) > 0


def test_render_transparent(mien, people, tmp_path):
    out = tmp_path / "p.png"
    code, _, _ = mien(
        "render", people[0], "--out", out, "--size", "200x200", "--background", "transparent"
    )
    picture = iio.imread(out)
    assert code == 0
    assert picture[0, 0, 3] == 0
    assert picture[100, 100, 3] > 240


def test_turntable(mien, people, tmp_path):
    out = tmp_path / "t.mp4"
    code, _, _ = mien(
        "render", people[0], "--out", out, "--size", "160x120", "--turntable-secs", "0.5"
    )
    assert code == 0
    assert iio.imread(out, plugin="pyav").shape == (15, 120, 160, 3)


def test_blend_to_avatar_cloud_and_picture(mien, people, tmp_path):
    first, second = people[:2]
    for name in ("b.avatar", "b.ply", "b.png"):
        out = tmp_path / name
        code, said, err = mien(
            "blend", first, second, "--weights", "1", "3", "--out", out, "--size", "160x160"
        )
        assert (code, err) == (0, "")
        assert "0.25" in said
        assert out.stat().st_size > 1000
    code, out, _ = mien("info", tmp_path / "b.avatar", "--json")
    facts = json.loads(out)
    assert facts["kind"] == "rigged"
    assert "jawOpen" in facts["expressions"]


def test_convert_there_and_back(mien, people, tmp_path):
    for source, target in ((people[0], "a.ply"), ("a.ply", "a.spz"), ("a.spz", "b.ply")):
        here = source if source == people[0] else tmp_path / source
        assert mien("convert", here, tmp_path / target)[0] == 0
    first, last = read_cloud(tmp_path / "a.ply"), read_cloud(tmp_path / "b.ply")
    np.testing.assert_allclose(first.means, last.means, atol=2e-3)


def test_convert_a_track(mien, tmp_path):
    track = resource("demo/performance.h5")
    for name in ("t.json", "t.csv", "t.h5"):
        assert mien("convert", track, tmp_path / name)[0] == 0
    code, out, _ = mien("info", tmp_path / "t.csv", "--json")
    assert code == 0
    assert json.loads(out)["frames"] > 30


def test_info_for_people(mien, people):
    code, out, _ = mien("info", people[0])
    assert code == 0
    assert "gaussians" in out
    assert "jaw" in out.lower()


def test_drive_beside_the_source(mien, people, tmp_path, shared_data, monkeypatch):
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    video = shared_data / "video" / "head-pose-male.mp4"
    out, track = tmp_path / "d.mp4", tmp_path / "d.h5"
    code, said, err = mien(
        "drive", people[0], video, "--out", out, "--track", track, "--size", "120x120"
    )
    assert (code, err) == (0, "")
    assert "62 of 62" in said
    pictures = iio.imread(out, plugin="pyav")
    assert len(pictures) == 62
    assert pictures.shape[2] > 240
    assert json.loads(mien("info", track, "--json")[1])["frames"] == 62
    assert json.loads(mien("info", video, "--json")[1])["size"] == [480, 270]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fly"], "no command"),
        (["info", "none.ply"], "none.ply"),
        (["render", "PERSON", "--out", "p.gif"], "p.gif"),
        (["render", "PERSON", "--out", "no/such/p.png"], "folder"),
        (["render", "PERSON", "--out", "p.png", "--size", "12"], "1280x720"),
        (["render", "PERSON", "--out", "p.png", "--expression", "jawOpne=1"], "jawOpen"),
        (["render", "PERSON", "--out", "p.png", "--expression", "jawOpen=x"], "jawOpen"),
        (["render", "PERSON", "--out", "p.png", "--renderer", "magic"], "magic"),
        (["blend", "PERSON", "--weights", "1", "--out", "b.avatar"], "two or more"),
        (["blend", "PERSON", "PERSON", "--weights", "1", "--out", "b.ply"], "one for each"),
        (["blend", "PERSON", "PERSON", "--weights", "0", "0", "--out", "b.ply"], "zero"),
        (["convert", "PERSON", "x.mp4"], "x.mp4"),
        (["render", "PERSON", "--out", "p.png", "--yaw", "nan"], "--yaw nan"),
        (["render", "PERSON", "--out", "p.png", "--pitch", "120"], "--pitch 120"),
        (["render", "PERSON", "--out", "p.mp4", "--turntable-secs", "0"], "--turntable-secs 0"),
        (["drive", "PERSON", "v.mp4", "--out", "d.mp4", "--track", "t.xyz"], "t.xyz"),
        (["bench", "--repeats", "0"], "--repeats 0"),
        (["render"], "--out"),
        (["render", "PERSON", "--out", "p.png", "--yaw", "abc"], "--yaw"),
        (["render", "PERSON", "--out", "p.png", "--size"], "--size"),
        (["render", "PERSON", "--out", "p.png", "--twist", "3"], "--twist"),
        (["models", "steal"], "'fetch'"),
        (
            [
                "blend",
                "PERSON",
                "PERSON",
                "--weights",
                "1",
                "1",
                "--regions",
                "eyes=²",
                "--out",
                "b.ply",
            ],
            "eyes=²",
        ),
    ],
)
def test_mistakes_get_one_clear_line(mien, people, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    code, _, err = mien(*(people[0] if part == "PERSON" else part for part in arguments))
    assert code == 2
    assert says in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_each_bad_file_gets_one_clear_line(mien, bad_files):
    for label, path in bad_files:
        code, _, err = mien("info", path)
        assert code == 2, label
        assert err.count("\n") == 1, label
        assert path.name in err, label
