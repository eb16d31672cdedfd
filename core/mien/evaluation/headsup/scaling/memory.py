"""What decoding costs: bytes that live at once, and Gaussians, whatever went in."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views, plucker
from mien.models.pixel_aligned.network import PixelAligned
from mien.orbit import Orbit

_AROUND = 2.39996
"""The golden angle in radians: any number of views is spread around."""


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of tensors that are made inside and alive at once; on any device.

    What an operation needs only within itself is not seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._live = 0
        self._held: dict[int, tuple[int, int]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and count what it returns."""
        out = func(*args, **(kwargs or {}))
        before = {
            leaf.untyped_storage().data_ptr()
            for leaf in tree_leaves((args, kwargs))
            if isinstance(leaf, Tensor)
        }
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                self._count(leaf, before)
        return out

    def _count(self, made: Tensor, before: set[int]) -> None:
        storage = made.untyped_storage()
        place, size = storage.data_ptr(), storage.nbytes()
        if place in before and place not in self._held:
            return
        users, _ = self._held.get(place, (0, size))
        if not users:
            self._live += size
            self.peak = max(self.peak, self._live)
        self._held[place] = users + 1, size
        weakref.finalize(made, self._gone, place)

    def _gone(self, place: int) -> None:
        users, size = self._held[place]
        if users > 1:
            self._held[place] = users - 1, size
        else:
            del self._held[place]
            self._live -= size


@dataclass(frozen=True)
class Footprint:
    """What a network costs for some views.

    Args:
        encoder_bytes: Alive at once while views are looked at.
        decoder_bytes: Alive at once while Gaussians are made of what was seen.
        num_gaussians: That come out.
    """

    encoder_bytes: int
    decoder_bytes: int
    num_gaussians: int


@torch.no_grad()
def footprint(network: HeadsUp | PixelAligned, *, views: int, side: int) -> Footprint:
    """Measure what a network costs for so many square views of so many pixels a side.

    What the pictures show makes no difference, so they are of noise.
    """
    shown = noise(views, side)
    if isinstance(network, HeadsUp):
        with LiveBytes() as encoding:
            latent = network.encode(shown)
        with LiveBytes() as decoding:
            gaussians = network.decode(latent).gaussians(0)
    else:
        with LiveBytes() as encoding:
            levels = network.levels([shown])
        with LiveBytes() as decoding:
            gaussians = network.heads([shown], network.maps(levels)).gaussians(0)
    return Footprint(encoding.peak, decoding.peak, len(gaussians.means))


def noise(views: int, side: int) -> Views:
    """Return views of noise from all around, of one person."""
    generator = torch.Generator().manual_seed(views)
    images = torch.rand((1, views, 4, side, side), generator=generator)
    cameras = [
        Orbit(yaw=index * _AROUND, pitch=0.1, distance=1.15).camera((side, side))
        for index in range(views)
    ]
    rays = torch.stack([torch.from_numpy(plucker(camera)) for camera in cameras])
    return Views(images, rays[None])
