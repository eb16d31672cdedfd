"""Surface: what pictures are put on. OpenGL where a graphics card draws, plain memory elsewhere.

OpenGL without a card is a CPU pretending to be one: it takes more of the processor to put two
pictures together and copy the window than the picture itself took to draw.
"""

from __future__ import annotations

import os
from typing import Literal, Protocol

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from mien.session.view_state import ViewState
from mien_studio.bridge.drawing import Drawn

SurfaceKind = Literal["gl", "raster"]


class Surface(Protocol):
    """A widget that fills the viewport and shows the last pictures.

    It is made with a function to call whenever a picture that is new has reached the screen.
    """

    @property
    def num_gl_objects(self) -> int:
        """How many OpenGL objects it holds."""
        ...

    def show_drawn(self, drawn: Drawn) -> None:
        """Show other pictures from now on."""
        ...

    def show_view(self, view: ViewState, *, only_b: bool) -> None:
        """Show the pictures in another way, B alone if `only_b`."""
        ...

    def clear(self) -> None:
        """Show nothing but the background."""
        ...

    def pixels(self) -> QImage:
        """Return what it shows, in device pixels."""
        ...

    def shut_down(self) -> None:
        """Free what it holds; it shows nothing afterwards."""
        ...

    def setGeometry(self, rect: QRect, /) -> None:
        """Take a place in the viewport, as a QWidget does."""
        ...

    def lower(self) -> None:
        """Lie below everything else in the viewport, as a QWidget does."""
        ...


def best_surface_kind() -> SurfaceKind:
    """Return the kind for this machine; `MIEN_SURFACE` may name the other."""
    asked = os.environ.get("MIEN_SURFACE", "")
    if asked == "gl" or asked == "raster":
        return asked
    from mien.rendering.opengl.context import has_graphics_device

    return "gl" if has_graphics_device() else "raster"
