"""The shader programs, compiled from the shipped sources with the protocol's constants in them."""

from __future__ import annotations

import moderngl

from mien.errors import RenderError
from mien.rendering.protocol import ALPHA_MAX, ALPHA_MIN, EPS_2D, NEAR_PLANE
from mien.resources import resource

TABLE_WIDTH = 4096
"""Texels per row of the textures that hold per-Gaussian values. OpenGL 3.3 promises only 1024, but
every driver that has it allows 8192; a square of that holds four million Gaussians of degree 3."""

_CONSTANTS = {
    "TABLE_WIDTH": TABLE_WIDTH,
    "EPS_2D": EPS_2D,
    "ALPHA_MIN": ALPHA_MIN,
    "ALPHA_MAX": ALPHA_MAX,
    "NEAR_PLANE": NEAR_PLANE,
}


def shader_source(name: str, flags: tuple[str, ...] = ()) -> str:
    """Return a shipped shader with the renderers' constants and some flags defined in it."""
    source = resource(f"shaders/{name}").read_text("utf-8")
    version, rest = source.split("\n", 1)
    constants = [f"#define {key} {value!r}" for key, value in _CONSTANTS.items()]
    return "\n".join([version, *constants, *(f"#define {flag}" for flag in flags), "#line 2", rest])


def compile_program(
    context: moderngl.Context,
    vertex: str,
    fragment: str,
    *,
    geometry: str | None = None,
    flags: tuple[str, ...] = (),
) -> moderngl.Program:
    """Compile and link shipped shaders.

    Raises:
        RenderError: The driver refuses them, with its words.
    """
    try:
        return context.program(
            vertex_shader=shader_source(vertex, flags),
            fragment_shader=shader_source(fragment, flags),
            geometry_shader=shader_source(geometry, flags) if geometry else None,
        )
    except moderngl.Error as error:
        raise RenderError(f"the OpenGL driver refuses {vertex} or {fragment}: {error}") from error
