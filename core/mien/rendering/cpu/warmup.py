"""Compile the kernels ahead, so that no picture waits for the compiler."""

from __future__ import annotations

import numpy as np

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.backends.cpu import CpuRenderer


def warm_up() -> None:
    """Compile and cache every kernel that draws; at once where they are cached already.

    The first time takes about ten seconds. The gradient kernels are left to the first training run.
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
