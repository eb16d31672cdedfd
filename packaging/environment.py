"""Make a machine that has only Python ready for Mien. Standard library only.

`run.py` and `test.py` both begin here: a virtual environment with pinned versions, then the system
libraries Qt and OpenGL want. Each step says what it does, and all of it is skipped the second time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from pathlib import Path

from system import SetupError, install_libraries, install_packages, missing_libraries, say

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
STAMP = VENV / "mien-setup.json"
MIN_PYTHON = (3, 11)


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
        _make_venv()
    say(f"Installing mien[{','.join(wanted)}] with pinned versions (some minutes the first time)")
    command = [str(python_of_venv()), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--constraint", str(CONSTRAINTS), "--editable", f"{ROOT}[{','.join(wanted)}]"]
    _pip(command)
    _write_stamp(extras=wanted)
    say(f"Installed in {time.monotonic() - started:.0f} s")


def _make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        # Debian and Ubuntu ship Python without the part that puts pip into an environment.
        install_packages(["python3-venv"], why="Python's venv module is incomplete here")
    try:
        venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"The virtual environment cannot be made ({error}).") from error


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


def _prepare_system(*, virtual_screen: bool) -> None:
    key = "system_with_screen" if virtual_screen else "system"
    if _stamp().get(key):
        return
    missing = missing_libraries(virtual_screen=virtual_screen)
    if missing:
        install_libraries(missing)
        still = missing_libraries(virtual_screen=virtual_screen)
        if still:
            names = ", ".join(library.name for library in still)
            raise SetupError(f"These system libraries are still missing: {names}")
    _write_stamp(**{key: True})


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
