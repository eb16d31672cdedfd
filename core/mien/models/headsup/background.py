"""The background model: what stands around the rig, as 32 numbers and Gaussians on a shell."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.views import Views
from mien.models.layers import ResidualBlock, Upsampling, downsampling, group_norm
from mien.rendering.differentiable import GaussianTensors

_RADIUS = 2.5
"""Metres from the head to the shell."""
_HEIGHT = 1.4
"""How far up and down the shell goes, radians."""
_SIDE = 64
"""Pixels along a side of a view as it is looked at."""
_WIDTHS = (32, 64, 128)
_COARSE = 8
_CHANNELS = 8
"""Depth 1, size 3, opacity 1, colour 3."""


class Background(nn.Module):
    """Pool all views to a small latent and decode it to Gaussians around the rig.

    Args:
        config: Sizes; `background_dim` is not 0.
    """

    def __init__(self, config: HeadsUpConfig) -> None:
        super().__init__()
        stages: list[nn.Module] = [nn.Conv2d(9, _WIDTHS[0], 4, stride=4)]
        for before, width in pairwise(_WIDTHS):
            stages += [ResidualBlock(before), downsampling(before, width)]
        self.encoder = nn.Sequential(*stages, ResidualBlock(_WIDTHS[-1]), group_norm(_WIDTHS[-1]))
        self.to_latent = nn.Linear(_WIDTHS[-1], config.background_dim)
        self.enter = nn.Linear(config.background_dim, _WIDTHS[-1] * _COARSE**2)
        doublings = max(0, round(math.log2(config.background_texels / _COARSE)))
        self.side = _COARSE * 2**doublings
        decoder: list[nn.Module] = []
        width = _WIDTHS[-1]
        for _ in range(doublings):
            narrower = max(_WIDTHS[0], width // 2)
            decoder += [ResidualBlock(width), Upsampling(width, narrower)]
            width = narrower
        self.decoder = nn.Sequential(*decoder, nn.Conv2d(width, _CHANNELS, 3, padding=1))
        self.register_buffer("directions", _shell(self.side), persistent=False)

    def encode(self, views: Views) -> Tensor:
        """Return the latents [B, background_dim] of V views of each of B places."""
        pixels = torch.cat([views.colors - 0.5, views.rays], dim=2)
        small = nn.functional.adaptive_avg_pool2d(pixels.flatten(0, 1), _SIDE)
        pooled = self.encoder(small).mean(dim=(2, 3)).unflatten(0, pixels.shape[:2]).mean(dim=1)
        return self.to_latent(nn.functional.silu(pooled))

    def decode(self, latents: Tensor, place: int = 0) -> GaussianTensors:
        """Return the Gaussians of one of the places."""
        start = self.enter(latents[place]).view(1, -1, _COARSE, _COARSE)
        maps = self.decoder(start)[0].flatten(1).transpose(0, 1)
        depth, size, opacity, color = maps.split([1, 3, 1, 3], dim=-1)
        directions: Tensor = self.get_buffer("directions")
        distance = _RADIUS * torch.exp(0.5 * torch.tanh(depth))
        base = math.log(_RADIUS * 2 * math.pi / self.side * 0.6)
        quats = directions.new_tensor([1.0, 0, 0, 0]).expand(len(directions), 4)
        return GaussianTensors(
            directions * distance,
            quats,
            base + torch.tanh(size),
            2.0 + opacity[:, 0],
            0.5 * color[:, None],
        )


def _shell(side: int) -> Tensor:
    """Return directions [side², 3] all round, up and down to the shell's rims."""
    steps = (torch.arange(side) + 0.5) / side
    up, around = torch.meshgrid((1 - 2 * steps) * _HEIGHT, 2 * math.pi * steps, indexing="ij")
    directions = torch.stack([around.sin() * up.cos(), up.sin(), around.cos() * up.cos()], dim=-1)
    return directions.flatten(0, 1)
