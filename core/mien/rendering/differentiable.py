"""Differentiable rendering on torch tensors: one function, the CPU's or CUDA's kernels under it.

Import this module only where torch is wanted: the studio on a CPU never needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from torch import Tensor

from mien.camera import Camera
from mien.rendering.protocol import RenderOptions


class GaussianTensors(NamedTuple):
    """A cloud as tensors that may require gradients; the same meanings as GaussianCloud."""

    means: Tensor
    """[N, 3]"""
    quats: Tensor
    """[N, 4] wxyz, normalised inside"""
    log_scales: Tensor
    """[N, 3]"""
    logit_opacities: Tensor
    """[N]"""
    sh: Tensor
    """[N, K, 3]"""


class Rasterization(NamedTuple):
    """What came out, differentiable in every input."""

    rgb: Tensor
    """[C, H, W, 3], over the background"""
    alpha: Tensor
    """[C, H, W]"""
    depth: Tensor | None
    """[C, H, W] expected depth, or None"""


class Rasterizer(Protocol):
    """Draws tensors from cameras of one size."""

    def __call__(
        self,
        gaussians: GaussianTensors,
        cameras: Sequence[Camera],
        options: RenderOptions = ...,
        *,
        background: Tensor | None = None,
    ) -> Rasterization:
        """Draw; `background` [3] may require a gradient and overrides the options' colour."""
        ...


def rasterizer(device: str) -> Rasterizer:
    """Return the rasteriser of a torch device: `cpu` or `cuda`."""
    if device.startswith("cuda"):
        from mien.rendering.cuda.rasterizer import rasterize

        return rasterize
    from mien.rendering.cpu.autograd import rasterize

    return rasterize
