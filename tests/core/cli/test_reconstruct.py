"""`mien reconstruct`: one line of result, one line of error, a file that opens."""

from __future__ import annotations

from pathlib import Path

import pytest

import filmed_scenes
from headsup_networks import small_network
from mien.avatar import open_avatar
from mien.capture.store.importing import import_capture
from mien.cli.main import main
from mien.models.headsup.weights import save_headsup


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a capture and a network."""
    made = tmp_path_factory.mktemp("reconstruct")
    import_capture(filmed_scenes.film(num_cameras=6, size=48), made / "ada.capture")
    save_headsup(made / "small.safetensors", small_network(strength=0.02), {})
    return made


def _run(folder: Path, *arguments: str) -> int:
    capture, network = str(folder / "ada.capture"), str(folder / "small.safetensors")
    return main(["reconstruct", capture, "--network", network, *arguments])


def test_a_capture_becomes_a_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ada.avatar"
    assert _run(folder, "--out", str(out), "--views", "4") == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(f"{out}: ")
    assert "Gaussians from 4 views in 0." in line
    assert line.endswith("dB on 2 unused cameras")
    assert open_avatar(out).kind == "rigged"


def test_cameras_can_be_named_and_the_latent_refined(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ada.avatar"
    assert _run(folder, "--out", str(out), "--cameras", "c0, c2", "--refine", "3") == 0
    told = capsys.readouterr().out
    assert "from 2 views" in told
    assert "on 4 unused cameras" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "ada.ply"], "an output must end in .avatar"),
        (["--out", "a.avatar", "--cameras", "c9"], "has no camera 'c9'; it has c0, c1"),
        (["--out", "a.avatar", "--frame", "7"], "has no frame 7"),
        (["--out", "a.avatar", "--views", "0"], "at least one must go in"),
        (["--out", "a.avatar", "--refine", "-1"], "it is a number of steps"),
        (["--out", "a.avatar", "--network", "nowhere.safetensors"], "no such file"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    folder: Path,
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _run(folder, *arguments) == 2
    told = capsys.readouterr().err.strip()
    assert words in told
    assert "Traceback" not in told
    assert not list(tmp_path.iterdir())
