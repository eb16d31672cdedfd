"""Queries on the UV map look at all tokens of all views; nothing depends on order or number."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mien.models.headsup import rays
from mien.models.headsup.canvas import Canvas
from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.encoder import Tokens
from mien.models.layers import PointEmbedding

_MULTIPLE = 8
"""What fused kernels want a head's width to be a multiple of."""

_REACH = 0.15
"""How far from the template a query may look, metres: long hair hangs that far off."""


class CrossAttention(nn.Module):
    """Attention of queries to tokens, weighed by how near a token's ray passes a query's place.

    The weighing is Mien's own addition to the published block: small networks then need not learn
    from pictures where rays meet the head. With `ray_focus` 0 it is plain attention.
    """

    def __init__(self, config: HeadsUpConfig) -> None:
        super().__init__()
        width, self.num_heads = config.latent_dim, config.num_heads
        self.by_view = config.pooling == "max"
        self.to_queries = nn.Linear(width, width)
        self.to_keys = nn.Linear(width, width, bias=False)
        self.to_values = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.focused = config.ray_focus > 0
        if self.focused:
            # From heads that look closely to heads that look about.
            spread = 4.0 * 0.25 ** torch.arange(self.num_heads)
            self.log_focus = nn.Parameter((config.ray_focus * spread).log())
            self.facing = nn.Parameter(torch.ones(self.num_heads))
            self.shift = nn.Linear(width, 3)
            nn.init.zeros_(self.shift.weight)
            nn.init.zeros_(self.shift.bias)

    def forward(self, state: Tensor, seen: Tensor, tokens: Tokens, places: Tensor) -> Tensor:
        """Return what queries with a state [B, Q, D] see [B, Q, D].

        Args:
            state: Normalised.
            seen: The tokens' values, normalised [B, K, D].
            tokens: Where their rays run, and which view each is of.
            places: The queries' places on the template and its normals there [Q, 6].
        """
        queries, keys = self._heads(self.to_queries(state)), self._heads(self.to_keys(seen))
        values = self._heads(self.to_values(seen))
        width = values.shape[-1]
        queries = queries * width**-0.5
        if self.focused:
            queries = torch.cat([queries, self._places(state, places)], dim=-1)
            by_ray = rays.of_rays(tokens.rays).to(keys.dtype)[:, None]
            keys = torch.cat([keys, by_ray.expand(-1, self.num_heads, -1, -1)], dim=-1)
            queries, keys, values = (_filled(each, queries) for each in (queries, keys, values))
        looked = self._looked(queries, keys, values, tokens.views)
        return self.out(looked[..., :width].transpose(1, 2).flatten(2))

    def _heads(self, values: Tensor) -> Tensor:
        return values.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def _places(self, state: Tensor, places: Tensor) -> Tensor:
        points, normals = places.split(3, dim=-1)
        moved = points + _REACH * torch.tanh(self.shift(state))
        focus, facing = self.log_focus.exp()[:, None], self.facing[:, None]
        return rays.of_places(moved[:, None], normals, focus, facing)

    def _looked(self, queries: Tensor, keys: Tensor, values: Tensor, views: Tensor) -> Tensor:
        fused = nn.functional.scaled_dot_product_attention
        if not self.by_view:
            return fused(queries, keys, values, scale=1.0)
        each = [
            fused(queries, keys[:, :, views == view], values[:, :, views == view], scale=1.0)
            for view in range(int(views.max()) + 1)
        ]
        return torch.stack(each).amax(dim=0)


def _filled(values: Tensor, like: Tensor) -> Tensor:
    """Fill the last axis with zeros up to a width that fused kernels take, the same for all."""
    width = -(-like.shape[-1] // _MULTIPLE) * _MULTIPLE
    return nn.functional.pad(values, (0, width - values.shape[-1]))


class Block(nn.Module):
    """Cross-attention and an MLP, each beside a shortcut and normalised before."""

    def __init__(self, config: HeadsUpConfig) -> None:
        super().__init__()
        width, hidden = config.latent_dim, int(config.mlp_ratio * config.latent_dim)
        self.norm_state, self.norm_tokens = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = CrossAttention(config)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, state: Tensor, tokens: Tokens, places: Tensor) -> Tensor:
        """Return the queries' next state [B, Q, D]."""
        seen = self.norm_tokens(tokens.values)
        state = state + self.attention(self.norm_state(state), seen, tokens, places)
        return state + self.mlp(self.norm_mlp(state))


class Queries(nn.Module):
    """Learnable queries, one per coarse texel, and the blocks in which they look at the views.

    Args:
        config: Sizes.
        canvas: The template's map at the latent's resolution.
    """

    def __init__(self, config: HeadsUpConfig, canvas: Canvas) -> None:
        super().__init__()
        self.grid = config.latent_grid
        self.learned = nn.Parameter(0.02 * torch.randn(self.grid**2, config.latent_dim))
        self.prior = PointEmbedding(config.latent_dim, extra=3)
        self.register_buffer("places", _places_of_grid(canvas), persistent=False)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.num_blocks))
        self.norm = nn.LayerNorm(config.latent_dim)
        self.out = nn.Linear(config.latent_dim, config.latent_dim)
        self.checkpointed = False
        """Whether blocks are computed again on the way back, to spare memory."""

    def forward(self, tokens: Tokens, glimpses: Tensor | None = None) -> Tensor:
        """Return the latent [B, D, g, g] of what was seen of B people.

        Args:
            tokens: Of all views.
            glimpses: What queries begin with besides [B, g², D].
        """
        places: Tensor = self.get_buffer("places")
        start = self.learned + self.prior(*places.split(3, dim=-1))
        state = start.expand(len(tokens.values), -1, -1)
        if glimpses is not None:
            state = state + glimpses
        for block in self.blocks:
            if self.checkpointed and torch.is_grad_enabled():
                from torch.utils.checkpoint import checkpoint

                state = checkpoint(block, state, tokens, places, use_reentrant=False)
            else:
                state = block(state, tokens, places)
        latent = self.out(self.norm(state))
        return latent.transpose(1, 2).unflatten(2, (self.grid, self.grid))


def _places_of_grid(canvas: Canvas) -> Tensor:
    """Return place and normal [g², 6] of each coarse texel, or of the nearest that is covered."""
    from scipy.spatial import KDTree

    side = canvas.side
    everywhere = torch.cartesian_prod(torch.arange(side), torch.arange(side)).numpy()
    _, nearest = KDTree(everywhere[canvas.cells]).query(everywhere)
    points = torch.from_numpy(canvas.points[nearest])
    normals = torch.from_numpy(canvas.frames[nearest][:, :, 2])
    return torch.cat([points, normals], dim=1)
