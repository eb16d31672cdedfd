"""Pose a decoded head by a frame's expression, differentiably."""

from __future__ import annotations

import torch
from torch import Tensor

from mien.models.quaternions import composed, rotated
from mien.rendering.differentiable import GaussianTensors
from mien.training.headsup.person import Motion

_LEAST, _MOST = 0.25, 2.25
"""Squared bounds of how much a Gaussian is lengthened, as the kernels that pose avatars have it."""
_AXES = 3


def posed(gaussians: GaussianTensors, surface: Tensor, motion: Motion) -> GaussianTensors:
    """Return Gaussians after the surface under them moved as in a frame.

    Args:
        gaussians: Unposed, N of them: layer after layer, as the texels are numbered.
        surface: The places at rest that they are bound to [P, 3].
        motion: How an expression moves those.
    """
    device = surface.device
    layers = len(gaussians.means) // len(surface)

    def of_gaussians(values: object) -> Tensor:
        return torch.as_tensor(values, device=device).repeat(layers, 1)

    turns = of_gaussians(motion.quats)
    places = surface.repeat(layers, 1)
    offsets = rotated(turns, gaussians.means - places)
    longer = lengthening(of_gaussians(motion.stretches), gaussians.quats)
    return gaussians._replace(
        means=places + of_gaussians(motion.shifts) + offsets,
        quats=composed(turns, gaussians.quats),
        log_scales=gaussians.log_scales + longer,
    )


def lengthening(stretches: Tensor, quats: Tensor) -> Tensor:
    """Return the logarithms [N, 3] by which stretches lengthen the axes of turned Gaussians.

    Args:
        stretches: Symmetric matrices minus the identity, xx xy xz yy yz zz [N, 6].
        quats: The Gaussians' rotations at rest [N, 4].
    """
    xx, xy, xz, yy, yz, zz = stretches.unbind(-1)
    rows = [[1 + xx, xy, xz], [xy, 1 + yy, yz], [xz, yz, 1 + zz]]
    matrices = torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
    axes = torch.eye(_AXES, device=quats.device, dtype=quats.dtype)
    turned = torch.stack([rotated(quats, axis.expand(len(quats), 3)) for axis in axes], dim=-1)
    squared = (matrices @ turned).square().sum(dim=1)
    return 0.5 * squared.clamp(_LEAST, _MOST).log()
