"""The decoder: a latent on the coarse map becomes maps of what Gaussians are made of."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from mien.models.headsup.config import HeadsUpConfig
from mien.models.layers import ResidualBlock, Upsampling, activated, group_norm


class Decoder(nn.Module):
    """A residual network that doubles the map from stage to stage (HeadsUp, foreground decoder).

    A learnable value on each texel is added before the last stage: what everybody has in common
    there need not pass through the latent.

    Args:
        config: Sizes.
        channels: Numbers per texel that are wanted.
    """

    def __init__(self, config: HeadsUpConfig, channels: int) -> None:
        super().__init__()
        widths, depth = config.decoder_widths, config.decoder_depth
        self.enter = nn.Conv2d(config.latent_dim, widths[0], 1)
        stages = [nn.Sequential(*(ResidualBlock(widths[0]) for _ in range(depth)))]
        for before, width in pairwise(widths):
            blocks = (ResidualBlock(width) for _ in range(depth))
            stages.append(nn.Sequential(Upsampling(before, width), *blocks))
        self.stages = nn.ModuleList(stages)
        common = torch.zeros(widths[-1], config.texels, config.texels)
        self.common = nn.Parameter(common)
        self.norm = group_norm(widths[-1])
        self.leave = nn.Conv2d(widths[-1], channels, 3, padding=1)
        # What is coarse need not learn its way through the stages, nor what latents hold of texels.
        self.straight = nn.Conv2d(config.latent_dim, channels, 1)
        fold = config.texels // config.latent_grid
        self.fine = nn.Conv2d(config.latent_dim, channels * fold**2, 1)
        self.unfold = nn.PixelShuffle(fold)
        with torch.no_grad():
            self.leave.weight.mul_(0.1)
            if self.leave.bias is not None:
                self.leave.bias.zero_()
            for way in (self.straight, self.fine):
                nn.init.zeros_(way.weight)
                if way.bias is not None:
                    way.bias.zero_()

    def forward(self, latent: Tensor) -> Tensor:
        """Return maps [B, channels, T, T] of latents [B, D, g, g]."""
        maps = self.enter(latent.contiguous(memory_format=torch.channels_last))
        for stage in self.stages:
            maps = stage(maps)
        # Not in place on what a stage may have kept for its gradient.
        maps = maps + self.common if torch.is_grad_enabled() else maps.add_(self.common)
        maps = self.leave(activated(self.norm(maps)))
        coarse = self.straight(latent)
        size = maps.shape[-2:]
        maps = maps + nn.functional.interpolate(coarse, size, mode="bilinear")
        return maps + self.unfold(self.fine(latent))
