"""OpenGL contexts without a window, and what is known about the driver behind them."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import moderngl

from mien.errors import RenderError

REQUIRED_VERSION = 330
"""OpenGL 3.3 core: float textures, instancing, several targets; everything since 2010 has it."""

_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software", "gdi generic")


@dataclass(frozen=True)
class GlDriver:
    """Who draws: the strings a driver gives about itself."""

    vendor: str
    renderer: str
    version: str

    @property
    def is_software(self) -> bool:
        """Whether a CPU does the drawing."""
        name = f"{self.vendor} {self.renderer}".lower()
        return any(software in name for software in _SOFTWARE)


def headless_context() -> moderngl.Context:
    """Make an OpenGL context without a window, current on this thread.

    Raises:
        RenderError: There is no OpenGL 3.3 here.
    """
    # EGL needs no display server; the other systems have one way each, which is the default.
    settings: dict[str, Any] = {"backend": "egl"} if sys.platform.startswith("linux") else {}
    try:
        return moderngl.create_context(require=REQUIRED_VERSION, standalone=True, **settings)
    except Exception as error:  # glcontext raises bare Exception
        raise RenderError(
            f"no OpenGL 3.3 context could be made: {error}",
            hint="Install the graphics driver, or Mesa's EGL for drawing in software"
            " (Debian, Ubuntu: apt install libegl1 libgl1-mesa-dri)",
        ) from error


def driver_of(context: moderngl.Context) -> GlDriver:
    """Return what the driver of a context says about itself."""
    info = context.info
    return GlDriver(info["GL_VENDOR"], info["GL_RENDERER"], info["GL_VERSION"])


@cache
def probe_driver() -> GlDriver | str:
    """Return the driver a headless context would get, or why there is none; asked once.

    It is asked on a thread of its own: a context stays current on the thread that made it even
    after it is gone, and whoever asks may draw with another library, as Qt does.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="opengl-probe") as thread:
        return thread.submit(_probe).result()


def _probe() -> GlDriver | str:
    try:
        context = headless_context()
    except RenderError as error:
        return str(error)
    driver = driver_of(context)
    context.release()
    return driver


def has_graphics_device() -> bool:
    """Return whether hardware drawing is possible at all, without making a context.

    Linux shows every graphics card as a device file, so that where there is none the slow probe
    can be spared; elsewhere only the probe knows.
    """
    if not sys.platform.startswith("linux"):
        return True
    cards = any(Path("/dev/dri").glob("renderD*"))
    return cards or Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists()
