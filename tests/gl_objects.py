"""What the OpenGL driver holds for a context, to see whether anything is left behind."""

from __future__ import annotations

import ctypes

KINDS = ("Texture", "Buffer", "Framebuffer", "Renderbuffer", "VertexArray", "Program", "Shader")


def live_objects() -> dict[str, int]:
    """Ask the driver which names stand for objects of the current context."""
    library = ctypes.CDLL("libOpenGL.so.0")
    counts = {}
    for kind in KINDS:
        exists = getattr(library, f"glIs{kind}")
        exists.restype = ctypes.c_ubyte
        counts[kind] = sum(exists(name) for name in range(1, 4000))
    return counts
