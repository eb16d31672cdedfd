"""Check calibrations: does the head stand where each camera's mask says that it stands?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from mien.camera import Camera
from mien.rendering.differentiable import GaussianTensors, rasterizer
from mien.rendering.protocol import RenderOptions
from mien.training.reconstruction.inputs import InputView

_LEAST = 0.4
"""Overlap of coverage and mask that a camera has at least: those that are right have 0.8."""
_LEAST_SHARE = 0.65
"""And of what the rig's median camera has: a head that fits all a little badly is no camera's."""

_SIDE = 96
"""Pixels along the longer side of what is compared."""


def overlaps(
    inputs: Sequence[InputView], heads: Sequence[GaussianTensors]
) -> dict[str, float | None]:
    """Return the intersection over union of each view's mask and the head, by camera.

    Args:
        inputs: The views, in the head's frame; one without a mask gives None.
        heads: Several guesses of the head's shape, such as the person's and the average's: a
            camera is right if one of them fits.
    """
    return {
        view.name: None
        if view.mask is None
        else max(_overlap(view.mask, view.camera, head) for head in heads)
        for view in inputs
    }


def disagreeing(found: Mapping[str, float | None]) -> list[str]:
    """Return the cameras whose masks are not where the head is."""
    known = [value for value in found.values() if value is not None]
    bound = max(_LEAST, _LEAST_SHARE * float(np.median(known))) if known else 0.0
    return [name for name, value in found.items() if value is not None and value < bound]


def _overlap(mask: NDArray[np.float32], camera: Camera, head: GaussianTensors) -> float:
    scale = _SIDE / max(camera.size)
    size = max(1, round(camera.width * scale)), max(1, round(camera.height * scale))
    with torch.no_grad():
        small = torch.nn.functional.interpolate(
            torch.from_numpy(np.ascontiguousarray(mask))[None, None], size[::-1], mode="area"
        )[0, 0]
        drawn = rasterizer(head.means.device.type)(
            head, [camera.resized(size)], RenderOptions(depth=False)
        )
    covered, person = drawn.alpha[0].cpu().numpy() >= 0.5, small.numpy() >= 0.5
    either = float((covered | person).sum())
    return float((covered & person).sum()) / either if either else 0.0
