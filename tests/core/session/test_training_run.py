"""A training's folder as a watcher reads it, also while it is written and when it is damaged."""

from __future__ import annotations

import json

import pytest

from mien.errors import FileError
from mien.session.training_run import read_run

LOG = """step,secs,fraction,people,loss,psnr,val_psnr,val_mean_head
50,30,0.25,3.5,0.4,16.5,,
100,60,0.5,,,,18.25,16
150,90,0.75,3.7,0.2,19.5,,
"""


@pytest.fixture
def folder(tmp_path):
    run = tmp_path / "run"
    (run / "previews").mkdir(parents=True)
    (run / "config.json").write_text(json.dumps({"method": "headsup"}))
    (run / "log.csv").write_text(LOG)
    for step in (100, 50):
        (run / "previews" / f"step_{step:08d}.png").write_bytes(b"")
    (run / "previews" / "notes.png").write_bytes(b"")
    return run


def test_it_tells_how_far_a_training_is(folder):
    run = read_run(folder)
    assert (run.method, run.step, run.fraction) == ("headsup", 150, 0.75)
    assert run.secs_left == pytest.approx(30)
    assert list(run.previews) == [50, 100]
    steps, values = run.curve("psnr")
    assert steps.tolist() == [50, 150]
    assert values.tolist() == [16.5, 19.5]
    assert run.last("val_psnr") == 18.25
    assert run.last("no such column") is None


def test_a_line_that_is_being_written_waits(folder):
    with (folder / "log.csv").open("a") as log:
        log.write("200,120,1,3.6,0.1")
    assert read_run(folder).step == 150
    with (folder / "log.csv").open("a") as log:
        log.write(",20.5,,\n")
    run = read_run(folder)
    assert (run.step, run.last("psnr")) == (200, 20.5)


def test_a_training_that_stopped_is_told_from_one_that_goes_on(folder):
    run = read_run(folder)
    assert not run.quiet(run.changed + 60)
    assert run.quiet(run.changed + 3600)
    (folder / "log.csv").write_text(LOG + "200,120,1,,,,20,16\n")
    done = read_run(folder)
    assert not done.quiet(done.changed + 3600)


def test_before_the_first_line_there_is_nothing_to_draw(folder):
    (folder / "log.csv").unlink()
    run = read_run(folder)
    assert (run.step, run.fraction, run.secs_left) == (0, None, None)
    assert not len(run.curve("psnr")[0])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.json", "{"),
        ("config.json", "[1]"),
        ("log.csv", "a,b\n1,2\n"),
        ("log.csv", "\x00\xff\n"),
    ],
)
def test_what_is_damaged_is_said_in_one_line(folder, name, text):
    (folder / name).write_text(text, encoding="latin-1")
    with pytest.raises(FileError) as raised:
        read_run(folder)
    assert "\n" not in str(raised.value)


def test_another_folder_is_none(tmp_path):
    with pytest.raises(FileError, match=r"no config\.json"):
        read_run(tmp_path)


def test_what_is_no_number_is_left_out(folder):
    (folder / "log.csv").write_text("step,loss\n1,abc\n2,0.5\n")
    steps, values = read_run(folder).curve("loss")
    assert (steps.tolist(), values.tolist()) == ([2], [0.5])
