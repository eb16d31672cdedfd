"""`mien bench`: rows, targets, groups; what it measures is measured, so here only that it does."""

from __future__ import annotations

import json
import time

import pytest

from mien.cli.bench import startup_rows, studio_rows
from mien.cli.bench.command import data_folder, groups_named, measure
from mien.cli.bench.registry import BenchContext, BenchGroup, Row, bench_groups
from mien.cli.bench.scenes import shell
from mien.cli.main import main
from mien.errors import FileError, MienError
from mien.rendering import renderers


def test_targets_have_a_direction():
    assert Row.at_least("speed", 3.0, unit="x", target=3.0).ok is True
    assert Row.at_least("speed", 2.9, unit="x", target=3.0).ok is False
    assert Row.at_most("time", 2.0, unit="ms", target=2.0).ok is True
    assert Row.at_most("time", 2.1, unit="ms", target=2.0).ok is False
    assert Row.plain("size", 5.0, unit="MB").ok is None
    absent = Row.not_applicable("fps", "no GPU", unit="fps", target=240)
    assert (absent.value, absent.ok, absent.note) == (None, None, "no GPU")


def test_ratios_say_how_many_times_as_long():
    context = BenchContext(repeats=5)
    ratio = context.ratio(lambda: time.sleep(0.02), lambda: time.sleep(0.004), warm_ups=0)
    assert 2.5 < ratio < 6
    assert 0.004 <= context.median_secs(lambda: time.sleep(0.004)) < 0.02


def test_inputs_are_found_or_not(tmp_path):
    (tmp_path / "lam").mkdir()
    (tmp_path / "lam" / "a.zip").write_text("")
    assert BenchContext(tmp_path).find("lam/a.zip") == tmp_path / "lam" / "a.zip"
    assert BenchContext(tmp_path).find("lam/b.zip") is None
    assert BenchContext(None).find("lam/a.zip") is None


def test_the_data_folder_is_the_one_given_or_named(tmp_path, monkeypatch):
    assert data_folder(tmp_path) == tmp_path
    monkeypatch.setenv("MIEN_BENCH_DATA", str(tmp_path))
    assert data_folder(None) == tmp_path
    with pytest.raises(FileError, match="no such folder"):
        data_folder(tmp_path / "absent")


def test_groups_are_found_by_their_files_and_chosen_by_name():
    assert {"opengl", "gpu", "startup"} <= set(bench_groups.names())
    assert [group.name for group in groups_named(("gpu", "opengl"))] == ["gpu", "opengl"]
    assert len(groups_named(())) == len(bench_groups.names())
    with pytest.raises(MienError, match="no group 'nonsense'"):
        groups_named(("nonsense",))


def test_a_group_that_breaks_keeps_its_rows_and_the_others():
    def broken(_: BenchContext):
        yield Row.plain("before", 1.0, unit="s")
        raise OSError("the cable was pulled")

    def sound(_: BenchContext):
        yield Row.plain("after", 2.0, unit="s")

    rows = measure([BenchGroup("broken", broken), BenchGroup("sound", sound)], BenchContext())
    assert [row.name for row in rows] == ["before", "broken: the rest of the group", "after"]
    assert rows[1].ok is False
    assert "the cable was pulled" in rows[1].note


@pytest.mark.skipif(bool(renderers.get("opengl").unavailable()), reason="no OpenGL here")
def test_the_command_writes_rows_scripts_can_read(tmp_path, capsys):
    out = tmp_path / "bench.json"
    assert main(["bench", "--only", "opengl", "gpu", "--repeats", "1", "--json", str(out)]) == 0
    rows = {row["name"]: row for row in json.loads(out.read_text())["rows"]}
    assert all({"name", "value", "unit", "target", "ok"} <= set(row) for row in rows.values())
    assert rows["opengl renderer's picture against cpu's"]["ok"] is True
    assert all(name.split(",")[0] in capsys.readouterr().out for name in list(rows)[:1])
    if renderers.get("gsplat").unavailable():
        gpu = [row for name, row in rows.items() if name.startswith("gsplat")]
        assert len(gpu) == 2
        assert all(row["ok"] is None and row["note"] for row in gpu)


def test_a_folder_that_does_not_exist_is_told_before_measuring(tmp_path, capsys):
    assert main(["bench", "--json", str(tmp_path / "absent" / "bench.json")]) == 2
    assert "the folder does not exist" in capsys.readouterr().err


def test_a_studio_that_does_not_start_is_a_failed_row(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":9999")
    monkeypatch.setattr("sys.executable", "/bin/false")
    rows = [*startup_rows.rows(BenchContext()), *studio_rows.rows(BenchContext())]
    assert [row.ok for row in rows] == [False] * 5
    assert all("ended with 1" in row.note for row in rows)


def test_shells_have_the_size_they_say():
    scene = shell(2000)
    assert scene.cloud.num_gaussians == 2000
    assert scene.title == "2k Gaussians"
    pixels, depths = scene.camera((200, 100)).project(scene.cloud.means)
    assert depths.min() > 0
    assert 0 < pixels[:, 1].min() < pixels[:, 1].max() < 100
