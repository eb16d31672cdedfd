"""Muon: steps along the orthogonalised momentum of matrices: no direction is left behind."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that draws singular values to about one in a few turns (Jordan et al. 2024)."""
_TURNS = 5
_LIKE_ADAM = 0.2
"""The root mean square of AdamW's steps, so that one rate serves both (Liu et al. 2025)."""
_MATRIX = 2


class Muon(Optimizer):
    """Momentum made orthogonal (Jordan et al. 2024, "Muon"), scaled like AdamW's steps.

    A kernel [out, in, H, W] counts as the matrix [out, in H W]. Of many people, what all have in
    common makes the longest gradients; here, what tells them apart moves weights as far.

    Args:
        parameters: Matrices and kernels.
        rate: Step size.
        momentum: Share of it that a step keeps; Nesterov's.
        weight_decay: As AdamW's.

    Raises:
        ValueError: A parameter is no matrix.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        *,
        rate: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters, {"lr": rate, "momentum": momentum, "weight_decay": weight_decay}
        )
        for group in self.param_groups:
            if any(each.dim() < _MATRIX for each in group["params"]):
                raise ValueError("Muon moves matrices only")

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, float]) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        keeps = group["momentum"]
        momentum: Tensor = state["momentum"].lerp_(gradient, 1 - keeps)
        matrix = gradient.lerp(momentum, keeps).flatten(1)
        step = orthogonal(matrix).view_as(parameter)
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(step, alpha=-group["lr"] * _LIKE_ADAM * max(matrix.shape) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return about the nearest matrix [M, N] whose singular values are all one.

    By Newton-Schulz turns in single precision; singular values end between 0.7 and 1.2.
    """
    a, b, c = _COEFFICIENTS
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    found = wide / (wide.norm() + 1e-7)
    for _ in range(_TURNS):
        square = found @ found.T
        found = a * found + (b * square + c * square @ square) @ found
    return found if found.shape == matrix.shape else found.T
