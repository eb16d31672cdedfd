"""The `opengl` renderer's entry: for machines with a graphics card but without CUDA."""

from __future__ import annotations

from importlib.util import find_spec
from typing import ClassVar

from mien.errors import RenderError
from mien.rendering.protocol import Renderer
from mien.rendering.selection import renderers


@renderers.register("opengl")
class OpenglInfo:
    """Makes OpenGL renderers with a windowless context of their own."""

    rank: ClassVar[int] = 20

    def unavailable(self) -> str:
        """Return why there is no OpenGL here; empty when there is."""
        if find_spec("moderngl") is None:
            return "the moderngl package is not installed (pip install moderngl)"
        from mien.rendering.opengl.context import probe_driver

        probed = probe_driver()
        return probed if isinstance(probed, str) else ""

    def accelerated(self) -> bool:
        """Return whether a graphics card would draw, not Mesa in software."""
        if find_spec("moderngl") is None:
            return False
        from mien.rendering.opengl.context import has_graphics_device, probe_driver

        if not has_graphics_device():
            return False
        probed = probe_driver()
        return not isinstance(probed, str) and not probed.is_software

    def make(self) -> Renderer:
        """Make a renderer with its own context, current on this thread.

        Raises:
            RenderError: There is no OpenGL 3.3 here.
        """
        why = self.unavailable()
        if why:
            raise RenderError(f"the opengl renderer is not available here: {why}")
        from mien.rendering.opengl.context import headless_context
        from mien.rendering.opengl.renderer import OpenglRenderer

        return OpenglRenderer(headless_context(), owned=True)
