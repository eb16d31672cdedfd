"""Files of trained pixel-aligned networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mien.models.network_file import NetworkFile
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned

_FILE = NetworkFile(
    "mien-pixel-aligned",
    "pixel-aligned network",
    PixelAlignedConfig.from_dict,
    PixelAligned,
)


def save_pixel_aligned(path: str | Path, network: PixelAligned, card: Mapping[str, Any]) -> None:
    """Write a network atomically, in half precision.

    Args:
        path: Where.
        network: The network.
        card: What JSON can say of how it was trained.

    Raises:
        FileError: It cannot be written, or a number is too large for half precision.
    """
    _FILE.save(path, network, network.config.as_dict(), card)


def load_pixel_aligned(path: str | Path) -> tuple[PixelAligned, Mapping[str, Any]]:
    """Read a network, ready for use, and its card.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    return _FILE.load(path)
