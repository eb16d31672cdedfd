"""How long the studio takes from its start to its first picture, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec

from mien.cli.bench.registry import BenchContext, Row, bench_group

WARM_TARGET, FIRST_TARGET = 3.0, 5.0
_WARM = "mien-studio, warm start to first picture"
_FIRST = "mien-studio, first start after set-up"
_STARTS = 3
_TIMEOUT_SECS = 60
_VIRTUAL_SCREEN = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]


class StartFailed(Exception):
    """The studio did not say how long its start took; the message has its last words."""


@bench_group("startup")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield a start with a new user's folders, then the median of further starts."""
    problem = _why_not()
    if problem:
        yield Row.not_applicable(_FIRST, problem, unit="s", target=FIRST_TARGET)
        yield Row.not_applicable(_WARM, problem, unit="s", target=WARM_TARGET)
        return
    with tempfile.TemporaryDirectory(prefix="mien-bench-") as home:
        yield _row(_FIRST, home, starts=1, target=FIRST_TARGET, note="new settings and caches")
        yield _row(_WARM, home, starts=_STARTS, target=WARM_TARGET, note=f"median of {_STARTS}")


def _row(name: str, home: str, *, starts: int, target: float, note: str) -> Row:
    where = "" if _has_display() else ", under Xvfb"
    try:
        secs = statistics.median(_start_secs(home) for _ in range(starts))
    except StartFailed as error:
        return Row.failed(name, str(error), unit="s", target=target)
    return Row.at_most(name, secs, unit="s", target=target, note=f"{note}{where}")


def _why_not() -> str:
    if find_spec("mien_studio") is None or find_spec("PySide6") is None:
        return "the studio is not installed"
    if not _has_display() and shutil.which("xvfb-run") is None:
        return "there is neither a display nor xvfb-run"
    return ""


def _has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _start_secs(home: str) -> float:
    """Start the studio once; return what it says its start took.

    Raises:
        StartFailed: It said nothing.
    """
    command = [sys.executable, "-m", "mien_studio.main", "--measure-start", "--json"]
    with subprocess.Popen(
        command if _has_display() else [*_VIRTUAL_SCREEN, *command],
        env={**os.environ, "MIEN_HOME": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as studio:
        try:
            out, complaints = studio.communicate(timeout=_TIMEOUT_SECS)
        except subprocess.TimeoutExpired as error:
            _end(studio)
            raise StartFailed(f"no picture within {_TIMEOUT_SECS} s") from error
    said = [line for line in out.splitlines() if line.startswith("{")]
    if studio.returncode != 0 or not said:
        words = (complaints or out).strip().splitlines()[-1:]
        raise StartFailed(f"mien-studio ended with {studio.returncode}: {' '.join(words)}")
    figures = json.loads(said[-1])
    # From the process's own beginning where the system tells: the interpreter's start counts.
    return float(figures.get("since_exec_secs", figures["first_picture_secs"]))


def _end(studio: subprocess.Popen[str]) -> None:
    """End the studio together with the virtual screen around it."""
    if os.name == "posix":
        os.killpg(studio.pid, signal.SIGTERM)
    else:
        studio.kill()
