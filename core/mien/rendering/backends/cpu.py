"""The entry of the `cpu` renderer: runs everywhere, in numba."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mien.camera import Camera
from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.protocol import Capabilities, Frame, Renderer, RenderOptions
from mien.rendering.selection import renderers

if TYPE_CHECKING:
    from mien.rendering.cpu.drawing import Limits, Pictures

_DEFAULT_OPTIONS = RenderOptions()


@renderers.register("cpu")
class CpuInfo:
    """The renderer that needs nothing but a processor."""

    rank = 0

    def unavailable(self) -> str:
        """Return nothing: it runs wherever numba does."""
        return ""

    def accelerated(self) -> bool:
        """Return False: no graphics hardware is involved."""
        return False

    def make(self) -> Renderer:
        """Make one; the kernels are loaded, or compiled where set-up has not done so."""
        return CpuRenderer()


class CpuRenderer:
    """Draw on the processor's cores.

    Frames own their pixels: the memory of one is used again only after it was let go. Several
    instances may draw at the same time from several threads; one instance belongs to one thread.

    Args:
        limits: Where blending is cut off; only comparisons with other rasterisers change it.
    """

    name = "cpu"
    capabilities = Capabilities(differentiable=True, device="cpu")

    def __init__(self, limits: Limits | None = None) -> None:
        # numba is half a second: whoever only asks for the list of renderers does not pay it.
        from mien.rendering.cpu import drawing, scratch

        self._drawing = drawing
        self._limits = limits or drawing.Limits()
        self._scratch: scratch.Scratch | None = scratch.Scratch()
        self._ring = scratch.PictureRing()

    def render(
        self, cloud: GaussianCloud, camera: Camera, options: RenderOptions = _DEFAULT_OPTIONS
    ) -> Frame:
        """Draw a cloud.

        Raises:
            RenderError: The renderer was closed, or the picture is too large for the memory.
        """
        if self._scratch is None:
            raise RenderError("the cpu renderer was closed and draws no more")
        try:
            pictures = self._pictures(camera.size, options)
            self._drawing.draw(
                self._drawing.Gaussians(
                    cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh
                ),
                camera,
                options,
                background=np.array(options.background, np.float32),
                pictures=pictures,
                scratch=self._scratch,
                limits=self._limits,
            )
        except MemoryError as error:
            width, height = camera.size
            raise RenderError(
                f"a picture of {width}x{height} of {cloud.num_gaussians} Gaussians does not fit "
                "into memory",
                hint="Draw a smaller one",
            ) from error
        rgb = pictures.rgb8 if options.eight_bit else pictures.rgb
        return Frame(rgb, pictures.alpha, pictures.depth if options.depth else None, camera)

    def render_batch(
        self,
        cloud: GaussianCloud,
        cameras: Sequence[Camera],
        options: RenderOptions = _DEFAULT_OPTIONS,
    ) -> list[Frame]:
        """Draw one cloud from several cameras, one after the other."""
        return [self.render(cloud, camera, options) for camera in cameras]

    def close(self) -> None:
        """Free the work memory; frames already handed out stay valid."""
        self._scratch = None

    def _pictures(self, size: tuple[int, int], options: RenderOptions) -> Pictures:
        width, height = size
        lend = self._ring.lend
        float_rows = 0 if options.eight_bit else height
        byte_rows = height if options.eight_bit else 0
        return self._drawing.Pictures(
            lend((float_rows, width, 3), np.float32),
            lend((byte_rows, width, 3), np.uint8),
            lend((height, width), np.float32),
            lend((height if options.depth else 0, width), np.float32),
        )
