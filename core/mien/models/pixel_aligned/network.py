"""The network: a U-Net over each view, whose coarsest levels look at each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from mien.models.headsup.views import PLANES, Views
from mien.models.layers import ResidualBlock, Upsampling, downsampling, group_norm
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.heads import CHANNELS, PixelHeads, heads_of


class ViewAttention(nn.Module):
    """Attention among all cells of all views and an MLP, each beside a shortcut."""

    def __init__(self, width: int, num_heads: int, mlp_ratio: float) -> None:
        super().__init__()
        self.num_heads, hidden = num_heads, int(mlp_ratio * width)
        self.norm, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.enter, self.leave = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens [B, K, D] of tokens [B, K, D]."""
        parts = self.enter(self.norm(tokens)).unflatten(-1, (3, self.num_heads, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        looked = nn.functional.scaled_dot_product_attention(queries, keys, values)
        tokens = tokens + self.leave(looked.transpose(1, 2).flatten(2))
        return tokens + self.mlp(self.norm_mlp(tokens))


class PixelAligned(nn.Module):
    """Predict a Gaussian on every few pixels of every view, and take them all together.

    As Splatter Image does (Szymanowicz et al. 2024), with views that attend to each other as in LGM
    (Tang et al. 2024). The number of Gaussians grows with the number and the size of the views.

    Args:
        config: Sizes.
    """

    def __init__(self, config: PixelAlignedConfig) -> None:
        super().__init__()
        self.config = config
        widths, depth = config.widths, config.depth

        def blocks(width: int) -> nn.Sequential:
            return nn.Sequential(*(ResidualBlock(width) for _ in range(depth)))

        self.enter = nn.Conv2d(PLANES, widths[0], config.stride, stride=config.stride)
        self.down = nn.ModuleList([blocks(widths[0])])
        for before, width in pairwise(widths):
            self.down.append(nn.Sequential(downsampling(before, width), blocks(width)))
        self.attention = nn.ModuleList(
            ViewAttention(widths[-1], config.num_heads, config.mlp_ratio)
            for _ in range(config.num_blocks)
        )
        self.raise_ = nn.ModuleList()
        self.join = nn.ModuleList()
        self.up = nn.ModuleList()
        for below, width in pairwise(reversed(widths)):
            self.raise_.append(Upsampling(below, width))
            self.join.append(nn.Conv2d(2 * width, width, 1))
            self.up.append(blocks(width))
        self.norm = group_norm(widths[0])
        self.leave = nn.Conv2d(widths[0], CHANNELS, 3, padding=1)
        with torch.no_grad():
            self.leave.weight.mul_(0.1)
            if self.leave.bias is not None:
                self.leave.bias.zero_()

    def forward(self, views: Views | Sequence[Views]) -> PixelHeads:
        """Return the heads of V views of each of B people, in one pass.

        Args:
            views: All views, or several sets of views of the same people that differ in size.
        """
        sets = [views] if isinstance(views, Views) else list(views)
        return self.heads(sets, self.maps(self.levels(sets)))

    def levels(self, sets: Sequence[Views]) -> list[list[Tensor]]:
        """Return the maps of each set of views on all levels, the finest first.

        On the last, the coarsest, all views have looked at each other.
        """
        lowered = [self._lowered(each) for each in sets]
        coarse = self._attended([held[-1] for held in lowered], len(sets[0].images))
        return [[*held[:-1], lowest] for held, lowest in zip(lowered, coarse, strict=True)]

    def maps(self, levels: Sequence[Sequence[Tensor]]) -> list[Tensor]:
        """Return the numbers [B V, 15, h, w] of the cells of each set of views."""
        return [self._raised(held[:-1], held[-1]) for held in levels]

    def heads(self, sets: Sequence[Views], maps: Sequence[Tensor]) -> PixelHeads:
        """Return the heads that numbers of sets of views mean."""
        return PixelHeads.joined(
            [self._head(each, drawn) for each, drawn in zip(sets, maps, strict=True)]
        )

    def _head(self, views: Views, maps: Tensor) -> PixelHeads:
        stride = self.config.stride
        height, width = (side // stride for side in views.images.shape[-2:])
        return heads_of(
            maps[..., :height, :width],
            views.colors.flatten(0, 1),
            views.rays.flatten(0, 1),
            people=len(views.images),
            stride=stride,
        )

    def _lowered(self, views: Views) -> list[Tensor]:
        """Return the maps of all levels, the finest first."""
        pixels = views.planes.flatten(0, 1)
        pixels = _padded(pixels, self.config.coarsest)
        maps = self.enter(pixels.contiguous(memory_format=torch.channels_last))
        levels: list[Tensor] = []
        for stage in self.down:
            maps = stage(maps)
            levels.append(maps)
        return levels

    def _attended(self, maps: list[Tensor], people: int) -> list[Tensor]:
        """Let the cells of all maps [B V, D, h, w] of a person look at each other."""
        if not len(self.attention):
            return maps
        each = [
            held.unflatten(0, (people, -1)).permute(0, 1, 3, 4, 2).flatten(1, 3) for held in maps
        ]
        tokens = torch.cat(each, dim=1)
        for block in self.attention:
            tokens = block(tokens)
        parts = tokens.split([part.shape[1] for part in each], dim=1)
        return [
            part.unflatten(1, (-1, *held.shape[2:])).permute(0, 1, 4, 2, 3).flatten(0, 1)
            for part, held in zip(parts, maps, strict=True)
        ]

    def _raised(self, levels: Sequence[Tensor], maps: Tensor) -> Tensor:
        maps = maps.contiguous(memory_format=torch.channels_last)
        for held, raise_, join, stage in zip(
            reversed(levels), self.raise_, self.join, self.up, strict=True
        ):
            maps = stage(join(torch.cat([raise_(maps), held], dim=1)))
        return self.leave(nn.functional.silu(self.norm(maps)))


def _padded(pixels: Tensor, side: int) -> Tensor:
    """Fill pictures [M, C, H, W] up to whole cells by repeating their right and lower edges."""
    height, width = pixels.shape[2:]
    return nn.functional.pad(pixels, (0, -width % side, 0, -height % side), mode="replicate")
