import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mien.registry import Registry


@pytest.fixture
def slow_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose entries take a while to import, as real formats do."""
    package = tmp_path / "slow_entries"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from mien.registry import Registry\nentries = Registry('x', __name__)\n"
    )
    for name in ("first", "second"):
        (package / f"{name}.py").write_text(
            "import time\nfrom slow_entries import entries\ntime.sleep(0.1)\n"
            f"@entries.register({name!r})\nclass Entry:\n    pass\n"
        )  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package.name
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


def test_two_threads_that_look_first_both_see_all(slow_package: str) -> None:
    entries: Registry = __import__(slow_package).entries
    seen: list[tuple[str, ...]] = []
    threads = [threading.Thread(target=lambda: seen.append(entries.names())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [("first", "second")] * 4


def test_a_name_belongs_to_one_class() -> None:
    entries: Registry = Registry("x", "json")

    @entries.register("one")
    class One:
        pass

    with pytest.raises(ValueError, match="'one' is taken"):

        @entries.register("one")
        class Other:
            pass

    assert isinstance(entries.get("one"), One)
    with pytest.raises(KeyError, match="no 'two' among the x: one"):
        entries.get("two")


def test_a_module_that_cannot_be_imported_is_an_error_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken_entries"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "first.py").write_text("import nothing_of_that_name\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    entries: Registry = Registry("x", package.name)
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            entries.names()


PLUGIN = """
from pathlib import Path
import numpy as np
from mien.gaussians.cloud import from_colors
from mien.gaussians.files.registry import cloud_formats

@cloud_formats.register("dots")
class Dots:
    name, extensions = "dots", (".dots",)

    def probe(self, path, head):
        return head.startswith(b"dots")

    def read(self, path):
        n = int(path.read_text().split()[1])
        zeros = np.zeros((n, 3), np.float32)
        turns = np.tile(np.array([1, 0, 0, 0], np.float32), (n, 1))
        return from_colors(zeros, turns, zeros, np.zeros(n, np.float32), zeros)
"""
ENTRY_POINTS = """[mien.cloud-formats]
broken = broken_plugin
dots = dots_plugin:Dots

[mien.renderers]
broken = dots_plugin:NoSuchClass
"""
USE = """
import sys
import mien
from mien.gaussians.files.registry import cloud_formats
from mien.rendering import renderer_names
assert ".dots" in cloud_formats.readable_extensions(), cloud_formats.readable_extensions()
assert {"cpu", "gsplat", "opengl"} <= set(renderer_names())
print(mien.open_avatar(sys.argv[1]).num_gaussians)
"""


def test_another_distribution_adds_a_format_by_an_entry_point(tmp_path: Path) -> None:
    (tmp_path / "dots_plugin.py").write_text(PLUGIN)
    (tmp_path / "broken_plugin.py").write_text("raise RuntimeError('this plugin is\\nout of date')")
    about = tmp_path / "mien_dots-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mien-dots\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    path = tmp_path / "seven.dots"
    path.write_text("dots 7")
    done = subprocess.run(
        [sys.executable, "-c", USE, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "7", done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2
    assert "broken of mien-dots is left out of the cloud-formats" in lines[0]
    assert "this plugin is" in lines[0]
    assert "broken of mien-dots is left out of the renderers" in lines[1]
