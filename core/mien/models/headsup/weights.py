"""Files of trained HeadsUp networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.network import HeadsUp
from mien.models.network_file import NetworkFile, Shapes

_MOST_BACKGROUND = 1024
"""Texels along a side of a background's shell, at most."""


@dataclass(frozen=True, eq=False)
class HeadsUpCard:
    """What a file says of the network in it.

    Args:
        config: Sizes.
        card: How it was trained: data, command, time, metrics on people held out.
    """

    config: HeadsUpConfig
    card: Mapping[str, Any]


def save_headsup(path: str | Path, network: HeadsUp, card: Mapping[str, Any]) -> None:
    """Write a network atomically, in half precision.

    Args:
        path: Where.
        network: The network.
        card: What JSON can say of how it was trained.

    Raises:
        FileError: It cannot be written, or a number is too large for half precision.
    """
    _FILE.save(path, network, network.config.as_dict(), card)


def read_card(path: str | Path) -> HeadsUpCard:
    """Read what a file says of its network, without the network.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    return HeadsUpCard(*_FILE.read_card(path))


def load_headsup(path: str | Path) -> tuple[HeadsUp, Mapping[str, Any]]:
    """Read a network, ready for use, and its card.

    Raises:
        FileError: It is missing, damaged or something else, or its template is not here.
    """
    return _FILE.load(path)


def _fits(config: HeadsUpConfig, shapes: Shapes) -> bool:
    """Say whether a header claims a network that is no larger than what is there."""
    side, width = config.texels, config.decoder_widths[-1]
    wanted = {
        "queries.learned": (config.latent_grid**2, config.latent_dim),
        "decoder.common": (width, side, side),
    }
    stored = sum(math.prod(shape) for shape in shapes.values())
    fits = all(shapes.get(name) == shape for name, shape in wanted.items())
    return fits and _least_size(config) <= stored and config.background_texels <= _MOST_BACKGROUND


def _least_size(config: HeadsUpConfig) -> int:
    """Return how many parameters a network has at least."""
    residual = 2 * 9 * sum(width**2 for width in config.encoder_widths) * config.encoder_depth
    residual += 2 * 9 * sum(width**2 for width in config.decoder_widths) * config.decoder_depth
    block = 4 * config.latent_dim**2 + int(2 * config.mlp_ratio * config.latent_dim**2)
    return residual + config.num_blocks * block + 2 * 9 * config.rig_width**2


_FILE = NetworkFile("mien-headsup", "HeadsUp network", HeadsUpConfig.from_dict, HeadsUp, _fits)
