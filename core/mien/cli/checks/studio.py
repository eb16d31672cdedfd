"""The desktop studio's toolkit."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from mien.cli.checks.check import Check, Status, package_version

_LINUX_LIBRARIES = (
    "libEGL.so.1",
    "libGL.so.1",
    "libxkbcommon-x11.so.0",
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-keysyms.so.1",
)
"""What Qt's X11 platform plugin loads and the wheel does not bring."""


def studio_checks() -> Iterator[Check]:
    """Check what the studio needs besides the library, without importing Qt."""
    qt = package_version("PySide6-Essentials", "PySide6")
    plots = package_version("pyqtgraph")
    if qt is None or plots is None or find_spec("mien_studio") is None:
        absent = "PySide6" if qt is None else "pyqtgraph" if plots is None else "the studio"
        yield Check(
            "studio", Status.WARN, f"{absent} is not installed", 'pip install "mien[studio]"'
        )
        return
    failing = [name for name in _system_libraries() if not _loads(name)]
    if failing:
        yield Check(
            "studio",
            Status.MISSING,
            f"Qt {qt} lacks {', '.join(failing)} of the system",
            "Debian, Ubuntu: apt install libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0"
            " libxcb-icccm4 libxcb-keysyms1",
        )
        return
    yield Check("studio", Status.OK, f"PySide6 {qt}, pyqtgraph {plots}")


def _system_libraries() -> tuple[str, ...]:
    return _LINUX_LIBRARIES if sys.platform.startswith("linux") else ()


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
