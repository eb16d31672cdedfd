"""Look at what the kernels see: projected Gaussians, for tests, overlays and picking."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.cpu.drawing import Gaussians, Limits, Pictures, draw
from mien.rendering.cpu.scratch import Scratch
from mien.rendering.protocol import RenderOptions


def project_cloud(
    cloud: GaussianCloud, camera: Camera, options: RenderOptions
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the projected records [N, 16] (columns in `records`) and who is visible [N].

    Rows of invisible Gaussians hold nothing of use.
    """
    scratch = Scratch()
    width, height = camera.size
    none = np.empty((0, width, 3), np.float32)
    alpha = np.empty((height, width), np.float32)
    draw(
        Gaussians(cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh),
        camera,
        options,
        background=np.zeros(3, np.float32),
        pictures=Pictures(none, np.empty((0, width, 3), np.uint8), alpha, alpha[:0]),
        scratch=scratch,
        limits=Limits(),
    )
    visible = np.zeros(cloud.num_gaussians, bool)
    visible[scratch.entries[: scratch.tile_starts[-1]]] = True
    return scratch.records[: cloud.num_gaussians], visible
