"""A velocity field between noise and people: the network of the prior."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class FlowConfig:
    """The sizes of a flow and how it is trained.

    Args:
        width: Of its layers.
        depth: Residual layers.
        steps: Of training.
        batch: People a step looks at.
        rate: Adam's step size at the start.
        blur: How far people's coefficients are washed out toward the Gaussian, 0..1: few people
            in many dimensions would be learnt by heart without. None for what foretells people
            left out best.
        seed: Of every choice by chance.
    """

    width: int = 192
    depth: int = 3
    steps: int = 4000
    batch: int = 128
    rate: float = 1e-3
    blur: float | None = None
    seed: int = 0


class Flow(nn.Module):
    """The velocity field between noise and people (rectified flow, Liu et al. 2023).

    Args:
        size: Coefficients, K.
        num_attributes: Numbers people may be asked to have, A.
        config: Sizes.
    """

    def __init__(self, size: int, num_attributes: int, config: FlowConfig) -> None:
        super().__init__()
        self.size, self.num_attributes = size, num_attributes
        width = config.width
        self.register_buffer("frequencies", 2.0 ** torch.arange(6), persistent=False)
        # An attribute is its value and whether it is known.
        self.enter = nn.Linear(size, width)
        self.condition = nn.Sequential(
            nn.Linear(12 + 2 * num_attributes, width), nn.SiLU(), nn.Linear(width, width)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(config.depth))
        self.films = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(config.depth))
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))
            for _ in range(config.depth)
        )
        self.leave = nn.Linear(width, size)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, places: Tensor, times: Tensor, asked: Tensor) -> Tensor:
        """Return velocities [B, K] at places [B, K], times [B] and what is asked for [B, A].

        What is not asked for is NaN.
        """
        frequencies: Tensor = self.get_buffer("frequencies")
        phases = torch.pi * times[:, None] * frequencies
        known = torch.isfinite(asked)
        said = torch.cat([phases.sin(), phases.cos(), asked.nan_to_num(0.0), known.float()], dim=1)
        condition = nn.functional.silu(self.condition(said))
        state = self.enter(places)
        for norm, film, layer in zip(self.norms, self.films, self.layers, strict=True):
            gain, bias = film(condition).chunk(2, dim=1)
            state = state + layer(norm(state) * (1 + gain) + bias)
        return self.leave(state)
