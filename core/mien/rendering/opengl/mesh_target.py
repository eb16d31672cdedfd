"""The framebuffers a mesh is drawn into and read from, made for one size and kept."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.rendering.protocol import Frame


class MeshTarget:
    """Where the samples are drawn, and the frame they are averaged into.

    Args:
        context: Current on the calling thread.
        size: Width and height of the frame in pixels.
        supersampling: Samples per pixel and axis.
    """

    def __init__(
        self, context: moderngl.Context, size: tuple[int, int], supersampling: int
    ) -> None:
        self.size = size
        self.supersampling = supersampling
        fine = size[0] * supersampling, size[1] * supersampling
        with ExitStack() as made:

            def kept(resource: Any) -> Any:
                made.callback(resource.release)
                return resource

            self.sampled: dict[str, moderngl.Texture] = {
                "premultiplied": kept(context.texture(fine, 4, dtype="f2")),
                "weighted_depth": kept(context.texture(fine, 2, dtype="f4")),
            }
            depth = kept(context.depth_renderbuffer(fine))
            self.samples: moderngl.Framebuffer = kept(
                context.framebuffer([*self.sampled.values()], depth)
            )
            planes = [kept(context.texture(size, count, dtype="f4")) for count in (4, 1, 1)]
            self._finished: moderngl.Framebuffer = kept(context.framebuffer(planes))
            self.samples_scope: moderngl.Scope = kept(
                context.scope(self.samples, moderngl.DEPTH_TEST)
            )
            self.finished_scope: moderngl.Scope = kept(
                context.scope(self._finished, moderngl.NOTHING)
            )
            self._made = made.pop_all()

    def read(self, camera: Camera) -> Frame:
        """Return the finished frame, copied to the CPU."""
        width, height = self.size
        rgb = np.empty((height, width, 3), np.float32)
        alpha, depth = (np.empty((height, width), np.float32) for _ in range(2))
        for attachment, plane in enumerate([rgb, alpha, depth]):
            components = 3 if plane is rgb else 1
            self._finished.read_into(
                plane, components=components, attachment=attachment, dtype="f4"
            )
        return Frame(rgb, alpha, depth, camera)

    def read_alpha(self) -> NDArray[np.float32]:
        """Return the coverage [H, W] alone, copied to the CPU."""
        alpha = np.empty((self.size[1], self.size[0]), np.float32)
        self._finished.read_into(alpha, components=1, attachment=1, dtype="f4")
        return alpha

    def release(self) -> None:
        """Free the framebuffers and their textures."""
        self._made.close()
