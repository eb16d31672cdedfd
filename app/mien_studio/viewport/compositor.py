"""Compositor: puts the last pictures of A and B on the screen as the view asks for it."""

from __future__ import annotations

from mien.editing.document import Slot
from mien.session.view_state import ViewState
from mien_studio.bridge.drawing import Drawn
from mien_studio.viewport.gpu import Filter, GpuResources
from mien_studio.viewport.placement import Placement

_FIRST, _SECOND = 0, 1
_FLIP = "FLIP"
_MODES = {"single": 0, "blink": 0, "side": 2, "wipe": 3, "difference": 4, "relative": 5, "flip": 0}
"""The numbers viewport.frag knows the modes by."""


class Compositor:
    """Upload pictures and draw them.

    Args:
        gpu: Where they are kept; the context must be current in every call.
    """

    def __init__(self, gpu: GpuResources) -> None:
        self._gpu = gpu
        self._slots: tuple[Slot, ...] = ()
        self._scale = 1.0
        self._drawn_for = (1, 1)

    def upload(self, drawn: Drawn) -> None:
        """Take over new pictures."""
        for slot, image in zip(drawn.slots, drawn.images, strict=True):
            self._gpu.upload(slot, image)
        for slot in ("A", "B"):
            if slot not in drawn.slots:
                self._gpu.forget(slot)
        if drawn.perceived is not None:
            self._gpu.upload(_FLIP, drawn.perceived.image)
        else:
            self._gpu.forget(_FLIP)
        self._slots = drawn.slots
        self._scale = drawn.wanted.scale
        self._drawn_for = drawn.wanted.size

    def clear(self) -> None:
        """Forget the pictures."""
        for name in ("A", "B", _FLIP):
            self._gpu.forget(name)
        self._slots = ()

    def paint(
        self,
        view: ViewState,
        viewport: tuple[int, int],
        *,
        only_b: bool = False,
        ratio: float = 1.0,
    ) -> None:
        """Draw into the bound framebuffer.

        Args:
            view: Compare mode, wipe, exposure, magnification, background.
            viewport: Width and height in device pixels.
            only_b: Show B alone, while its key is held or the blink is at it.
            ratio: Device pixels per logical one, for the width of lines.
        """
        gpu = self._gpu
        gpu.context.viewport = (0, 0, *viewport)
        gpu.context.clear(*view.background, 1.0)
        if not self._slots:
            return
        placement = Placement.of(view, viewport, self._drawn_for)
        sampling = self._sampling(placement)
        for unit, slot in enumerate(("A", "B")):
            gpu.use(slot, unit, sampling)
        mode = self._mode(view, only_b=only_b)
        # The map comes with the pictures: until it is there, A stands in for it.
        mapped = view.compare == "flip" and mode == _FIRST and gpu.use(_FLIP, 0, sampling)
        side = view.compare == "side"
        uniforms = {
            "picture_a": 0,
            "picture_b": 1,
            "rect_a": placement.rect("A"),
            "rect_b": placement.rect("B"),
            "viewport": viewport,
            "split": float(viewport[0] // 2) if side else placement.wipe_x,
            "line_width": float(max(round(ratio), 1)),
            "exposure": 2.0**view.exposure,
            "gain": view.difference_gain,
            "background": view.background,
        }
        gpu.draw(mode, exposed=view.exposure != 0 and not mapped, uniforms=uniforms)

    def _mode(self, view: ViewState, *, only_b: bool) -> int:
        if len(self._slots) == 1:
            # The other side has nothing to show yet: what there is stays in its place.
            return _FIRST if self._slots == ("A",) else _SECOND
        if only_b and view.compare != "side":
            return _SECOND
        return _MODES[view.compare]

    def _sampling(self, placement: Placement) -> Filter:
        if placement.magnification > 1:
            return "nearest"
        exact = self._scale == 1.0 and placement.scale == 1.0
        return "nearest" if exact else "linear"
