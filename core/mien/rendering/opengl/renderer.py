"""The OpenGL renderer: depth order from the CPU, everything else on the graphics card."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.opengl.cloud_textures import CloudCache
from mien.rendering.opengl.context import driver_of
from mien.rendering.opengl.depth_order import back_to_front
from mien.rendering.opengl.passes import CompositePass, SplatPass
from mien.rendering.opengl.targets import RenderTarget, TargetKind
from mien.rendering.protocol import Capabilities, Frame, RenderOptions

_MAX_TARGETS = 3
"""A quality ladder goes between two sizes; the third is a picture being exported."""


class OpenglRenderer:
    """Draws clouds as instanced quads, sorted by depth and blended back to front.

    Args:
        context: An OpenGL 3.3 context. One given by somebody else (a viewport) must be current on
            the calling thread at every call, and outlives the renderer.
        owned: Whether the context is the renderer's own: made current for every call, and closed
            with it.

    Raises:
        RenderError: The driver refuses the shaders.
    """

    name = "opengl"

    def __init__(self, context: moderngl.Context, *, owned: bool = False) -> None:
        self._context = context
        self._owned = owned
        self._closed = False
        self._targets: dict[TargetKind, RenderTarget] = {}  # least recently used first
        self._sorted: tuple[weakref.ref[GaussianCloud], Camera, NDArray[np.int32]] | None = None
        with self._current(), ExitStack() as made:
            self._max_side = int(context.info["GL_MAX_TEXTURE_SIZE"])
            self.capabilities = Capabilities(
                differentiable=False, device=driver_of(context).renderer
            )
            self._clouds = CloudCache(context)
            made.callback(self._clouds.release)
            self._splats: dict[bool, SplatPass] = {}
            self._composites: dict[bool, CompositePass] = {}
            for depth in (False, True):
                self._splats[depth] = SplatPass(context, depth=depth)
                made.callback(self._splats[depth].release)
                self._composites[depth] = CompositePass(context, depth=depth)
                made.callback(self._composites[depth].release)
            self._made = made.pop_all()

    @property
    def num_uploads(self) -> int:
        """How many times a cloud was copied to the graphics card."""
        return self._clouds.num_uploads

    def render(
        self, cloud: GaussianCloud, camera: Camera, options: RenderOptions | None = None
    ) -> Frame:
        """Draw a cloud.

        Raises:
            RenderError: The renderer is closed, the picture or the cloud is larger than the driver
                allows, or the driver fails.
        """
        options = options or RenderOptions()
        if self._closed:
            raise RenderError("the opengl renderer is closed")
        if max(camera.size) > self._max_side:
            raise RenderError(
                f"{camera.width}x{camera.height} is larger than this OpenGL driver draws"
                f" ({self._max_side} pixels a side)",
                hint="Use the cpu renderer",
            )
        with self._current():
            try:
                target = self._target(TargetKind.of(camera, options))
                self._splats[options.depth].draw(
                    self._clouds.get(cloud),
                    self._order(cloud, camera),
                    camera=camera,
                    options=options,
                    target=target,
                )
                self._composites[options.depth].draw(target, options.background)
                return target.read(camera)
            except moderngl.Error as error:
                raise RenderError(f"the OpenGL driver fails to draw: {error}") from error

    def render_batch(
        self, cloud: GaussianCloud, cameras: Sequence[Camera], options: RenderOptions | None = None
    ) -> list[Frame]:
        """Draw one cloud from several cameras."""
        return [self.render(cloud, camera, options) for camera in cameras]

    def close(self) -> None:
        """Free every OpenGL object, and the context if it is the renderer's own. Safe twice."""
        if self._closed:
            return
        self._closed = True
        self._sorted = None
        with self._current():
            for target in self._targets.values():
                target.release()
            self._targets.clear()
            self._made.close()
        if self._owned:
            self._context.release()

    def _current(self) -> AbstractContextManager[Any]:
        return self._context if self._owned else nullcontext()

    def _target(self, kind: TargetKind) -> RenderTarget:
        target = self._targets.pop(kind, None)
        if target is None:
            while len(self._targets) >= _MAX_TARGETS:
                self._targets.pop(next(iter(self._targets))).release()
            target = RenderTarget(self._context, kind)
        self._targets[kind] = target
        return target

    def _order(self, cloud: GaussianCloud, camera: Camera) -> NDArray[np.int32]:
        # The same view at another resolution, or with other options, is in the same order.
        if self._sorted is not None:
            held, seen_from, order = self._sorted
            if held() is cloud and np.array_equal(
                seen_from.world_from_camera, camera.world_from_camera
            ):
                return order
        order = back_to_front(cloud, camera)
        self._sorted = weakref.ref(cloud), camera, order
        return order
