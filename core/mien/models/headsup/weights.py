"""Files of trained networks: safetensors in half precision, with sizes and a card in the header."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mien.atomic import replacing
from mien.errors import FileError, MienError
from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.network import HeadsUp

_KEY = "mien-headsup"
_VERSION = 1
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
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        half = value.detach().cpu().to(torch.float16).contiguous()
        if not torch.isfinite(half).all():
            raise FileError(path, f"{name} has numbers that half precision cannot hold")
        tensors[name] = half
    said = {"version": _VERSION, "config": network.config.as_dict(), "card": dict(card)}
    data = save(tensors, metadata={_KEY: json.dumps(said)})
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_card(path: str | Path) -> HeadsUpCard:
    """Read what a file says of its network, without the network.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    return _opened(Path(path))[0]


def load_headsup(path: str | Path) -> tuple[HeadsUp, Mapping[str, Any]]:
    """Read a network, ready for use, and its card.

    Raises:
        FileError: It is missing, damaged or something else, or its template is not here.
    """
    place = Path(path)
    held, tensors = _opened(place, whole=True)
    try:
        network = HeadsUp(held.config)
    except MienError as error:
        raise FileError(place, f"cannot be used here ({error})") from error
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise FileError(place, f"does not hold the network it tells of ({first})") from error
    return network.eval().requires_grad_(requires_grad=False), held.card


def _opened(place: Path, *, whole: bool = False) -> tuple[HeadsUpCard, dict[str, Tensor]]:
    from safetensors import SafetensorError, safe_open

    if not place.is_file():
        raise FileError(place, "there is no such file")
    try:
        with safe_open(place, framework="pt") as file:
            said = (file.metadata() or {}).get(_KEY)
            if said is None:
                raise FileError(place, "no HeadsUp network of Mien's")
            card = _understood(place, said)
            names = sorted(file.keys())
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
            _check(place, card.config, shapes)
            tensors = {name: file.get_tensor(name).float() for name in names} if whole else {}
            return card, tensors
    except (OSError, SafetensorError) as error:
        raise FileError(place, f"a damaged file ({error})") from error


def _understood(place: Path, said: str) -> HeadsUpCard:
    try:
        held = json.loads(said)
        if held["version"] != _VERSION:
            raise FileError(place, f"of version {held['version']}; this Mien reads {_VERSION}")
        return HeadsUpCard(HeadsUpConfig.from_dict(held["config"]), dict(held["card"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise FileError(place, f"a damaged header ({error})") from error
    except MienError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(place, str(error)) from error


def _check(place: Path, config: HeadsUpConfig, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise a FileError where a header claims a network that is larger than what is there."""
    side, width = config.texels, config.decoder_widths[-1]
    wanted = {
        "queries.learned": (config.latent_grid**2, config.latent_dim),
        "decoder.common": (width, side, side),
    }
    stored = sum(math.prod(shape) for shape in shapes.values())
    fits = all(shapes.get(name) == shape for name, shape in wanted.items())
    if not fits or _least_size(config) > stored or config.background_texels > _MOST_BACKGROUND:
        raise FileError(place, "its header tells of another network than the one in it")


def _least_size(config: HeadsUpConfig) -> int:
    """Return how many parameters a network has at least."""
    residual = 2 * 9 * sum(width**2 for width in config.encoder_widths) * config.encoder_depth
    residual += 2 * 9 * sum(width**2 for width in config.decoder_widths) * config.decoder_depth
    block = 4 * config.latent_dim**2 + int(2 * config.mlp_ratio * config.latent_dim**2)
    return residual + config.num_blocks * block + 2 * 9 * config.rig_width**2
