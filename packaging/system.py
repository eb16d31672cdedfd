"""The system libraries under the wheels: which are missing, and how to get them. Standard library.

Linux only; on other systems the wheels bring everything.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class SetupError(Exception):
    """Something a person has to do first; the message says what."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


@dataclass(frozen=True)
class Library:
    """What the wheels expect from the system, and the packages that hold it."""

    name: str
    """A shared library's soname, or a program."""
    apt: str
    dnf: str
    pacman: str


LIBRARIES = tuple(
    Library(*line.split())
    for line in """
    libEGL.so.1             libegl1             libglvnd-egl        libglvnd
    libGL.so.1              libgl1              libglvnd-glx        libglvnd
    libOpenGL.so.0          libopengl0          libglvnd-opengl     libglvnd
    libGLX_mesa.so.0        libglx-mesa0        mesa-libGL          mesa
    libEGL_mesa.so.0        libegl-mesa0        mesa-libEGL         mesa
    libgbm.so.1             libgbm1             mesa-libgbm         mesa
    libgomp.so.1            libgomp1            libgomp             gcc-libs
    libglib-2.0.so.0        libglib2.0-0        glib2               glib2
    libfontconfig.so.1      libfontconfig1      fontconfig          fontconfig
    libdbus-1.so.3          libdbus-1-3         dbus-libs           dbus
    libxkbcommon.so.0       libxkbcommon0       libxkbcommon        libxkbcommon
    libxkbcommon-x11.so.0   libxkbcommon-x11-0  libxkbcommon-x11    libxkbcommon-x11
    libxcb-cursor.so.0      libxcb-cursor0      xcb-util-cursor     xcb-util-cursor
    libxcb-icccm.so.4       libxcb-icccm4       xcb-util-wm         xcb-util-wm
    libxcb-image.so.0       libxcb-image0       xcb-util-image      xcb-util-image
    libxcb-keysyms.so.1     libxcb-keysyms1     xcb-util-keysyms    xcb-util-keysyms
    libxcb-render-util.so.0 libxcb-render-util0 xcb-util-renderutil xcb-util-renderutil
    libxcb-randr.so.0       libxcb-randr0       libxcb              libxcb
    libxcb-shape.so.0       libxcb-shape0       libxcb              libxcb
    libxcb-xkb.so.1         libxcb-xkb1         libxcb              libxcb
    """.strip().splitlines()
)
XVFB = Library("Xvfb", "xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb")
FONT = Library("a-font", "fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu")

INSTALL_LINES = {
    "apt": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --needed",
}


def missing_libraries(*, virtual_screen: bool) -> list[Library]:
    """Return what Qt and OpenGL would not find, and Xvfb where a virtual screen is needed."""
    missing = [library for library in LIBRARIES if not _loads(library.name)]
    if virtual_screen and not shutil.which("Xvfb"):
        missing.append(XVFB)
    if not any(Path("/usr/share/fonts").rglob("*.[to]tf")):
        missing.append(FONT)
    return missing


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def install_libraries(missing: Sequence[Library]) -> None:
    """Install them when root on Debian or Ubuntu.

    Raises:
        SetupError: Anywhere else, with the exact line to run; or the installation failed.
    """
    names = ", ".join(library.name for library in missing)
    manager = _package_manager()
    if manager is None:
        raise SetupError(f"These system libraries are missing, install them first: {names}")
    packages = sorted({str(getattr(library, manager)) for library in missing})
    install_packages(packages, why=f"System libraries are missing ({names})")


def install_packages(packages: Sequence[str], *, why: str) -> None:
    """Install system packages when root on Debian or Ubuntu.

    Raises:
        SetupError: Anywhere else, with the exact line to run; or the installation failed.
    """
    manager = _package_manager() or "apt"
    line = f"{INSTALL_LINES[manager]} {' '.join(packages)}"
    root = os.geteuid() == 0
    if manager != "apt" or not root:
        raise SetupError(f"{why}. Run this, then try again:\n  {'' if root else 'sudo '}{line}")
    say(f"{why}. Installing {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    code = 1
    for command in (["apt-get", "update", "-qq"], [*line.split(), "-qq"]):
        code = subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, env=environment
        ).returncode
    if code:
        raise SetupError(f"apt-get failed; run it by hand to see why:\n  {line}")


def _package_manager() -> str | None:
    tools = {"apt": "apt-get", "dnf": "dnf", "pacman": "pacman"}
    return next((name for name, tool in tools.items() if shutil.which(tool)), None)
