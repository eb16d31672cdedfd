"""Where the network lies that ships with Mien."""

from __future__ import annotations

from pathlib import Path

from mien.errors import ModelMissing
from mien.resources import resources_root

NETWORK = "demo/headsup.safetensors"


def shipped_network() -> Path:
    """Return the file of the network that ships.

    Raises:
        ModelMissing: This copy of Mien has none.
    """
    path = resources_root() / NETWORK
    if not path.is_file():
        raise ModelMissing(
            "this copy of Mien brings no HeadsUp network",
            hint="Name the file of one that was trained, such as RUN/best.safetensors",
        )
    return path
