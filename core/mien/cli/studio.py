"""`mien studio`: open the desktop studio."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import tyro

from mien.errors import MienError


def studio(
    files: Annotated[tuple[Path, ...], tyro.conf.Positional] = (),
    /,
    renderer: str | None = None,
) -> int:
    """Open the desktop studio, on the demo or on files.

    Args:
        files: Avatars, videos, tracks or one session to open.
        renderer: cpu, gsplat or opengl; the best one here by default.

    Raises:
        MienError: The studio's extra is not installed.
    """
    if find_spec("PySide6") is None or find_spec("mien_studio") is None:
        raise MienError("the studio is not installed", hint='Run: pip install "mien[studio]"')
    arguments = [str(path) for path in files]
    if renderer:
        arguments += ["--renderer", renderer]
    # By name, because the headless library never imports the studio.
    return int(import_module("mien_studio.main").run(arguments))
