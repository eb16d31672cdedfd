"""Python, torch, the user's folders and the display."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator

from mien import __version__
from mien.cli.checks.check import Check, Status, package_version
from mien.rendering.cuda.kernels import torch_cuda_version
from mien.resources import resources_root, user_folder


def system_checks() -> Iterator[Check]:
    """Check what everything else stands on."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Check("mien", Status.OK, f"{__version__}, Python {python}, {os.cpu_count()} cores")
    yield _resources()
    yield _torch()
    yield from (_writable(kind) for kind in ("cache", "data", "config"))
    yield _display()


def _resources() -> Check:
    root = resources_root()
    absent = [name for name in ("shaders", "template", "demo") if not (root / name).is_dir()]
    if absent:
        return Check(
            "shipped data",
            Status.MISSING,
            f"{', '.join(absent)} not in {root}",
            "Reinstall mien",
        )
    return Check("shipped data", Status.OK, str(root))


def _torch() -> Check:
    installed = package_version("torch")
    if installed is None:
        return Check(
            "torch",
            Status.MISSING,
            "not installed",
            "pip install torch, for training and .pt files",
        )
    cuda = torch_cuda_version()
    return Check("torch", Status.OK, f"{installed}, {f'CUDA {cuda}' if cuda else 'CPU build'}")


def _writable(kind: str) -> Check:
    name = f"{kind} folder"
    try:
        folder = user_folder(kind)
        with tempfile.TemporaryFile(dir=folder):
            return Check(name, Status.OK, str(folder))
    except OSError as error:
        return Check(
            name,
            Status.MISSING,
            f"not writable: {error}",
            "Set MIEN_HOME to a folder that is",
        )


def _display() -> Check:
    if not sys.platform.startswith("linux"):
        return Check("display", Status.OK, "the desktop's own")
    wayland, x11 = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("DISPLAY")
    if wayland or x11:
        return Check("display", Status.OK, f"Wayland {wayland}" if wayland else f"X11 {x11}")
    return Check(
        "display",
        Status.WARN,
        "none (neither WAYLAND_DISPLAY nor DISPLAY is set)",
        "Rendering and all other commands work; for the studio log in to a desktop, or use"
        " xvfb-run -a",
    )
