"""Make a machine that has only Python ready for Mien. Standard library only.

`run.py` and `test.py` both begin here: a virtual environment with pinned versions, the system
libraries Qt and OpenGL want, and, where there is no screen, a virtual one. Each step says what it
does, and all of it is skipped the second time.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
STAMP = VENV / "mien-setup.json"
MIN_PYTHON = (3, 11)


@dataclass(frozen=True)
class SystemLibrary:
    """A shared library that the wheels expect from the system, and the packages that hold it."""

    soname: str
    apt: str
    dnf: str
    pacman: str


LIBRARIES = (
    SystemLibrary("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd"),
    SystemLibrary("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
    SystemLibrary("libOpenGL.so.0", "libopengl0", "libglvnd-opengl", "libglvnd"),
    SystemLibrary("libGLX_mesa.so.0", "libglx-mesa0", "mesa-libGL", "mesa"),
    SystemLibrary("libEGL_mesa.so.0", "libegl-mesa0", "mesa-libEGL", "mesa"),
    SystemLibrary("libgbm.so.1", "libgbm1", "mesa-libgbm", "mesa"),
    SystemLibrary("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    SystemLibrary("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
    SystemLibrary("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
    SystemLibrary("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    SystemLibrary(
        "libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"
    ),  # fmt: skip
    SystemLibrary("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    SystemLibrary("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    SystemLibrary("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image"),
    SystemLibrary("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    SystemLibrary(
        "libxcb-render-util.so.0",
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
    ),  # fmt: skip
    SystemLibrary("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb"),
    SystemLibrary("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
    SystemLibrary("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb"),
)
XVFB = SystemLibrary("Xvfb", "xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb")
FONTS = SystemLibrary("a font", "fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu")

INSTALL_LINES = {
    "apt": ("apt-get", "apt-get install -y --no-install-recommends"),
    "dnf": ("dnf", "dnf install -y"),
    "pacman": ("pacman", "pacman -S --needed"),
}


class SetupError(Exception):
    """Something a person has to do first; the message says what."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def python_of_venv() -> Path:
    """Return the interpreter of the virtual environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(extras: Sequence[str], *, virtual_screen: bool) -> Path:
    """Make everything ready and return the environment's interpreter.

    Args:
        extras: Extras of the distribution that have to be installed.
        virtual_screen: Whether Xvfb is needed.

    Raises:
        SetupError: A person has to do something first.
    """
    if sys.version_info < MIN_PYTHON:
        have = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(f"Mien needs Python 3.11 or newer; this is {have} ({sys.executable}).")
    _prepare_python(extras)
    if sys.platform.startswith("linux"):
        _prepare_system(virtual_screen=virtual_screen)
    _compile_kernels()
    return python_of_venv()


def _fingerprint() -> str:
    parts = [CONSTRAINTS.read_bytes(), (ROOT / "pyproject.toml").read_bytes()]
    parts.append(".".join(map(str, sys.version_info[:2])).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamp() -> dict[str, object]:
    try:
        held = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if held.get("fingerprint") == _fingerprint() else {}


def _write_stamp(**values: object) -> None:
    held = {"fingerprint": _fingerprint(), **_stamp(), **values}
    STAMP.write_text(json.dumps(held, indent=1), encoding="utf-8")


def _prepare_python(extras: Sequence[str]) -> None:
    installed = _stamp().get("extras", [])
    wanted = sorted({*extras, *(installed if isinstance(installed, list) else [])})
    if wanted == installed and python_of_venv().exists():
        return
    started = time.monotonic()
    if not python_of_venv().exists():
        say("Making the virtual environment .venv")
        try:
            venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
        except (OSError, subprocess.CalledProcessError) as error:
            hint = "on Debian and Ubuntu: apt-get install python3-venv"
            raise SetupError(f"The virtual environment cannot be made ({error}); {hint}") from error
    say(f"Installing mien[{','.join(wanted)}] with pinned versions (some minutes the first time)")
    command = [str(python_of_venv()), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--constraint", str(CONSTRAINTS), "--editable", f"{ROOT}[{','.join(wanted)}]"]
    _pip(command)
    _write_stamp(extras=wanted)
    say(f"Installed in {time.monotonic() - started:.0f} s")


def _pip(command: Sequence[str]) -> None:
    """Run pip, showing one line for each package instead of its whole log."""
    log: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as pip:
        for line in pip.stdout or ():
            log.append(line)
            if line.startswith("Collecting "):
                say(f"  {line.split()[1].split(';')[0]}")
            elif line.startswith("Installing collected"):
                say("  unpacking …")
    if pip.returncode:
        say("".join(log[-30:]))
        raise SetupError("pip could not install Mien; its last lines are above.")


def _missing_libraries(*, virtual_screen: bool) -> list[SystemLibrary]:
    missing = [library for library in LIBRARIES if not _loads(library.soname)]
    if virtual_screen and not shutil.which("Xvfb"):
        missing.append(XVFB)
    if not any(Path("/usr/share/fonts").rglob("*.[to]tf")) and not shutil.which("fc-list"):
        missing.append(FONTS)
    return missing


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _prepare_system(*, virtual_screen: bool) -> None:
    key = "system_with_screen" if virtual_screen else "system"
    if _stamp().get(key):
        return
    missing = _missing_libraries(virtual_screen=virtual_screen)
    if missing:
        _install_libraries(missing)
        still = _missing_libraries(virtual_screen=virtual_screen)
        if still:
            names = ", ".join(library.soname for library in still)
            raise SetupError(f"These system libraries are still missing: {names}")
    _write_stamp(**{key: True})


def _install_libraries(missing: Sequence[SystemLibrary]) -> None:
    names = ", ".join(library.soname for library in missing)
    manager = next((m for m, (tool, _) in INSTALL_LINES.items() if shutil.which(tool)), None)
    if manager is None:
        raise SetupError(f"These system libraries are missing, install them first: {names}")
    packages = sorted({str(getattr(library, manager)) for library in missing})
    line = f"{INSTALL_LINES[manager][1]} {' '.join(packages)}"
    if manager != "apt" or os.geteuid() != 0:
        prefix = "" if os.geteuid() == 0 else "sudo "
        raise SetupError(f"System libraries are missing ({names}). Run this, then try again:\n  {prefix}{line}")  # fmt: skip
    say(f"Installing system libraries: {' '.join(packages)}")
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    # An old package list is tried first only where there is one; a fresh image has none.
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    done = subprocess.run(["apt-get", *line.split()[1:], "-qq"], check=False, **quiet)
    if done.returncode:
        raise SetupError(f"apt-get failed; run it by hand to see why:\n  {line}")


def _compile_kernels() -> None:
    if _stamp().get("kernels"):
        return
    say("Compiling the renderer's kernels, once")
    done = subprocess.run(
        [str(python_of_venv()), "-m", "mien.cli.main", "doctor", "--warm"],
        cwd=ROOT,
        check=False,
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise SetupError(f"The kernels cannot be compiled:\n{done.stdout}{done.stderr}")
    _write_stamp(kernels=True)


def has_display() -> bool:
    """Return whether windows can be shown."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def virtual_screen(size: str = "1600x1000x24") -> Iterator[dict[str, str]]:
    """Run Xvfb while the block runs; gives the environment for programs that shall show on it.

    Raises:
        SetupError: Xvfb does not start.
    """
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-ac"]
    server = subprocess.Popen(
        command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write)
    try:
        with os.fdopen(read, encoding="ascii") as display:
            # Xvfb picks a free number and writes it once it is ready; end of file means it died.
            number = display.readline().strip()
        if not number:
            raise SetupError("Xvfb does not start; run `Xvfb :99` by hand to see why.")
        environment = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        environment.pop("WAYLAND_DISPLAY", None)
        yield environment
    finally:
        server.terminate()
        server.wait()
