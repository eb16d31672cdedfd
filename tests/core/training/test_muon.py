"""Muon: its steps are orthogonal, as long as AdamW's, and find what gradients hardly show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from mien.training.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(12, 40), (40, 12), (16, 16)])
def test_singular_values_become_about_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    stretched = u @ torch.diag(torch.logspace(0, -1.5, min(shape))) @ v
    values = torch.linalg.svdvals(orthogonal(stretched))
    assert values.max() < 1.3
    assert values.min() > 0.6
    # The same directions: only their lengths change.
    together = u.T @ orthogonal(stretched) @ v.T
    assert (together - torch.diag(together.diagonal())).abs().max() < 0.02


@pytest.mark.parametrize("shape", [(8, 32), (8, 4, 3, 3)])
def test_steps_are_as_long_as_adamws(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    parameter = torch.nn.Parameter(torch.zeros(shape))
    muon = Muon([parameter], rate=0.01)
    parameter.grad = torch.randn(shape)
    muon.step()
    size = parameter.detach().square().mean().sqrt()
    assert 0.1 * 0.01 < float(size) < 0.3 * 0.01


def test_weights_decay() -> None:
    parameter = torch.nn.Parameter(torch.ones(2, 2))
    parameter.grad = torch.zeros(2, 2)
    Muon([parameter], rate=0.1, weight_decay=0.5).step()
    torch.testing.assert_close(parameter.detach(), torch.full((2, 2), 0.95))


def test_what_gradients_hardly_show_is_learnt_too() -> None:
    """A map whose inputs share nearly everything: few of its directions get long gradients."""
    torch.manual_seed(0)
    wanted = torch.randn(8, 8)
    inputs = torch.randn(64, 1) @ torch.randn(1, 8) + 0.05 * torch.randn(64, 8)

    def left(make: Callable[[list[torch.nn.Parameter]], torch.optim.Optimizer]) -> float:
        weight = torch.nn.Parameter(torch.zeros(8, 8))
        optimizer = make([weight])
        for _ in range(200):
            optimizer.zero_grad()
            (inputs @ (weight - wanted)).square().mean().backward()
            optimizer.step()
        return float((weight.detach() - wanted).norm() / wanted.norm())

    by_muon = left(lambda each: Muon(each, rate=0.1))
    by_descent = left(lambda each: torch.optim.SGD(each, lr=0.05, momentum=0.95))
    assert by_muon < 0.5 * by_descent


def test_biases_are_refused() -> None:
    with pytest.raises(ValueError, match="matrices only"):
        Muon([torch.nn.Parameter(torch.zeros(3))], rate=0.1)
