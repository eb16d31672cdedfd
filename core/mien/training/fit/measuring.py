"""Measure a fit on the cameras it was not shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from mien.image import psnr
from mien.rendering.differentiable import GaussianTensors, Rasterizer
from mien.rendering.protocol import RenderOptions
from mien.training.fit.events import Score
from mien.training.fit.views import Photograph
from mien.training.losses import ssim
from mien.training.ssim_kernel import WINDOW

Pose = Callable[[int], GaussianTensors]


def draw(
    rasterize: Rasterizer,
    gaussians: GaussianTensors,
    photograph: Photograph,
    background: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the picture [H, W, 3] of Gaussians from where a photograph was taken, 0..1."""
    red, green, blue = (float(value) for value in background)
    options = RenderOptions(background=(red, green, blue), depth=False)
    with torch.no_grad():
        drawn = rasterize(gaussians, [photograph.camera], options)
    return drawn.rgb[0].clamp(0, 1).cpu().numpy()


def target(photograph: Photograph, background: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """Return a photograph [H, W, 3], 0..1; its own background replaced by a colour, if given."""
    image = photograph.image.astype(np.float32) / np.float32(255)
    if background is None or photograph.mask is None:
        return image
    share = photograph.mask.astype(np.float32)[..., None] / np.float32(255)
    mixed = image * share + background * (1 - share)
    return mixed.astype(np.float32)


def measure(
    rasterize: Rasterizer,
    gaussians: GaussianTensors,
    photograph: Photograph,
    *,
    background: NDArray[np.float32],
    replaced: bool,
) -> Score:
    """Return how near a picture comes to a photograph, inside the box of its mask.

    Args:
        rasterize: What draws.
        gaussians: Posed as in the photograph.
        photograph: Of a held-out camera.
        background: The colour behind the Gaussians.
        replaced: Whether it replaces the photograph's background too.
    """
    drawn = draw(rasterize, gaussians, photograph, background)
    wanted = target(photograph, background if replaced else None)
    top, bottom, left, right = photograph.inner
    box = slice(top, bottom), slice(left, right)
    similarity = float("nan")
    if min(bottom - top, right - left) >= WINDOW:
        pair = (torch.from_numpy(np.ascontiguousarray(held[box])) for held in (drawn, wanted))
        similarity = float(ssim(*pair))
    return Score(photograph.name, photograph.frame, psnr(drawn[box], wanted[box]), similarity)
