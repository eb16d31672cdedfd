"""Three renderers, one picture: the protocol, the choice among them, and drawing helpers."""

from mien.rendering.protocol import (
    Capabilities,
    Frame,
    Renderer,
    RendererInfo,
    RenderOptions,
)
from mien.rendering.selection import best_renderer, make_renderer, renderer_names, renderers

__all__ = [
    "Capabilities",
    "Frame",
    "RenderOptions",
    "Renderer",
    "RendererInfo",
    "best_renderer",
    "make_renderer",
    "renderer_names",
    "renderers",
]
