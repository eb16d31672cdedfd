"""Differentiable rendering on the processor: the kernels behind `torch.autograd.Function`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien import threads
from mien.camera import Camera
from mien.rendering.cpu.backward import render_gradient
from mien.rendering.cpu.blending import BLOCKS
from mien.rendering.cpu.blending_gradient import GRADIENT_STRIDE, MOMENTS
from mien.rendering.cpu.drawing import (
    Gaussians,
    Limits,
    Pictures,
    degree_of,
    draw,
    pack_camera,
)
from mien.rendering.cpu.forward import NUM_VISIBLE, ORDER_SIDE
from mien.rendering.cpu.lanes import NUM_LANES
from mien.rendering.cpu.scratch import Ring, Scratch, aligned
from mien.rendering.cpu.teamwork import CONTROL_SIZE
from mien.rendering.differentiable import GaussianTensors, Rasterization
from mien.rendering.protocol import RenderOptions

_LIMITS = Limits()
_DEFAULT_OPTIONS = RenderOptions()

# What a forward pass leaves for its backward pass lives in a Scratch of its own; training in a
# loop gets the same few again and again.
_scratches: Ring[Scratch] = Ring(8)
_scratches_turn = threading.Lock()


def rasterize(
    gaussians: GaussianTensors,
    cameras: Sequence[Camera],
    options: RenderOptions = _DEFAULT_OPTIONS,
    *,
    background: Tensor | None = None,
) -> Rasterization:
    """Draw tensors from C cameras of one size, differentiably.

    The gradients are exact but for the cut-offs: a Gaussian that would just have reached a pixel
    has none there, as in every splatting rasteriser. They do not depend on the number of threads.

    Args:
        gaussians: float32 (or float64, for checking gradients) on the CPU.
        cameras: At least one; all of one size.
        options: How to draw; `eight_bit` does not apply.
        background: [3]; may require a gradient; overrides the options' colour.

    Raises:
        ValueError: No camera, cameras of several sizes, or tensors of other kinds or places.
    """
    if len({camera.size for camera in cameras}) != 1:
        raise ValueError("the cameras of one batch must be there and share a size")
    if background is None:
        background = torch.tensor(options.background, dtype=gaussians.means.dtype)
    dtype = gaussians.means.dtype
    for name, tensor in [*gaussians._asdict().items(), ("background", background)]:
        if tensor.dtype != dtype or tensor.device.type != "cpu":
            raise ValueError(f"{name} is {tensor.dtype} on {tensor.device}, not {dtype} on the cpu")
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"the kernels know float32 and float64, not {dtype}")
    rgb, alpha, depth = _Rasterize.apply(*gaussians, background, tuple(cameras), options)
    return Rasterization(rgb, alpha, depth)


class _Rasterize(torch.autograd.Function):
    """One batch of pictures and its gradient."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> tuple[Tensor, Tensor, Tensor | None]:
        """Draw each camera into its slice of the batch."""
        *tensors, background, cameras, options = inputs
        gaussians = Gaussians(*(_array(tensor) for tensor in tensors))
        width, height = cameras[0].size
        dtype = gaussians.means.dtype
        rgb = np.empty((len(cameras), height, width, 3), dtype)
        alpha = np.empty((len(cameras), height, width), dtype)
        depth = np.empty((len(cameras), height if options.depth else 0, width), dtype)
        no_bytes = np.empty((0, width, 3), np.uint8)
        wanted = any(ctx.needs_input_grad)
        scratches: list[Scratch] = []
        for index, camera in enumerate(cameras):
            scratch = _lend_scratch(dtype, for_gradient=wanted)
            pictures = Pictures(rgb[index], no_bytes, alpha[index], depth[index])
            draw(
                gaussians,
                camera,
                options,
                background=_array(background),
                pictures=pictures,
                scratch=scratch,
                limits=_LIMITS,
            )
            scratches += [scratch] if wanted else []
        drawn = torch.from_numpy(rgb), torch.from_numpy(alpha)
        depths = torch.from_numpy(depth) if options.depth else None
        if wanted:
            ctx.save_for_backward(*tensors, background, *drawn, depths)
            ctx.drawn = (scratches, cameras, options)
        return *drawn, depths

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Any, ...]:
        """Add up the gradients of all cameras, in their order."""
        *tensors, background, rgb, alpha, depth = ctx.saved_tensors
        scratches, cameras, options = ctx.drawn
        gaussians = Gaussians(*(_array(tensor) for tensor in tensors))
        depth = alpha[:, :0] if depth is None else depth
        pictures = [_array(picture) for picture in (rgb, alpha, depth)]
        by_picture = [
            _array(torch.zeros(picture.shape, dtype=alpha.dtype) if gradient is None else gradient)
            for picture, gradient in zip(pictures, gradients, strict=True)
        ]
        outputs = [np.zeros(tensor.shape, pictures[0].dtype) for tensor in tensors]
        for index, (scratch, camera) in enumerate(zip(scratches, cameras, strict=True)):
            _add_gradient(
                gaussians,
                camera,
                options,
                background=_array(background),
                scratch=scratch,
                pictures=[picture[index] for picture in pictures],
                gradients=[gradient[index] for gradient in by_picture],
                outputs=outputs,
            )
        by_background = None
        if ctx.needs_input_grad[len(tensors)]:
            seen_through = np.einsum("chwk,chw->k", by_picture[0], 1 - pictures[1])
            by_background = torch.from_numpy(seen_through.astype(pictures[0].dtype))
        return (
            *(torch.from_numpy(output) for output in outputs),
            by_background,
            None,
            None,
        )


def _add_gradient(
    gaussians: Gaussians,
    camera: Camera,
    options: RenderOptions,
    *,
    background: NDArray[Any],
    scratch: Scratch,
    pictures: list[NDArray[Any]],
    gradients: list[NDArray[Any]],
    outputs: list[NDArray[Any]],
) -> None:
    dtype = gaussians.means.dtype
    workers = len(scratch.pixels)
    with threads.kernel_turn():
        visible = int(scratch.facts[NUM_VISIBLE])
        order = scratch.ids[int(scratch.facts[ORDER_SIDE])]
        render_gradient(
            workers,
            aligned((CONTROL_SIZE,), np.int64),
            gaussians.means,
            gaussians.quats,
            gaussians.log_scales,
            gaussians.logit_opacities,
            gaussians.sh,
            pack_camera(camera, options, dtype),
            degree_of(gaussians, options),
            options.antialiased,
            background,
            dtype.type(_LIMITS.alpha_max),
            dtype.type(_LIMITS.transmittance_min),
            scratch.records,
            order,
            scratch.firsts,
            visible,
            scratch.tile_starts,
            scratch.entries,
            scratch.slots,
            scratch.shares,
            aligned((workers, BLOCKS * GRADIENT_STRIDE), dtype),
            aligned((workers, BLOCKS), np.int64),
            aligned((workers, MOMENTS * NUM_LANES), dtype),
            *pictures,
            *gradients,
            *outputs,
        )


def _lend_scratch(dtype: np.dtype[Any], *, for_gradient: bool) -> Scratch:
    with _scratches_turn:
        return _scratches.lend(
            lambda held: held.dtype == dtype and held.for_gradient == for_gradient,
            lambda: Scratch(dtype, for_gradient=for_gradient),
        )


def _array(tensor: Tensor) -> NDArray[Any]:
    """Return a tensor's values, read-only as a cloud's are: the kernels are compiled for that."""
    array = tensor.detach().contiguous().numpy()
    array.setflags(write=False)
    return array
