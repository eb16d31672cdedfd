"""The two draws a picture consists of: splats into sums, sums over the background."""

from __future__ import annotations

from contextlib import ExitStack

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.rendering.opengl.cloud_textures import CloudTextures
from mien.rendering.opengl.programs import compile_program
from mien.rendering.opengl.targets import RenderTarget
from mien.rendering.protocol import RenderOptions

_CORNERS = 4


def _flags(depth: bool) -> tuple[str, ...]:
    return ("WITH_DEPTH",) if depth else ()


class SplatPass:
    """Draws a cloud's Gaussians as quads in depth order, blended into a target's sums.

    Args:
        context: Current on the calling thread at every call.
        depth: Whether the target has depth sums.

    Raises:
        RenderError: The driver refuses the shaders.
    """

    def __init__(self, context: moderngl.Context, *, depth: bool) -> None:
        self._context = context
        with ExitStack() as made:
            self._program = compile_program(
                context, "splats.vert", "splats.frag", flags=_flags(depth)
            )
            made.callback(self._program.release)
            self._order = context.buffer(reserve=4096, dynamic=True)
            made.callback(self._order.release)
            self._quads = context.vertex_array(
                self._program, [(self._order, "1i/i", "gaussian")], mode=moderngl.TRIANGLE_STRIP
            )
            made.callback(self._quads.release)
            self._made = made.pop_all()

    def draw(
        self,
        textures: CloudTextures,
        order: NDArray[np.int32],
        *,
        camera: Camera,
        options: RenderOptions,
        target: RenderTarget,
    ) -> None:
        """Draw the Gaussians of an order into a cleared target."""
        self._order.orphan(max(order.nbytes, 4))
        self._order.write(order)
        self._set_uniforms(camera, options, textures.num_bases)
        textures.bind(self._program)
        with target.blending_scope:
            target.blending.clear()
            self._context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
            if len(order):
                self._quads.render(vertices=_CORNERS, instances=len(order))
            self._context.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA

    def _set_uniforms(self, camera: Camera, options: RenderOptions, num_bases: int) -> None:
        k = camera.intrinsics
        degree = int(np.sqrt(num_bases)) - 1
        program = self._program
        program["num_bases"] = num_bases
        program["sh_degree"] = min(degree, 3 if options.sh_degree is None else options.sh_degree)
        program["camera_from_world"] = camera.camera_from_world.T.ravel().tolist()
        program["camera_position"] = camera.position.tolist()
        program["focal"] = float(k[0, 0]), float(k[1, 1])
        program["principal"] = float(k[0, 2]), float(k[1, 2])
        program["image_size"] = float(camera.width), float(camera.height)
        program["opacity_gain"] = options.opacity_gain
        program["antialiased"] = options.antialiased

    def release(self) -> None:
        """Free the program and its buffers."""
        self._made.close()


class CompositePass:
    """Puts a target's sums over the background and into the planes of a frame.

    Args:
        context: Current on the calling thread at every call.
        depth: Whether the target has depth sums.

    Raises:
        RenderError: The driver refuses the shaders.
    """

    def __init__(self, context: moderngl.Context, *, depth: bool) -> None:
        with ExitStack() as made:
            self._program = compile_program(
                context, "screen.vert", "composite.frag", flags=_flags(depth)
            )
            made.callback(self._program.release)
            self._triangle = context.vertex_array(self._program, [], mode=moderngl.TRIANGLES)
            made.callback(self._triangle.release)
            self._made = made.pop_all()
        for unit, name in enumerate(["premultiplied", "weighted_depth"][: 2 if depth else 1]):
            self._program[name] = unit

    def draw(self, target: RenderTarget, background: tuple[float, float, float]) -> None:
        """Fill a target's finished framebuffer."""
        for unit, texture in enumerate(target.sums):
            texture.use(unit)
        self._program["background"] = background
        with target.finished_scope:
            self._triangle.render(vertices=3)

    def release(self) -> None:
        """Free the program."""
        self._made.close()
