"""What the networks are built of: residual blocks, resampling, point embeddings."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_GROUP = 16
"""Channels that are normalised together, about."""


def group_norm(channels: int) -> nn.GroupNorm:
    """Return a normalisation over groups of about 16 channels (Wu and He 2018)."""
    groups = max(1, channels // _GROUP)
    while channels % groups:
        groups -= 1
    return nn.GroupNorm(groups, channels)


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut, normalised before (He et al. 2016, "Identity mappings").

    It begins as the identity: the last convolution starts at zero.

    Args:
        channels: In and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(channels, channels, 3, padding=1)
        self.two = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm_one, self.norm_two = group_norm(channels), group_norm(channels)
        nn.init.zeros_(self.two.weight)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps [B, C, H, W] of maps [B, C, H, W]."""
        inner = self.one(activated(self.norm_one(maps)))
        return self.two(activated(self.norm_two(inner))).add_(maps)


def activated(maps: Tensor) -> Tensor:
    """Return SiLU of maps that nobody else holds: in place where no gradient is wanted.

    Maps are megabytes, and getting a megabyte from the system takes as long as working on it.
    """
    return nn.functional.silu(maps, inplace=not torch.is_grad_enabled())


def downsampling(channels: int, out: int) -> nn.Conv2d:
    """Return a convolution that halves a map."""
    return nn.Conv2d(channels, out, 2, stride=2)


class Upsampling(nn.Module):
    """Double a map: four times the channels, shuffled into space (Shi et al. 2016).

    Each of four neighbours starts with the same weights, so that no checkerboard is there to be
    unlearned.
    """

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, 4 * out, 1)
        with torch.no_grad():
            first = self.convolution.weight[::4].clone()
            self.convolution.weight.copy_(first.repeat_interleave(4, dim=0))
            self.convolution.bias[:] = 0  # pyright: ignore[reportOptionalSubscript]

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps [B, out, 2H, 2W] of maps [B, C, H, W]."""
        return nn.functional.pixel_shuffle(self.convolution(maps), 2)


class PointEmbedding(nn.Module):
    """Embed places by sines of several wavelengths and a linear layer (Mildenhall et al. 2020).

    Args:
        out: Numbers per place.
        longest: The longest wavelength, metres; each next is half as long.
        octaves: How many wavelengths.
        extra: Numbers per place that are taken as they are.
    """

    def __init__(self, out: int, *, longest: float = 0.6, octaves: int = 6, extra: int = 0) -> None:
        super().__init__()
        frequencies = 2 * math.pi / longest * 2.0 ** torch.arange(octaves)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.linear = nn.Linear(6 * octaves + extra, out)

    def forward(self, points: Tensor, extra: Tensor | None = None) -> Tensor:
        """Return embeddings [..., out] of points [..., 3] in metres."""
        frequencies: Tensor = self.get_buffer("frequencies")
        phases = (points[..., None] * frequencies).flatten(-2)
        parts = [phases.sin(), phases.cos(), *([] if extra is None else [extra])]
        return self.linear(torch.cat(parts, dim=-1))
