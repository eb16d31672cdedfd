"""Files of trained networks: safetensors in half precision, with sizes and a card in the header."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from mien.atomic import replacing
from mien.errors import FileError, MienError
from mien.tensor_files import open_tensors

_VERSION = 1

Shapes = Mapping[str, tuple[int, ...]]
Config = TypeVar("Config")
Network = TypeVar("Network", bound=nn.Module)


class NetworkFile(Generic[Config, Network]):
    """How networks of a kind are kept.

    Args:
        kind: The header's key, which tells kinds apart.
        title: For people.
        config_of: Makes sizes of what JSON said; raises a MienError where it cannot.
        network_of: Makes a network of sizes; raises a MienError where it cannot.
        fits: Says, before anything is made, whether tensors of some shapes by name can be those of
            a network of some sizes: a header may claim any.
    """

    def __init__(
        self,
        kind: str,
        title: str,
        config_of: Callable[[Mapping[str, Any]], Config],
        network_of: Callable[[Config], Network],
        fits: Callable[[Config, Shapes], bool],
    ) -> None:
        self._kind = kind
        self._title = title
        self._config_of = config_of
        self._network_of = network_of
        self._fits = fits

    def save(
        self, path: str | Path, network: Network, sizes: Mapping[str, Any], card: Mapping[str, Any]
    ) -> None:
        """Write a network atomically, in half precision.

        Args:
            path: Where.
            network: The network.
            sizes: Its configuration, as JSON can say it.
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
        said = {"version": _VERSION, "config": dict(sizes), "card": dict(card)}
        data = save(tensors, metadata={self._kind: json.dumps(said)})
        with replacing(path) as temporary:
            temporary.write_bytes(data)

    def read_card(self, path: str | Path) -> tuple[Config, Mapping[str, Any]]:
        """Read what a file says of its network, without the network.

        Raises:
            FileError: It is missing, damaged or something else.
        """
        return self._opened(Path(path), whole=False)[:2]

    def load(self, path: str | Path) -> tuple[Network, Mapping[str, Any]]:
        """Read a network, ready for use, and its card.

        Raises:
            FileError: It is missing, damaged or something else, or cannot be used here.
        """
        place = Path(path)
        config, card, tensors = self._opened(place, whole=True)
        try:
            network = self._network_of(config)
        except MienError as error:
            raise FileError(place, f"cannot be used here ({error})") from error
        try:
            network.load_state_dict(tensors)
        except RuntimeError as error:
            first = str(error).splitlines()[-1].strip()
            raise FileError(place, f"does not hold the network it tells of ({first})") from error
        return network.eval().requires_grad_(requires_grad=False), card

    def _opened(
        self, place: Path, *, whole: bool
    ) -> tuple[Config, Mapping[str, Any], dict[str, Tensor]]:
        opened = open_tensors(place, self._kind, self._title, framework="pt")
        with opened as (file, said):
            config, card = self._understood(place, said)
            names = sorted(file.keys())
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
            if not self._fits(config, shapes):
                raise FileError(place, "its header tells of another network than the one in it")
            tensors = {name: file.get_tensor(name).float() for name in names} if whole else {}
            return config, card, tensors

    def _understood(self, place: Path, said: Any) -> tuple[Config, Mapping[str, Any]]:
        try:
            if said["version"] != _VERSION:
                raise FileError(place, f"of version {said['version']}; this Mien reads {_VERSION}")
            return self._config_of(said["config"]), dict(said["card"])
        except (KeyError, TypeError, ValueError) as error:
            raise FileError(place, f"a damaged header ({error})") from error
        except FileError:
            raise
        except MienError as error:
            raise FileError(place, str(error)) from error
