"""Placement: where the pictures of A and B lie in the viewport, and back from pixels to pictures.

One set of numbers serves the shader and the mouse, so that what is clicked is what is seen. All
lengths are device pixels, the origin is the top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from mien.editing.document import Slot
from mien.session.view_state import CompareMode, ViewState

Rect = tuple[float, float, float, float]
"""Left, top, width, height."""

MAX_MAGNIFICATION = 8


def device_size(widget: QWidget) -> tuple[int, int]:
    """Return width and height of a widget in device pixels, at least one each."""
    ratio = widget.devicePixelRatioF()
    return max(round(widget.width() * ratio), 1), max(round(widget.height() * ratio), 1)


@dataclass(frozen=True)
class Placement:
    """The viewport's geometry for one view.

    Args:
        viewport: Width and height of the viewport.
        picture: Width and height of one picture at full resolution.
        mode: How A and B share the viewport.
        wipe: The wipe's edge as a fraction of the picture's width.
        magnification: Screen pixels per picture pixel.
        magnified_at: The picture's point in the middle of the viewport, fractions of its sides.
    """

    viewport: tuple[int, int]
    picture: tuple[int, int]
    mode: CompareMode = "single"
    wipe: float = 0.5
    magnification: int = 1
    magnified_at: tuple[float, float] = (0.5, 0.5)

    @staticmethod
    def of(view: ViewState, viewport: tuple[int, int], drawn_for: tuple[int, int]) -> Placement:
        """Return the placement of pictures that were drawn for a viewport of some size."""
        width = drawn_for[0] // 2 if view.compare == "side" else drawn_for[0]
        return Placement(
            viewport,
            (max(width, 1), max(drawn_for[1], 1)),
            view.compare,
            view.wipe,
            view.magnification,
            view.magnified_at,
        )

    @property
    def scale(self) -> float:
        """Screen pixels per full-resolution picture pixel.

        The height decides, as it does for the field of view: while a window is being resized the
        last picture stays in place until the next one is there.
        """
        return self.magnification * self.viewport[1] / self.picture[1]

    def area(self, slot: Slot) -> Rect:
        """Return the part of the viewport in which a slot is drawn."""
        width, height = self.viewport
        if self.mode != "side":
            return 0.0, 0.0, float(width), float(height)
        half = width // 2
        return (0.0, 0.0, float(half), float(height)) if slot == "A" else (
            float(half), 0.0, float(width - half), float(height))  # fmt: skip

    def rect(self, slot: Slot) -> Rect:
        """Return where the whole picture of a slot lies; parts of it may be outside."""
        left, top, width, height = self.area(slot)
        drawn = (self.picture[0] * self.scale, self.picture[1] * self.scale)
        at = self.magnified_at if self.magnification > 1 else (0.5, 0.5)
        # Whole pixels, or nearest-neighbour magnification would show uneven ones.
        return (
            float(round(left + width / 2 - at[0] * drawn[0])),
            float(round(top + height / 2 - at[1] * drawn[1])),
            *drawn,
        )

    def slot_at(self, x: float) -> Slot:
        """Return whose picture is seen at a column of the viewport."""
        if self.mode == "side":
            return "A" if x < self.viewport[0] // 2 else "B"
        if self.mode == "wipe":
            return "A" if x < self.wipe_x else "B"
        return "A"

    def fractions(self, slot: Slot, x: float, y: float) -> tuple[float, float]:
        """Return the place of a pixel in a slot's picture, as fractions of its sides."""
        left, top, width, height = self.rect(slot)
        return (x - left) / width, (y - top) / height

    def pixel(self, slot: Slot, u: float, v: float) -> tuple[float, float]:
        """Return the viewport pixel of a place in a slot's picture."""
        left, top, width, height = self.rect(slot)
        return left + u * width, top + v * height

    @property
    def wipe_x(self) -> float:
        """The column of the wipe's edge."""
        return self.pixel("A", self.wipe, 0.0)[0]

    def wipe_for(self, x: float) -> float:
        """Return the wipe whose edge is at a column, kept on the screen and on the picture."""
        inside = min(max(x, 0.0), float(self.viewport[0]))
        return min(max(self.fractions("A", inside, 0.0)[0], 0.0), 1.0)

    def panned(self, dx: float, dy: float) -> tuple[float, float]:
        """Return `magnified_at` after dragging the magnified picture by some pixels."""
        _, _, width, height = self.rect("A")
        u, v = self.magnified_at
        return min(max(u - dx / width, 0.0), 1.0), min(max(v - dy / height, 0.0), 1.0)

    def magnified(self, magnification: int, x: float, y: float) -> tuple[float, float]:
        """Return `magnified_at` for another magnification that keeps (x, y) in place."""
        slot = self.slot_at(x)
        u, v = self.fractions(slot, x, y)
        left, top, width, height = self.area(slot)
        scale = magnification * self.viewport[1] / self.picture[1]
        across = u - (x - left - width / 2) / (self.picture[0] * scale)
        down = v - (y - top - height / 2) / (self.picture[1] * scale)
        return min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0)
