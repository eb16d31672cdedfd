"""The studio in a process of its own, which measures itself and says what it found."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

_TIMEOUT_SECS = 60
_VIRTUAL_SCREEN = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]


class StudioFailed(Exception):
    """The studio did not say what it measured; the message has its last words."""


def why_not() -> str:
    """Return why the studio cannot be measured here; empty when it can."""
    if find_spec("mien_studio") is None or find_spec("PySide6") is None:
        return "the studio is not installed"
    if not has_display() and shutil.which("xvfb-run") is None:
        return "there is neither a display nor xvfb-run"
    return ""


def has_display() -> bool:
    """Return whether windows can be shown without a virtual screen."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_studio(arguments: Sequence[str], home: str) -> dict[str, Any]:
    """Run the studio with measuring arguments; return the figures it prints as JSON.

    Args:
        arguments: Such as `--measure-start --json`.
        home: Folder for its settings and caches.

    Raises:
        StudioFailed: It said nothing.
    """
    command = [sys.executable, "-m", "mien_studio.main", *arguments]
    with subprocess.Popen(
        command if has_display() else [*_VIRTUAL_SCREEN, *command],
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
            raise StudioFailed(f"no picture within {_TIMEOUT_SECS} s") from error
    said = [line for line in out.splitlines() if line.startswith("{")]
    if studio.returncode != 0 or not said:
        words = (complaints or out).strip().splitlines()[-1:]
        raise StudioFailed(f"mien-studio ended with {studio.returncode}: {' '.join(words)}")
    return json.loads(said[-1])


def _end(studio: subprocess.Popen[str]) -> None:
    """End the studio together with the virtual screen around it."""
    if os.name == "posix":
        os.killpg(studio.pid, signal.SIGTERM)
    else:
        studio.kill()
