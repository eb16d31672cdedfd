"""A page of pictures in rows, each with a few words below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mien.image import Image8

_PAPER, _INK, _FAINT = (250, 250, 249), (32, 33, 36), (126, 128, 133)
_MARGIN, _TITLE, _CAPTION = 24, 30, 22
_QUALITY = 84


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture [H, W, 3] with what is said below it; `near` ones stand close to the one before."""

    picture: Image8
    caption: str = ""
    near: bool = False


@dataclass(frozen=True)
class Row:
    """Pictures beside each other, with a title above where there is one."""

    cells: Sequence[Cell]
    title: str = ""


def write_page(path: Path, rows: Sequence[Row], *, gap: int = 6, between: int = 18) -> None:
    """Lay rows out and write the page (.jpg).

    Args:
        path: To write.
        rows: All pictures of one size.
        gap: Between pictures, pixels; `near` ones touch.
        between: Between rows.
    """
    tall, wide = rows[0].cells[0].picture.shape[:2]
    captioned = any(cell.caption for row in rows for cell in row.cells)
    width = max(sum(wide + _before(cell, gap) for cell in row.cells) for row in rows) - gap
    heights = [
        tall + (_TITLE if row.title else 0) + (_CAPTION if captioned else 0) + between
        for row in rows
    ]
    size = width + 2 * _MARGIN, sum(heights) - between + 2 * _MARGIN
    page = Image.new("RGB", size, _PAPER)
    drawing = ImageDraw.Draw(page)
    top = _MARGIN
    for row, height in zip(rows, heights, strict=True):
        if row.title:
            drawing.text((_MARGIN, top), row.title, _INK, font=ImageFont.load_default(18))
        at = top + (_TITLE if row.title else 0)
        left = _MARGIN - gap
        for cell in row.cells:
            left += _before(cell, gap)
            page.paste(Image.fromarray(np.ascontiguousarray(cell.picture)), (left, at))
            words = left + 1, at + tall + 4
            drawing.text(words, cell.caption, _FAINT, font=ImageFont.load_default(13))
            left += wide
        top += height
    page.save(path, quality=_QUALITY, optimize=True)


def _before(cell: Cell, gap: int) -> int:
    return 0 if cell.near else gap
