"""The gsplat renderer: clouds kept on the GPU, frames brought back through pinned memory."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.camera import Camera
from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.cuda.rasterizer import load_kernels, rasterize
from mien.rendering.differentiable import GaussianTensors, Rasterization
from mien.rendering.protocol import Capabilities, Frame, RenderOptions

_MAX_PIXELS = 1 << 25
"""Pixels drawn in one call; a larger batch is drawn in parts, so that it fits a small GPU."""


class GsplatRenderer:
    """Draws clouds with gsplat (Ye et al. 2025) on one CUDA device.

    Args:
        device: A torch device such as `cuda:1`.

    Raises:
        RenderError: gsplat cannot run here.
    """

    name = "gsplat"
    capabilities = Capabilities(differentiable=True, device="cuda")

    def __init__(self, device: str = "cuda") -> None:
        load_kernels()
        self._device = torch.device(device)
        self._closed = False
        self._uploaded: weakref.WeakKeyDictionary[GaussianCloud, GaussianTensors] = (
            weakref.WeakKeyDictionary()
        )

    def render(
        self, cloud: GaussianCloud, camera: Camera, options: RenderOptions | None = None
    ) -> Frame:
        """Draw a cloud.

        Raises:
            RenderError: The GPU has not enough memory, or CUDA fails.
        """
        return self.render_batch(cloud, [camera], options)[0]

    def render_batch(
        self, cloud: GaussianCloud, cameras: Sequence[Camera], options: RenderOptions | None = None
    ) -> list[Frame]:
        """Draw one cloud from several cameras, those of one size together.

        Raises:
            RenderError: The renderer is closed, the GPU has not enough memory, or CUDA fails.
        """
        if self._closed:
            raise RenderError("the gsplat renderer is closed")
        options = options or RenderOptions()
        frames: list[Frame] = []
        try:
            for part in _batches(cameras):
                with torch.inference_mode():
                    drawn = rasterize(self._upload(cloud), part, options)
                    frames += self._frames(drawn, part, options)
        except torch.cuda.OutOfMemoryError as error:
            raise RenderError(
                f"the GPU's memory does not hold {cloud.num_gaussians} Gaussians at this size",
                hint="Close other programs that use the GPU, or choose the cpu renderer",
            ) from error
        except RuntimeError as error:
            raise RenderError(f"CUDA fails to draw: {error}") from error
        return frames

    def close(self) -> None:
        """Free the clouds on the GPU; it draws no more."""
        self._closed = True
        self._uploaded.clear()

    def _upload(self, cloud: GaussianCloud) -> GaussianTensors:
        held = self._uploaded.get(cloud)
        if held is None:
            # Copied first: torch refuses to share numpy's read-only memory without a warning.
            arrays = (cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh)
            held = GaussianTensors(*(torch.tensor(a, device=self._device) for a in arrays))
            self._uploaded[cloud] = held
        return held

    def _frames(
        self, drawn: Rasterization, cameras: Sequence[Camera], options: RenderOptions
    ) -> list[Frame]:
        rgb = drawn.rgb
        if options.eight_bit:
            rgb = (rgb.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
        planes = [_to_host(rgb), _to_host(drawn.alpha)]
        planes += [] if drawn.depth is None else [_to_host(drawn.depth)]
        torch.cuda.current_stream(self._device).synchronize()
        arrays: list[NDArray[Any]] = [plane.numpy() for plane in planes]
        return [
            Frame(arrays[0][i], arrays[1][i], arrays[2][i] if options.depth else None, camera)
            for i, camera in enumerate(cameras)
        ]


def _to_host(plane: Tensor) -> Tensor:
    # torch keeps pinned blocks for reuse, so that this allocates only on the first frames.
    pinned = torch.empty(plane.shape, dtype=plane.dtype, pin_memory=plane.is_cuda)
    return pinned.copy_(plane, non_blocking=True)


def _batches(cameras: Sequence[Camera]) -> list[list[Camera]]:
    """Split cameras, in their order, into runs of one size that are drawn together."""
    batches: list[list[Camera]] = []
    for camera in cameras:
        last = batches[-1] if batches else []
        fits = (len(last) + 1) * camera.width * camera.height <= _MAX_PIXELS
        if last and last[0].size == camera.size and fits:
            last.append(camera)
        else:
            batches.append([camera])
    return batches
