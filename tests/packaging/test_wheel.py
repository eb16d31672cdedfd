"""The wheel holds the library, the studio and what ships with them, and nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("mien-*.whl")
    return path


def test_only_our_names_land_in_site_packages(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"mien", "mien_studio"}
    assert not any("__pycache__" in name for name in names)


def test_resources_ship_once(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "resources").rglob("*"):
        if path.is_file():
            assert f"mien/_resources/{path.relative_to(ROOT / 'resources').as_posix()}" in names


def test_commands_are_declared(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = [held for held in archive.namelist() if held.endswith("entry_points.txt")]
    text = archive.read(name).decode()
    assert "mien = mien.cli.main:main" in text
    assert "mien-studio = mien_studio.main:main" in text


def test_it_runs_from_where_it_was_unpacked(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    script = (
        "import sys, mien; from mien.resources import resource\n"
        "assert mien.__file__.startswith(sys.argv[1]), mien.__file__\n"
        "assert str(resource('demo/demo.json')).startswith(sys.argv[1])\n"
        "print(mien.open_avatar(resource('demo/ada.avatar')).num_gaussians)\n"
    )
    # The checkout may be installed in editable form; the unpacked wheel comes first.
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10_000
