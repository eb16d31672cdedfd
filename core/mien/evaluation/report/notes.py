"""What a reviewer wrote, as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass

from mien.image import Image8


@dataclass(frozen=True)
class Stroke:
    """A line drawn over a picture.

    Args:
        points: In shares of the picture's width and height, from its top left corner [P, 2].
        color: sRGB, such as `#ff5a5a`.
        width: As a share of the picture's width.
    """

    points: tuple[tuple[float, float], ...]
    color: str = "#ff5a5a"
    width: float = 0.006


@dataclass(frozen=True, eq=False)
class ReportNote:
    """A note on an instant or a range.

    Args:
        start: Seconds, on the capture's clock.
        end: Seconds; the same as `start` for an instant.
        text: What was written.
        camera: From where it was seen; empty for none in particular.
        picture: What was seen [H, W, 3], or None.
        strokes: What was drawn over it.
    """

    start: float
    end: float
    text: str
    camera: str = ""
    picture: Image8 | None = None
    strokes: tuple[Stroke, ...] = ()
