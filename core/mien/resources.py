"""Where the data that ships with Mien lies: the only module that knows."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def resources_root() -> Path:
    """Return the folder of the shipped data, in a checkout, a wheel or a frozen bundle."""
    packaged = Path(str(files("mien"))) / "_resources"
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / "resources"


def resource(name: str) -> Path:
    """Return the path of a shipped file, such as `shaders/splat.vert`.

    Raises:
        FileNotFoundError: Nothing of that name ships; the installation is damaged.
    """
    path = resources_root() / name
    if not path.exists():
        raise FileNotFoundError(f"{name} is missing from {resources_root()}: reinstall mien")
    return path


def user_folder(kind: str) -> Path:
    """Return (and make) a folder of the user's for `cache`, `data` or `config` files.

    `MIEN_HOME`, where set, holds all three: tests and shared machines use it.
    """
    home = os.environ.get("MIEN_HOME")
    if home:
        folder = Path(home) / kind
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA", Path.home())) / "mien" / kind
    elif sys.platform == "darwin":
        places = {"cache": "Caches", "config": "Preferences", "data": "Application Support"}
        folder = Path.home() / "Library" / places[kind] / "mien"
    else:
        defaults = {"cache": ".cache", "config": ".config", "data": ".local/share"}
        base = os.environ.get(f"XDG_{kind.upper()}_HOME")
        folder = (Path(base) if base else Path.home() / defaults[kind]) / "mien"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
