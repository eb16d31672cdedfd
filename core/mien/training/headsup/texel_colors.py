"""What colours the views show at the texels of a surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.training.headsup.person import Texels
from mien.transforms import Array

Float32 = NDArray[np.float32]

_NEAR = 0.006
"""How far behind what a camera sees first a texel may lie and still be seen, metres."""
_CELL = 3
"""Pixels along a side of the cells in which texels hide what is behind them."""
_FACING = 0.25
"""The least cosine to a camera at which a texel still says something."""
_COVERED = 0.9
"""How much of a pixel has to be the person."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A view as colours are looked up in it.

    Args:
        pixels: Colours and mask [H, W, 4], 0..1.
        camera: In the head's frame.
        depth: Metres along the view axis [H, W], 0 where nothing is; None where nobody knows.
    """

    pixels: Float32
    camera: Camera
    depth: Float32 | None


def texel_colors(texels: Texels, views: Sequence[Seen]) -> tuple[Float32, Float32]:
    """Return the mean colour [P, 3] that views show at texels, and how well it is known [P], 0..1.

    Where a capture brings depth, hair hides the skin under it; otherwise only the surface hides
    itself, and hair lends its colour to the skin it covers.
    """
    sums = np.zeros((len(texels.points), 3), np.float32)
    weights = np.zeros(len(texels.points), np.float32)
    hiding = np.concatenate([texels.points, texels.vertices])
    for view in views:
        places, depths = view.camera.project(hiding)
        columns, rows = (places[: len(weights), axis].astype(np.float32) for axis in (0, 1))
        facing = facing_of(texels, view.camera)
        where = np.flatnonzero(facing > _FACING)
        where = where[inside_of(columns[where], rows[where], view.camera)]
        first = _first_seen(view, places, depths, columns[where], rows[where])
        where = where[depths[where] < first + _NEAR]
        color = _bilinear(view.pixels, columns[where], rows[where])
        share = facing[where] ** 2 * (color[:, 3] >= _COVERED)
        sums[where] += share[:, None] * color[:, :3]
        weights[where] += share
    means = sums / np.maximum(weights, np.float32(1e-6))[:, None]
    return means.astype(np.float32), np.minimum(4 * weights, 1).astype(np.float32)


def facing_of(texels: Texels, camera: Camera) -> Float32:
    """Return the cosines [P] between normals and the way to a camera."""
    toward = camera.position.astype(np.float32) - texels.points
    lengths = np.sqrt(np.einsum("pc,pc->p", toward, toward))
    return np.einsum("pc,pc->p", toward, texels.normals) / lengths


def inside_of(columns: NDArray[Any], rows: NDArray[Any], camera: Camera) -> NDArray[np.bool_]:
    """Return which places [P] lie in a camera's picture."""
    return (columns >= 0) & (columns < camera.width) & (rows >= 0) & (rows < camera.height)


def _first_seen(
    view: Seen, places: Array, depths: Array, columns: Float32, rows: Float32
) -> Float32:
    """Return at what depth a view first sees something at places inside it."""
    if view.depth is not None:
        found = view.depth[rows.astype(np.intp), columns.astype(np.intp)]
        return np.where(found > 0, found, np.inf).astype(np.float32)
    width, height = -(-view.camera.width // _CELL), -(-view.camera.height // _CELL)
    cells = np.floor(places / _CELL)
    inside = (cells[:, 0] >= 0) & (cells[:, 0] < width) & (cells[:, 1] >= 0)
    inside &= (cells[:, 1] < height) & (depths > 0)
    flat = (cells[inside, 1] * width + cells[inside, 0]).astype(np.intp)
    buffer = np.full(width * height, np.inf, np.float32)
    np.minimum.at(buffer, flat, depths[inside].astype(np.float32))
    return buffer[(rows // _CELL).astype(np.intp) * width + (columns // _CELL).astype(np.intp)]


def _bilinear(pixels: Float32, columns: Float32, rows: Float32) -> Float32:
    """Return pixels [P, C] at places whose integers are pixels' corners."""
    height, width = pixels.shape[:2]
    x, y = np.clip(columns - 0.5, 0, width - 1), np.clip(rows - 0.5, 0, height - 1)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = (x - left)[:, None], (y - top)[:, None]
    upper = (1 - u) * pixels[top, left] + u * pixels[top, right]
    lower = (1 - u) * pixels[below, left] + u * pixels[below, right]
    return ((1 - v) * upper + v * lower).astype(np.float32)
