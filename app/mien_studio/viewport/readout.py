"""The pixel inspector's line: what A and B are under the cursor."""

from __future__ import annotations

from mien.editing.document import Slot
from mien_studio.bridge.drawing import Drawn
from mien_studio.viewport.placement import Placement


def readout(drawn: Drawn, placement: Placement, x: float, y: float) -> str:
    """Return place, colours and depth of a viewport pixel; empty beside the picture."""
    u, v = placement.fractions(placement.slot_at(x), x, y)
    if not (0 <= u < 1 and 0 <= v < 1):
        return ""
    column, row = int(u * placement.picture[0]), int(v * placement.picture[1])
    parts = [f"{column}, {row}"]
    parts += [_colours(drawn, slot, u, v) for slot in drawn.slots]
    if len(drawn.slots) == 2:
        a, b = (_pixel(drawn, slot, u, v) for slot in drawn.slots)
        parts.append("Δ " + " ".join(f"{p - q:+4d}" for p, q in zip(a, b, strict=True)))
    if drawn.perceived is not None:
        values = drawn.perceived.values
        here = values[int(v * values.shape[0]), int(u * values.shape[1])]
        parts.append(f"FLIP {here:.3f}  mean {drawn.perceived.mean:.3f}")
    return "   ".join(parts)


def _pixel(drawn: Drawn, slot: Slot, u: float, v: float) -> tuple[int, int, int]:
    image = drawn.images[drawn.slots.index(slot)]
    red, green, blue = image[int(v * image.shape[0]), int(u * image.shape[1])]
    return int(red), int(green), int(blue)


def _colours(drawn: Drawn, slot: Slot, u: float, v: float) -> str:
    frame = drawn.picture.frames[drawn.slots.index(slot)]
    row, column = int(v * frame.alpha.shape[0]), int(u * frame.alpha.shape[1])
    red, green, blue = _pixel(drawn, slot, u, v)
    text = f"{slot} {red:3d} {green:3d} {blue:3d}  α {frame.alpha[row, column]:.2f}"
    if frame.depth is not None:
        text += f"  {frame.depth[row, column]:.3f} m"
    return text
