"""The learned latent rig: expression weights move the latent."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mien.models.headsup.config import HeadsUpConfig
from mien.models.layers import group_norm
from mien.template.arkit import ARKIT_NAMES

_CODE = 64
_PLACES = 16


class LatentRig(nn.Module):
    """A small residual network: what an expression changes in somebody's latent.

    The template's expressions move what is decoded; this adds what they cannot: teeth and tongue,
    wrinkles, what a fold hides. Without expression it adds exactly nothing.

    Args:
        config: Sizes; `rig_width` is not 0.
    """

    def __init__(self, config: HeadsUpConfig) -> None:
        super().__init__()
        width = config.rig_width
        self.code = nn.Sequential(nn.Linear(len(ARKIT_NAMES), _CODE), nn.SiLU())
        self.places = nn.Parameter(
            0.1 * torch.randn(1, _PLACES, config.latent_grid, config.latent_grid)
        )
        self.enter = nn.Conv2d(config.latent_dim + _PLACES, width, 1)
        self.norms = nn.ModuleList(group_norm(width) for _ in range(2))
        self.films = nn.ModuleList(nn.Linear(_CODE, 2 * width) for _ in range(2))
        # A bias behind the last activation would be taken away again with the neutral face.
        self.convolutions = nn.ModuleList(
            nn.Conv2d(width, width, 3, padding=1, bias=first) for first in (True, False)
        )
        self.leave = nn.Conv2d(width, config.latent_dim, 1, bias=False)
        nn.init.zeros_(self.leave.weight)

    def forward(self, latent: Tensor, expression: Tensor) -> Tensor:
        """Return the latents [B, D, g, g] of neutral latents with expressions [B, 52]."""
        base = self.enter(torch.cat([latent, self.places.expand(len(latent), -1, -1, -1)], dim=1))
        moved = self._moved(base, expression)
        return latent + self.leave(moved - self._moved(base, torch.zeros_like(expression)))

    def _moved(self, maps: Tensor, expression: Tensor) -> Tensor:
        code = self.code(expression)
        for norm, film, convolution in zip(self.norms, self.films, self.convolutions, strict=True):
            gain, bias = film(code)[:, :, None, None].chunk(2, dim=1)
            maps = maps + convolution(nn.functional.silu(norm(maps) * (1 + gain) + bias))
        return maps
