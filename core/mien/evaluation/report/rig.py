"""A drawing of the rig: where the cameras stand around the head, and how well each is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mien.capture.protocol import CaptureCamera
from mien.evaluation.report.markup import text
from mien.transforms import Array, normalize

_REACH = 100.0
"""Units from the head to the outermost camera."""
_MARGIN = 22.0

# World axes to the right and down in each view, and the head's outline from there.
_VIEWS = (
    ("from above", (0, 2), (1, 1), '<ellipse rx="11" ry="13"/><path d="M-4 11L0 17L4 11Z"/>'),
    ("from the right", (2, 1), (1, -1), '<ellipse rx="12" ry="14"/><path d="M10 -4L17 2L10 5Z"/>'),
)


def rig_drawing(rig: Sequence[CaptureCamera], shades: Mapping[str, float]) -> str:
    """Return two views of a rig.

    Args:
        rig: All its cameras.
        shades: How good each measured one is by its name, 0 worst to 1 best; the others are hollow.
    """
    positions = np.array([held.camera.position for held in rig])
    forwards = np.array([normalize(held.camera.forward) for held in rig])
    reach = float(np.abs(positions).max()) or 1.0
    order = [held.name for held in rig if held.name in shades]
    drawings: list[str] = []
    for title, axes, signs, head in _VIEWS:
        flat = _REACH / reach * positions[:, axes] * signs
        toward = forwards[:, axes] * signs
        marks = [
            _camera(held, flat[index], toward[index], shades.get(held.name), order)
            for index, held in sorted(enumerate(rig), key=lambda each: each[1].name in shades)
        ]
        side = _REACH + _MARGIN
        drawings.append(
            f'<figure><svg class="rig" viewBox="{-side} {-side} {2 * side} {2 * side}" '
            f'role="img" aria-label="The rig {title}">'
            f'<circle class="ring" r="{_REACH}"/><circle class="ring" r="{_REACH / 2}"/>'
            f'<g class="head">{head}</g>{"".join(marks)}</svg>'
            f"<figcaption>{title}</figcaption></figure>"
        )
    return "".join(drawings)


def shade_color(shade: float) -> str:
    """Return the colour of a shade: orange for the worst, through grey, to blue for the best."""
    stops = np.array([[232, 118, 52], [150, 152, 158], [58, 134, 232]], np.float64)
    place = 2 * min(max(shade, 0.0), 1.0)
    index = min(int(place), 1)
    color = stops[index] + (place - index) * (stops[index + 1] - stops[index])
    return "#" + "".join(f"{round(part):02x}" for part in color)


def _camera(
    held: CaptureCamera, place: Array, toward: Array, shade: float | None, order: Sequence[str]
) -> str:
    """Return a camera: a dot with its view drawn as a wedge."""
    angle = float(np.degrees(np.arctan2(toward[1], toward[0])))
    x, y = place
    # Seen nearly along its axis, a camera has no direction in the drawing.
    length = 13 * float(np.hypot(*toward))
    wedge = f"M0 0L{length:.1f} {-0.45 * length:.1f}V{0.45 * length:.1f}Z"
    if shade is None:
        look, number = 'class="idle"', ""
    else:
        look = f'class="held" style="--shade:{shade_color(shade)}"'
        number = f' data-camera="{order.index(held.name)}"'
    return (
        f'<g {look}{number} transform="translate({x:.1f} {y:.1f})">'
        f"<title>{text(held.name)}, {held.split}</title>"
        f'<path d="{wedge}" transform="rotate({angle:.1f})"/><circle r="4.5"/></g>'
    )
