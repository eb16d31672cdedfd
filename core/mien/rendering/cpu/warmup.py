"""Compile the kernels ahead, so that no picture waits for the compiler."""

from __future__ import annotations

import numpy as np

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.backends.cpu import CpuRenderer


def warm_up(*, gradients: bool = True) -> None:
    """Compile and cache every kernel; at once where they are cached already.

    Args:
        gradients: Also those of the backward pass, which need torch; drawing does not.
    """
    cloud = GaussianCloud(
        np.zeros((1, 3), np.float32),
        np.array([[1, 0, 0, 0]], np.float32),
        np.full((1, 3), -3, np.float32),
        np.zeros(1, np.float32),
        np.zeros((1, 1, 3), np.float32),
    )
    camera = Camera.looking_at((0, 0, 2), (0, 0, 0), size=(16, 16), fov_y=0.5)
    renderer = CpuRenderer()
    renderer.render(cloud, camera)
    renderer.close()
    if gradients:
        _warm_up_gradients(cloud, camera)


def _warm_up_gradients(cloud: GaussianCloud, camera: Camera) -> None:
    import torch

    from mien.rendering.cpu.autograd import rasterize
    from mien.rendering.differentiable import GaussianTensors

    arrays = (cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh)
    inputs = GaussianTensors(*(torch.tensor(array, requires_grad=True) for array in arrays))
    torch.autograd.backward([rasterize(inputs, [camera]).rgb.sum()])
