"""Where the files lie that Mien uses and does not ship."""

from __future__ import annotations

import os
from pathlib import Path

from mien.resources import user_folder

FOLDER_VARIABLE = "MIEN_MODELS"


def models_folder() -> Path:
    """Return the folder fetched models go to: `MIEN_MODELS` where set, else the user's own."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_folder("data") / "models"


def search_folders() -> tuple[Path, ...]:
    """Return the folders models are looked for in, in that order."""
    return tuple(dict.fromkeys((models_folder(), user_folder("data") / "models")))
