"""How far a picture is from a photograph, differentiably."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mien.training.ssim_kernel import C1, C2, WINDOW, ssim_and_gradient, window


def l1(image: Tensor, reference: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean absolute difference of two pictures [H, W, ...].

    Args:
        image: One.
        reference: The other.
        weights: How much each pixel counts [H, W], of pictures with channels; the mean stays one
            over all pixels.
    """
    difference = (image - reference).abs()
    return difference.mean() if weights is None else (difference * weights[..., None]).mean()


def ssim(image: Tensor, reference: Tensor) -> Tensor:
    """Return the mean structural similarity of two pictures [H, W, 3] with values 0..1.

    Differentiable in `image`. Source: Wang et al. 2004, with their window of 11 pixels, over the
    windows that lie wholly inside.

    Raises:
        ValueError: The pictures differ in size or are smaller than the window.
    """
    if image.device.type == "cpu" and image.dtype == torch.float32:
        similarity: Tensor = _CompiledSsim.apply(image, reference)
        return similarity
    return ssim_by_convolution(image, reference)


def ssim_by_convolution(image: Tensor, reference: Tensor) -> Tensor:
    """Return what `ssim` does by torch's convolutions, on any device and in any precision."""
    if image.shape != reference.shape or min(image.shape[:2]) < WINDOW:
        raise ValueError(f"SSIM needs two pictures of one size from {WINDOW} pixels a side")
    weights = torch.as_tensor(window(), dtype=image.dtype, device=image.device)
    x, y = image.permute(2, 0, 1), reference.permute(2, 0, 1)
    planes = torch.cat([x, y, x * x, y * y, x * y])[:, None]
    tall = torch.nn.functional.conv2d(planes, weights.view(1, 1, WINDOW, 1))
    means = torch.nn.functional.conv2d(tall, weights.view(1, 1, 1, WINDOW))[:, 0]
    mx, my, xx, yy, xy = means.split(3)
    shared = 2 * (xy - mx * my) + C2
    spread = xx - mx * mx + yy - my * my + C2
    return ((2 * mx * my + C1) * shared / ((mx * mx + my * my + C1) * spread)).mean()


class _CompiledSsim(torch.autograd.Function):
    """The kernel gives value and gradient at once, so the gradient is kept for the way back."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, reference: Tensor) -> Tensor:
        """Compare."""
        value, gradient = ssim_and_gradient(image.detach().numpy(), reference.detach().numpy())
        ctx.save_for_backward(torch.from_numpy(gradient))
        return torch.tensor(value, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None]:
        """Scale what was kept."""
        (kept,) = ctx.saved_tensors
        return kept * gradients[0], None
