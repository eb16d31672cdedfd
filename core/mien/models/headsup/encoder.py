"""The view encoder: each view by itself becomes a grid of tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.views import PLANES, Views
from mien.models.layers import ResidualBlock, downsampling, group_norm


@dataclass(frozen=True, eq=False)
class Tokens:
    """What B people look like: K tokens of each, of any views, in any order.

    Args:
        values: [B, K, D].
        rays: Plücker coordinates of the rays through the tokens' middles [B, K, 6].
        views: Which view each token is of [K].
    """

    values: Tensor
    rays: Tensor
    views: Tensor

    @staticmethod
    def joined(parts: list[Tokens]) -> Tokens:
        """Return the tokens of several sets of views of the same people."""
        starts = [0]
        for part in parts:
            starts.append(starts[-1] + int(part.views.max()) + 1)
        return Tokens(
            torch.cat([part.values for part in parts], dim=1),
            torch.cat([part.rays for part in parts], dim=1),
            torch.cat([part.views + start for part, start in zip(parts, starts, strict=False)]),
        )


class ViewEncoder(nn.Module):
    """A residual network over a view and its rays (HeadsUp, the foreground encoder).

    Args:
        config: Sizes.
    """

    def __init__(self, config: HeadsUpConfig) -> None:
        super().__init__()
        widths = config.encoder_widths
        self._stride = config.stride
        stages: list[nn.Module] = [nn.Conv2d(PLANES, widths[0], config.patch, stride=config.patch)]
        for index, width in enumerate(widths):
            if index:
                stages.append(downsampling(widths[index - 1], width))
            stages += [ResidualBlock(width) for _ in range(config.encoder_depth)]
        self.stages = nn.Sequential(*stages, group_norm(widths[-1]), nn.SiLU())
        self.project = nn.Conv2d(widths[-1], config.latent_dim, 1)
        # Colours as they are: normalisations on the other way leave little of them.
        self.patches = nn.Conv2d(PLANES, config.latent_dim, self._stride, stride=self._stride)

    def forward(self, views: Views) -> Tokens:
        """Return the tokens of V views of each of B people."""
        people, count = views.images.shape[:2]
        pixels = views.planes.flatten(0, 1)
        pixels = _padded(pixels, self._stride)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        maps = self.project(self.stages(pixels)) + self.patches(pixels)
        rays = token_rays(_padded(views.rays.flatten(0, 1), self._stride), self._stride)
        each = maps.shape[2] * maps.shape[3]
        which = torch.arange(count, device=maps.device).repeat_interleave(each)
        values = maps.flatten(2).transpose(1, 2).reshape(people, count * each, -1)
        return Tokens(values, rays.reshape(people, count * each, 6), which)


def _padded(pixels: Tensor, stride: int) -> Tensor:
    """Fill pictures [M, C, H, W] up to whole tokens by repeating their right and lower edges."""
    height, width = pixels.shape[2:]
    right, below = -width % stride, -height % stride
    if not right and not below:
        return pixels
    return nn.functional.pad(pixels, (0, right, 0, below), mode="replicate")


def token_rays(rays: Tensor, stride: int) -> Tensor:
    """Return the rays [M, h w, 6] through the middles of tokens of rays of pixels [M, 6, H, W]."""
    mean = nn.functional.avg_pool2d(rays, stride).flatten(2).transpose(1, 2)
    # A mean of unit vectors is shorter than one; scaled alike, both name the same line.
    return mean / mean[..., :3].norm(dim=-1, keepdim=True)
