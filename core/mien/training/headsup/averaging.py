"""The parameters' running mean: what a training's network is used with."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """An exponential moving average of parameters (Polyak and Juditsky 1992).

    It begins short, so that the network's beginnings are soon forgotten.

    Args:
        network: Whose parameters.
        keeps: Share of the average that a step keeps, in the long run.
    """

    def __init__(self, network: nn.Module, *, keeps: float) -> None:
        self._network = network
        self._keeps = keeps
        self.values = {
            name: parameter.detach().clone() for name, parameter in network.named_parameters()
        }

    @torch.no_grad()
    def add(self, step: int) -> None:
        """Take in the parameters after a step."""
        share = 1 - min(self._keeps, (1 + step) / (10 + step))
        now = dict(self._network.named_parameters())
        for name, value in self.values.items():
            value.lerp_(now[name], share)

    @contextmanager
    def used(self) -> Generator[None]:
        """Let the network have the average for a while."""
        own = {name: each.detach().clone() for name, each in self._network.named_parameters()}
        try:
            self._put(self.values)
            yield
        finally:
            self._put(own)

    @torch.no_grad()
    def _put(self, values: dict[str, Tensor]) -> None:
        for name, parameter in self._network.named_parameters():
            parameter.copy_(values[name])
