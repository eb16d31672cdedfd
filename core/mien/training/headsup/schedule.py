"""How the step size and the budget go: rise, then half a cosine (Loshchilov and Hutter 2017)."""

from __future__ import annotations

import math
import time

from torch import nn
from torch.optim import AdamW

from mien.training.headsup.config import TrainingConfig
from mien.training.muon import Muon

_BETAS = (0.9, 0.98)
_MATRICES = (2, 4)
"""Dimensions of the weights of linear layers and convolutions."""


def optimizers(network: nn.Module, config: TrainingConfig) -> tuple[Muon, AdamW]:
    """Return what moves a network: Muon its hidden matrices, AdamW all else.

    Only matrices decay (Loshchilov and Hutter 2019). Tables of learned values look like matrices,
    but their rows are not mixed by anything: they stay with AdamW.
    """
    hidden, others = [], []
    for name, parameter in network.named_parameters():
        (hidden if _is_hidden(name, parameter) else others).append(parameter)
    return (
        Muon(hidden, rate=config.rate, weight_decay=config.weight_decay),
        AdamW(others, lr=config.rate, betas=_BETAS, eps=1e-8, weight_decay=0.0, fused=True),
    )


def _is_hidden(name: str, parameter: nn.Parameter) -> bool:
    return parameter.dim() in _MATRICES and name.rpartition(".")[2] == "weight"


def rate_at(config: TrainingConfig, step: int, fraction: float) -> float:
    """Return the step size at a step and a share of the budget."""
    rise = min(1.0, (step + 1) / max(config.warm_up, 1))
    fall = 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))
    return config.rate * rise * (config.rate_end + (1 - config.rate_end) * fall)


class Budget:
    """How much of the steps or hours is spent; breaks do not count.

    Args:
        config: The limits.
        spent_secs: Before a resumed training was stopped.
    """

    def __init__(self, config: TrainingConfig, *, spent_secs: float = 0.0) -> None:
        self._config = config
        self._before = spent_secs
        self._began = time.monotonic()

    def secs(self) -> float:
        """Return the time spent."""
        return self._before + time.monotonic() - self._began

    def fraction(self, step: int) -> float:
        """Return the share of the budget that is spent, by whichever limit is nearer."""
        shares = [0.0]
        if self._config.hours is not None:
            shares.append(self.secs() / (3600 * self._config.hours))
        if self._config.steps is not None:
            shares.append(step / self._config.steps)
        return max(shares)
