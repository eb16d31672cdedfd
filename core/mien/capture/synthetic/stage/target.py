"""The framebuffers a shot is drawn into and developed in, made for one size and kept."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.image import Image8


class StageTarget:
    """Where samples are drawn, and the picture they are developed into.

    Args:
        context: Current on the calling thread.
        size: Width and height of the picture in pixels.
        supersampling: Samples per pixel and axis.
    """

    def __init__(
        self, context: moderngl.Context, size: tuple[int, int], supersampling: int
    ) -> None:
        self.size, self.supersampling = size, supersampling
        fine = size[0] * supersampling, size[1] * supersampling
        with ExitStack() as made:

            def kept(resource: Any) -> Any:
                made.callback(resource.release)
                return resource

            self.color: moderngl.Texture = kept(context.texture(fine, 4, dtype="f2"))
            self.color.filter = (moderngl.LINEAR, moderngl.LINEAR)
            self.color.repeat_x = self.color.repeat_y = False
            self.depth: moderngl.Texture = kept(context.depth_texture(fine))
            self.depth.compare_func = ""
            self.samples: moderngl.Framebuffer = kept(context.framebuffer([self.color], self.depth))
            picture = kept(context.texture(size, 4))
            distance = kept(context.texture(size, 1, dtype="f4"))
            self._developed: moderngl.Framebuffer = kept(context.framebuffer([picture, distance]))
            self.drawing: moderngl.Scope = kept(context.scope(self.samples, moderngl.DEPTH_TEST))
            self.developing: moderngl.Scope = kept(context.scope(self._developed, moderngl.NOTHING))
            self._made = made.pop_all()

    def read(self) -> tuple[Image8, NDArray[np.uint8], NDArray[np.float32]]:
        """Return picture [H, W, 3], mask [H, W] and depth [H, W], copied to the CPU."""
        width, height = self.size
        full = np.empty((height, width, 4), np.uint8)
        self._developed.read_into(full, components=4)
        depth = np.empty((height, width), np.float32)
        self._developed.read_into(depth, components=1, attachment=1, dtype="f4")
        return np.ascontiguousarray(full[..., :3]), full[..., 3].copy(), depth

    def release(self) -> None:
        """Free the framebuffers and their textures."""
        self._made.close()
