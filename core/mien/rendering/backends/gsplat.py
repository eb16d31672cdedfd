"""The `gsplat` renderer's entry: for machines with an NVIDIA GPU."""

from __future__ import annotations

from typing import ClassVar

from mien.errors import RenderError
from mien.rendering.protocol import Renderer
from mien.rendering.selection import renderers


@renderers.register("gsplat")
class GsplatInfo:
    """Makes gsplat renderers; asking about them imports neither gsplat nor torch."""

    rank: ClassVar[int] = 30

    def unavailable(self) -> str:
        """Return what gsplat lacks here; empty when it can run."""
        from mien.rendering.cuda.kernels import gsplat_state

        return gsplat_state().problem

    def accelerated(self) -> bool:
        """Return whether there is a CUDA GPU."""
        from mien.rendering.cuda.device import cuda_driver

        return bool(cuda_driver().devices)

    def make(self) -> Renderer:
        """Make a renderer on the default CUDA device.

        Raises:
            RenderError: gsplat cannot run here.
        """
        why = self.unavailable()
        if why:
            raise RenderError(f"the gsplat renderer is not available here: {why}")
        from mien.rendering.cuda.renderer import GsplatRenderer

        return GsplatRenderer()
