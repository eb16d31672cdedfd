"""Files of trained pixel-aligned networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mien.models.network_file import NetworkFile, Shapes
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned


def _fits(config: PixelAlignedConfig, shapes: Shapes) -> bool:
    """Say whether tensors are those of a network, laid out without memory; blocks first."""
    levels = len(config.widths)
    if config.depth * (2 * levels - 1) + config.num_blocks > len(shapes):
        return False
    try:
        with torch.device("meta"):
            laid_out = PixelAligned(config).state_dict()
    except (RuntimeError, OverflowError):
        return False
    return {name: tuple(held.shape) for name, held in laid_out.items()} == dict(shapes)


_FILE = NetworkFile(
    "mien-pixel-aligned",
    "pixel-aligned network",
    PixelAlignedConfig.from_dict,
    PixelAligned,
    _fits,
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
