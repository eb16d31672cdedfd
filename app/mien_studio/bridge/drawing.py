"""What the render thread does: it owns the renderer for life and answers one request at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.capture.protocol import Capture
from mien.editing.document import Slot
from mien.errors import RenderError
from mien.image import Image8
from mien.rendering.protocol import Renderer
from mien.rendering.selection import best_renderer_name, make_renderer
from mien.session.painter import Painter
from mien.session.request import PhotoShot, Picture, RenderRequest
from mien.session.view_state import ViewState
from mien.transforms import Array

_PICK_SIDE = 9
"""Pixels looked at around a click; a click beside a hair should still find it."""


@dataclass(frozen=True, eq=False)
class Pick:
    """A place of a slot's picture, as fractions of its sides from the top left corner."""

    slot: Slot
    at: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Picked:
    """What is seen there.

    Args:
        point: In the world, metres [3].
        depth: Along the view axis, metres.
        slot: Whose picture it was.
    """

    point: Array
    depth: float
    slot: Slot


@dataclass(frozen=True, eq=False)
class Wanted:
    """A request with what the screen must know to show the answer.

    Args:
        request: The pictures.
        size: Of the viewport in device pixels at the time.
        view: The view state it was made from.
        scale: Fraction of each side that is drawn.
        picks: Places to look up on the way.
    """

    request: RenderRequest
    size: tuple[int, int]
    view: ViewState
    scale: float
    picks: tuple[Pick, ...] = ()

    def same_picture(self, other: Wanted) -> bool:
        """Return whether the answer to the other would be the answer to this one."""
        return self.size == other.size and self.request == other.request


@dataclass(frozen=True, eq=False)
class PerceivedDifference:
    """How different two pictures look: the FLIP map of A and B.

    Args:
        values: 0..1 [H, W].
        image: The same in magma [H, W, 3].
        mean: Of the values.
    """

    values: NDArray[np.float32]
    image: Image8
    mean: float


@dataclass(frozen=True, eq=False)
class Drawn:
    """The answer: the picture, its pixels as bytes ready to upload, and what was picked.

    Args:
        picture: Frames, times and names.
        images: Colours of each frame [H, W, 3].
        slots: Whose each image is.
        wanted: What it answers.
        picked: Each pick with what was there, or None.
        perceived: How different the two look, where the request wants that.
    """

    picture: Picture
    images: tuple[Image8, ...]
    slots: tuple[Slot, ...]
    wanted: Wanted
    picked: tuple[tuple[Pick, Picked | None], ...] = ()
    perceived: PerceivedDifference | None = None


class Drawer:
    """Makes a renderer on the thread that calls `open`, and draws on it with it.

    Args:
        name: Of the renderer; empty for the best of this machine.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._renderer: Renderer | None = None
        self._painter: Painter | None = None

    def open(self) -> Callable[[Wanted], Drawn]:
        """Make the renderer.

        Raises:
            RenderError: It cannot run here.
        """
        renderer = make_renderer(self._name or best_renderer_name())
        self._renderer = renderer
        painter = self._painter = Painter(renderer)
        return lambda wanted: draw(painter, wanted)

    def cached(self, capture: Capture, station: str) -> tuple[int, ...]:
        """Return the frames of a capture's camera that are decoded. Safe from any thread."""
        photographs = None if self._painter is None else self._painter.photographs
        return () if photographs is None else photographs.cached(capture, station)

    def close(self) -> None:
        """Free the renderer and what the mesh is drawn with."""
        if self._painter is not None:
            self._painter.close()
        if self._renderer is not None:
            self._renderer.close()


def draw(painter: Painter, wanted: Wanted) -> Drawn:
    """Draw a request and look its picks up.

    Raises:
        MienError: It cannot be drawn.
    """
    request = wanted.request
    picture = painter.paint(request)
    if len(picture.frames) != len(request.shots):
        raise RenderError("the renderer left out a picture")
    # Bytes are made here and not on the UI thread, which has 16 ms for everything.
    images = tuple(np.ascontiguousarray(frame.rgb8) for frame in picture.frames)
    slots: tuple[Slot, ...] = tuple(shot.slot for shot in request.shots)
    perceived = None
    if request.compare == "flip":
        started = time.perf_counter()
        perceived = perceived_difference(*images)
        # The quality ladder lowers the resolution for the map as it does for the pictures.
        spent = picture.render_secs + time.perf_counter() - started
        picture = replace(picture, render_secs=spent)
    picked = tuple((pick, _picked(painter, wanted, pick)) for pick in wanted.picks)
    return Drawn(picture, images, slots, wanted, picked, perceived)


def perceived_difference(a: Image8, b: Image8) -> PerceivedDifference:
    """Return the FLIP map of two pictures [H, W, 3] of one size."""
    # Not at the top: whoever does not compare needs no metrics.
    from mien.evaluation.flip_map import flip_map
    from mien.evaluation.magma import magma_colors

    one, other = (image.astype(np.float32) / np.float32(255) for image in (a, b))
    values = flip_map(one, other)
    return PerceivedDifference(values, magma_colors(values), float(values.mean()))


def _picked(painter: Painter, wanted: Wanted, pick: Pick) -> Picked | None:
    shots = [shot for shot in wanted.request.shots if shot.slot == pick.slot]
    if not shots:
        return None
    shot = shots[0]
    if isinstance(shot, PhotoShot):
        return None
    camera = shot.camera
    half = _PICK_SIDE // 2
    left = int(pick.at[0] * camera.width) - half
    top = int(pick.at[1] * camera.height) - half
    window = camera.cropped(left, top, (_PICK_SIDE, _PICK_SIDE))
    options = replace(wanted.request.options, depth=True)
    request = RenderRequest((replace(shot, camera=window),), options)
    frame = painter.paint(request).frames[0]
    if frame.depth is None:
        return None
    seen = (frame.alpha > 0.5) & (frame.depth > 0)
    if not seen.any():
        return None
    rows, columns = np.nonzero(seen)
    nearest = np.argmin((rows - half) ** 2 + (columns - half) ** 2)
    row, column = int(rows[nearest]), int(columns[nearest])
    depth = float(frame.depth[row, column])
    return Picked(window.unproject((column + 0.5, row + 0.5), depth), depth, pick.slot)
