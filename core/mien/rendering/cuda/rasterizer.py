"""gsplat's rasteriser behind Mien's: the same tensors, cameras and options as on the CPU."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mien.camera import Camera
from mien.errors import RenderError
from mien.rendering.cuda.kernels import gsplat_state, ninja_folder
from mien.rendering.differentiable import GaussianTensors, Rasterization
from mien.rendering.protocol import EPS_2D, NEAR_PLANE, RenderOptions

_MAX_UNPACKED = 8_000_000
"""Gaussians times cameras up to which gsplat keeps every pair, which is faster; about 400 MB."""


def rasterization_arguments(
    gaussians: GaussianTensors,
    cameras: Sequence[Camera],
    options: RenderOptions,
    *,
    background: Tensor | None = None,
) -> dict[str, Any]:
    """Return what `gsplat.rasterization` is to be called with, on the tensors' device.

    Raises:
        RenderError: There are no cameras, or they differ in size.
    """
    sizes = {camera.size for camera in cameras}
    if len(sizes) != 1:
        raise RenderError(f"cameras of one size are needed, got {len(cameras)} of sizes {sizes}")
    ((width, height),) = sizes
    means = gaussians.means

    def tensor(values: Any) -> Tensor:
        return torch.as_tensor(np.asarray(values, np.float32), device=means.device)

    degree = int(np.sqrt(gaussians.sh.shape[1])) - 1
    colour = tensor(options.background) if background is None else background
    return {
        "means": means,
        "quats": gaussians.quats,
        "scales": gaussians.log_scales.exp(),
        "opacities": gaussians.logit_opacities.sigmoid() * options.opacity_gain,
        "colors": gaussians.sh,
        "sh_degree": degree if options.sh_degree is None else min(degree, options.sh_degree),
        "viewmats": tensor([camera.camera_from_world for camera in cameras]),
        "Ks": tensor([camera.intrinsics for camera in cameras]),
        "width": width,
        "height": height,
        "near_plane": NEAR_PLANE,
        "eps2d": EPS_2D,
        "backgrounds": colour.expand(len(cameras), 3),
        "render_mode": "RGB+ED" if options.depth else "RGB",
        "rasterize_mode": "antialiased" if options.antialiased else "classic",
        "packed": len(means) * len(cameras) > _MAX_UNPACKED,
    }


def rasterize(
    gaussians: GaussianTensors,
    cameras: Sequence[Camera],
    options: RenderOptions | None = None,
    *,
    background: Tensor | None = None,
) -> Rasterization:
    """Draw tensors on a CUDA device, differentiably in every input.

    The first call of all may compile gsplat's kernels, which takes minutes. gsplat ends every
    Gaussian at 3.33 standard deviations, so that an `opacity_gain` above 1 leaves its rims a little
    narrower than the other renderers do.

    Args:
        gaussians: On one CUDA device.
        cameras: C cameras of one size.
        options: How to draw.
        background: Colour [3] instead of the options'; may require a gradient.

    Raises:
        RenderError: The cameras differ in size, or gsplat cannot run here.
    """
    options = options or RenderOptions()
    arguments = rasterization_arguments(gaussians, cameras, options, background=background)
    load_kernels()
    from gsplat.rendering import rasterization

    pixels, alphas, _ = rasterization(**arguments)
    depth = pixels[..., 3] if options.depth else None
    return Rasterization(pixels[..., :3], alphas[..., 0], depth)


def load_kernels() -> None:
    """Import gsplat, compiling its kernels where it has to.

    Raises:
        RenderError: It cannot run here, or its kernels do not compile.
    """
    problem = gsplat_state().problem
    if problem:
        raise RenderError(f"gsplat cannot run here: {problem}")
    ninja = ninja_folder()
    if ninja is not None and str(ninja) not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([str(ninja), os.environ["PATH"]])
    try:
        backend = import_module("gsplat.cuda._backend")
    except Exception as error:  # a compiler's or linker's words, of any type
        raise RenderError(
            f"gsplat's CUDA kernels cannot be built: {error}",
            hint="The CUDA toolkit must be of the version torch was built for (see mien doctor)",
        ) from error
    if backend._C is None:
        raise RenderError("gsplat found no CUDA toolkit to build its kernels with")
