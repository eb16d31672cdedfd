"""A file is the old one or the new one, whatever happens."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mien.atomic import replacing
from mien.errors import FileError


def test_success_replaces(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_keeps_the_old_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder_is_one_clear_line(tmp_path):
    with pytest.raises(FileError, match="cannot be written"), replacing(tmp_path / "no" / "a"):
        pass


def test_permissions_are_those_of_an_ordinary_file(tmp_path):
    path = tmp_path / "a.txt"
    with replacing(path) as temporary:
        temporary.write_text("x")
    plain = tmp_path / "b.txt"
    plain.write_text("x")
    assert path.stat().st_mode == plain.stat().st_mode


def test_mode_of_the_old_file_is_kept(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o440)
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.stat().st_mode & 0o777 == 0o440


def test_a_link_stays_one(tmp_path):
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)
    with replacing(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"


WRITER = """
import sys
from mien.atomic import replacing
path, block = sys.argv[1], "x" * 200_000
n = 0
while True:
    n += 1
    with replacing(path) as temporary:
        temporary.write_text(f"{n} {block} {n}")
    if n == 1:
        print("written", flush=True)
"""


def test_kill_while_writing_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.txt"
    for delay in (0.0, 0.003, 0.011, 0.027):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as writer:
            assert writer.stdout.readline() == b"written\n"
            time.sleep(delay)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        first, block, last = path.read_text().split(" ")
        assert first == last
        assert len(block) == 200_000
