"""Every bad file gives one FileError of one line, fast and in little memory."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from corpus import BadFile
from mien.avatar import open_avatar
from mien.driving.files import open_track
from mien.errors import FileError

TRACK_SUFFIXES = (".json", ".csv", ".h5")
MEBIBYTE = 1 << 20


def open_any(path: Path) -> object:
    return open_track(path) if path.suffix in TRACK_SUFFIXES else open_avatar(path)


def test_each_format_is_damaged(bad_files: list[BadFile]) -> None:
    suffixes = {path.suffix for _, path in bad_files}
    assert {".ply", ".splat", ".spz", ".pt", *TRACK_SUFFIXES, ".zip", ".identities"} <= suffixes
    labels = [label for label, _ in bad_files]
    assert len(labels) > 100
    assert len(set(labels)) == len(labels)


def test_each_gives_one_clear_line(bad_files: list[BadFile]) -> None:
    wrong: list[str] = []
    for label, path in bad_files:
        try:
            open_any(path)
        except FileError as error:
            line = str(error)
            if str(path) not in line or "\n" in line or not error.reason or len(line) > 500:
                wrong.append(f"{label}: {line!r}")
        except Exception as error:  # noqa: BLE001 - which is what this test is about
            wrong.append(f"{label}: {type(error).__name__}: {error}")
        else:
            wrong.append(f"{label}: opened")
    assert not wrong, "\n".join(wrong)


def test_none_takes_time_or_memory(bad_files: list[BadFile]) -> None:
    # Libraries that load with the first file of a kind are not the file's fault.
    for _, path in bad_files:
        with pytest.raises(FileError):
            open_any(path)
    costly: list[str] = []
    for label, path in bad_files:
        size = path.stat().st_size if path.exists() else 0
        tracemalloc.start()
        # Processor time: a busy machine does not fail this.
        started = time.process_time()
        with pytest.raises(FileError):
            open_any(path)
        seconds = time.process_time() - started
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        if peak > 10 * MEBIBYTE + 8 * size or seconds > 5:
            costly.append(f"{label}: {peak / MEBIBYTE:.1f} MiB, {seconds:.2f} s")
    assert not costly, "\n".join(costly)


def test_no_library_beneath_allocates_what_is_claimed(bad_files: list[BadFile]) -> None:
    resource = pytest.importorskip("resource", reason="address limits are POSIX")
    del resource
    script = (
        "import resource, sys\n"
        "import h5py, numpy, torch, zstandard\n"
        "from mien.avatar import open_avatar\n"
        "from mien.driving.files import open_track\n"
        "from mien.errors import FileError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n"
        "        (open_track if path.endswith(('.json', '.csv', '.h5')) else open_avatar)(path)\n"
        "    except FileError:\n"
        "        pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    paths = [str(path) for _, path in bad_files]
    done = subprocess.run(
        [sys.executable, "-c", script, *paths], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    grown = int(done.stdout) * (1 if sys.platform == "darwin" else 1024)
    assert grown < 200 * MEBIBYTE
