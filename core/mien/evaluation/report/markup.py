"""Pieces of HTML that several sections are made of."""

from __future__ import annotations

import base64
import io
from html import escape

import numpy as np

from mien.image import Image8

WIDEST = 560
"""Pixels across of a picture in the page: sharp in three columns on a dense screen."""

_QUALITY = 86


def text(value: object) -> str:
    """Return a value as text that is safe in the page and in its attributes."""
    return escape(str(value), quote=True)


def picture(image: Image8, label: str, *, css: str = "") -> str:
    """Return an image element with a picture [H, W, 3] in it, at most WIDEST pixels wide."""
    # PIL is slow to import and a report is rarely written.
    from PIL import Image as PilImage

    made = PilImage.fromarray(np.ascontiguousarray(image))
    if made.width > WIDEST:
        height = max(round(made.height * WIDEST / made.width), 1)
        made = made.resize((WIDEST, height), PilImage.Resampling.LANCZOS)
    data = io.BytesIO()
    made.save(data, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    encoded = base64.b64encode(data.getvalue()).decode("ascii")
    kind = f' class="{css}"' if css else ""
    return (
        f'<img{kind} alt="{text(label)}" width="{made.width}" height="{made.height}" '
        f'src="data:image/jpeg;base64,{encoded}">'
    )


def seconds(value: float) -> str:
    """Return an instant as it is read on a clock: 12.40 s, or 2:05.30."""
    if value < 60:
        return f"{value:.2f} s"
    return f"{int(value // 60)}:{value % 60:05.2f}"
