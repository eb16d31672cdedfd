"""LPIPS as a loss, where its network is on this machine already; nothing is ever fetched."""

from __future__ import annotations

from torch import Tensor

from mien.evaluation.learned import lpips_unavailable, network

_LEAST = 32
"""Pixels along a side that its network takes at least."""


def perceptual_unavailable() -> str:
    """Return why there is no learned distance here; empty where there is one."""
    return lpips_unavailable()


def perceptual(image: Tensor, reference: Tensor) -> Tensor:
    """Return the learned distance of two pictures [H, W, 3] in 0..1 (Zhang et al. 2018).

    Differentiable in `image`. Pictures smaller than the network takes are equal to it.
    """
    if min(image.shape[:2]) < _LEAST:
        return image.new_zeros(())
    net = network().net.to(image.device)
    one, two = (each.permute(2, 0, 1)[None].clamp(0, 1) for each in (image, reference))
    distance: Tensor = net(one, two, normalize=True)
    return distance.mean()
