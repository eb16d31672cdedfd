"""`mien doctor`: every finding is a value with advice, whatever is wrong with the machine."""

from __future__ import annotations

import json

import pytest

from mien.cli import doctor as doctor_module
from mien.cli.checks import graphics
from mien.cli.checks.check import Check, Status
from mien.cli.checks.kernels import kernel_checks
from mien.cli.doctor import all_checks
from mien.cli.main import main
from mien.rendering import renderer_names
from mien.rendering.cuda.kernels import GsplatState, Kernels


def checks_by_name() -> dict[str, Check]:
    return {check.name: check for check in all_checks()}


def test_every_area_is_checked_once(capsys):
    assert main(["doctor", "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    names = [check["name"] for check in checks]
    assert len(set(names)) == len(names)
    assert {"mien", "torch", "OpenGL", "CUDA", "gsplat", "video", "face tracker"} <= set(names)
    assert {f"renderer {name}" for name in renderer_names()} <= set(names)
    assert {"kernel threads", "kernel cache", "model face_landmarker", "studio"} <= set(names)
    assert {check["status"] for check in checks} <= {"ok", "warn", "missing"}


def test_what_is_missing_comes_with_advice():
    for check in checks_by_name().values():
        if check.status is Status.MISSING:
            assert check.advice


def test_the_table_holds_every_finding(capsys):
    assert main(["doctor"]) == 0
    table = capsys.readouterr().out
    assert all(name in table for name in checks_by_name())


def test_a_found_model_is_told_with_its_place(shared_data, monkeypatch):
    missing = checks_by_name()["model face_landmarker"]
    assert missing.status is Status.WARN
    assert "mien models fetch" in missing.advice
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    found = checks_by_name()["model face_landmarker"]
    assert found.status is Status.OK
    assert str(shared_data / "mediapipe") in found.detail


def test_folders_that_cannot_be_written_are_found(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MIEN_HOME", str(tmp_path / "file"))
    check = checks_by_name()["cache folder"]
    assert check.status is Status.MISSING
    assert "MIEN_HOME" in check.advice


def test_without_a_display_the_way_out_is_told(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    check = checks_by_name()["display"]
    assert check.status is Status.WARN
    assert "xvfb-run" in check.advice
    monkeypatch.setenv("DISPLAY", ":7")
    assert checks_by_name()["display"].detail == "X11 :7"


@pytest.mark.parametrize("kernels", [Kernels.PREBUILT, Kernels.COMPILED, Kernels.TO_COMPILE])
def test_gsplats_kernels_are_told_apart(monkeypatch, kernels):
    monkeypatch.setattr(graphics, "gsplat_state", lambda: GsplatState(kernels))
    check = checks_by_name()["gsplat"]
    assert check.status is Status.OK
    assert kernels.value in check.detail
    assert bool(check.advice) == (kernels is Kernels.TO_COMPILE)


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    def broken_checks():
        raise OSError("the disk is on fire")
        yield

    monkeypatch.setattr(doctor_module, "SOURCES", (broken_checks, *doctor_module.SOURCES))
    checks = checks_by_name()
    assert checks["broken"].status is Status.MISSING
    assert "the disk is on fire" in checks["broken"].detail
    assert "OpenGL" in checks


def test_an_empty_kernel_cache_is_noticed(monkeypatch, tmp_path):
    from mien.rendering.cpu import forward

    monkeypatch.setattr(
        type(forward.render), "stats", property(lambda _: type("S", (), {"cache_path": tmp_path}))
    )
    cache = {check.name: check for check in kernel_checks()}["kernel cache"]
    assert cache.status is Status.WARN
    assert "mien doctor --warm" in cache.advice


def test_warming_up_says_what_is_ready(capsys):
    assert main(["doctor", "--warm"]) == 0
    assert "cpu renderer: ready after" in capsys.readouterr().out
