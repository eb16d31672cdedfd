"""The mesh under an avatar, drawn as fine lines over a picture of its Gaussians."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.errors import RenderError
from mien.image import to_uint8
from mien.rendering.protocol import Frame

if TYPE_CHECKING:
    from mien.rendering.mesh import MeshRenderer, MeshStyle

COLOR_ON_DARK = (0.47, 0.76, 1.0)
"""sRGB of lines over hair, dark skin and the background."""

COLOR_ON_LIGHT = (0.04, 0.27, 0.66)
"""sRGB of lines over light skin: the same blue, deep enough to stand out."""

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_DARK, _LIGHT = 0.40, 0.62
"""Luma up to which the one colour is used, and from which the other."""

_INK = 0.42
"""Share of a triangle that lines may cover, so that the eyes and lips stay visible under them."""

_HEIGHT_OF_FINE_LINES = 1000
"""Pictures of more rows than this get lines in proportion; those of fewer, one pixel."""


class MeshOverlay:
    """Draws wireframes over frames.

    Belongs to the thread that draws with it, on which it makes an OpenGL context of its own at the
    first frame; a mesh that is never shown costs nothing.
    """

    def __init__(self) -> None:
        self._renderer: MeshRenderer | None = None
        self._problem: RenderError | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a context."""
        return self._renderer is not None

    def over(self, frame: Frame, vertices: ArrayLike, faces: ArrayLike, *, opacity: float) -> Frame:
        """Return a frame with the lines of a surface [V, 3], [F, 3] over it, by its own camera.

        Triangles that face away, or lie behind others, are hidden.

        Raises:
            RenderError: There is no OpenGL here, which is found out once, or it fails.
        """
        if opacity <= 0:
            return frame
        drawn = self._opened().coverage(vertices, faces, frame.camera, _style(frame))
        rows, columns = np.nonzero(drawn)
        return _inked(frame, (rows, columns), min(opacity, 1.0) * drawn[rows, columns, None])

    def close(self) -> None:
        """Free the context; the next frame would make another one."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _opened(self) -> MeshRenderer:
        if self._problem is not None:
            # Raised with every picture, it must not gather tracebacks.
            raise self._problem.with_traceback(None)
        if self._renderer is None:
            # OpenGL is not on the way to the first picture, so neither is importing it.
            from mien.rendering.mesh import MeshRenderer
            from mien.rendering.opengl.context import headless_context

            try:
                self._renderer = MeshRenderer(headless_context(), owned=True)
            except RenderError as error:
                self._problem = RenderError(
                    f"the mesh cannot be shown: {error.message}", hint=error.hint
                )
                raise self._problem from error
        return self._renderer


def _style(frame: Frame) -> MeshStyle:
    from mien.rendering.mesh import MeshStyle

    return MeshStyle(
        "wireframe",
        line_width=max(frame.camera.height / _HEIGHT_OF_FINE_LINES, 1.0),
        ink=_INK,
        back_faces=False,
        # The shader gives lines soft edges already.
        supersampling=1,
    )


def _inked(
    frame: Frame, where: tuple[NDArray[np.intp], NDArray[np.intp]], share: NDArray[np.float32]
) -> Frame:
    """Return a frame with a share [P, 1] of line colour at some pixels (rows, columns)."""
    rgb, alpha = frame.rgb.copy(), frame.alpha.copy()
    eight_bit = rgb.dtype == np.uint8
    under = rgb[where].astype(np.float32) / np.float32(255 if eight_bit else 1)
    lightness = np.clip((under @ _LUMA - _DARK) / (_LIGHT - _DARK), 0, 1)[:, None]
    dark, light = np.array([COLOR_ON_DARK, COLOR_ON_LIGHT], np.float32)
    color = dark + lightness * (light - dark)
    over = under + share * (color - under)
    rgb[where] = to_uint8(over) if eight_bit else over
    alpha[where] += (1 - alpha[where]) * share[:, 0]
    return replace(frame, rgb=rgb, alpha=alpha)
