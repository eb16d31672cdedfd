"""Which renderer to use: CUDA, else hardware OpenGL, else the CPU; the user may say otherwise."""

from __future__ import annotations

from mien.errors import RenderError
from mien.registry import Registry
from mien.rendering.protocol import Renderer, RendererInfo

renderers: Registry[RendererInfo] = Registry("renderers", "mien.rendering.backends")


def renderer_names() -> tuple[str, ...]:
    """Return the names of all renderers, available here or not."""
    return renderers.names()


def make_renderer(name: str) -> Renderer:
    """Make a renderer by name.

    Raises:
        RenderError: There is none of that name, or it cannot run here; with what to do about it.
    """
    if name not in renderers.names():
        raise RenderError(f"no renderer {name!r}; there are {', '.join(renderers.names())}")
    info = renderers.get(name)
    why = info.unavailable()
    if why:
        raise RenderError(f"the {name} renderer is not available here: {why}")
    return info.make()


def best_renderer_name() -> str:
    """Return the name of the best renderer of this machine."""
    ranked = sorted(renderers.names(), key=lambda name: -renderers.get(name).rank)
    for name in ranked:
        info = renderers.get(name)
        if info.accelerated() and not info.unavailable():
            return name
    return "cpu"


def best_renderer() -> Renderer:
    """Make the best renderer of this machine."""
    return make_renderer(best_renderer_name())
