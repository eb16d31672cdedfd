"""Pictures as samples need them: before another colour, scaled, cropped to the person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import View
from mien.models.headsup.views import plucker, scaled_view

Float32 = NDArray[np.float32]

GREY = np.full(3, 0.5, np.float32)
"""What people are shown before wherever they can be told from what is behind them."""

_MARGIN = 8
"""Pixels around the mask's box that are compared too, so that what strays there is seen."""
_SEEN = 0.5
_LEAST = 24
"""Pixels a crop has at least along each side, so that SSIM's window fits."""


@dataclass(frozen=True, eq=False)
class Target:
    """A picture that a head is compared with, cropped to the person.

    Args:
        camera: Of the cropped picture, in the head's frame.
        image: sRGB 0..1 [H, W, 3].
        mask: How much of each pixel is the person [H, W], 0..1; None where nobody knows.
        inner: Rows and columns of the mask's box: top, bottom, left, right.
        features: Where eyes and lips are [H, W], 0..1; None where nobody knows.
    """

    camera: Camera
    image: Float32
    mask: Float32 | None
    inner: tuple[int, int, int, int]
    features: Float32 | None = None


@dataclass(frozen=True, eq=False)
class Look:
    """How pictures are shown.

    Args:
        behind: The colour [3] that takes the place of what is behind the person; None to keep it.
        gains: What the person's colours are multiplied with [3].
    """

    behind: Float32 | None
    gains: Float32


def shown(view: View, look: Look, known: NDArray[np.uint8] | None) -> Float32:
    """Return a view's colours and mask [H, W, 4], 0..1, in a look.

    Args:
        view: The view; without a mask its background stays.
        look: How it is shown.
        known: The one colour [3] that is behind the person in the view, if there is one.
    """
    height, width = view.image.shape[:2]
    pixels = np.empty((height, width, 4), np.float32)
    colors, mask = pixels[..., :3], pixels[..., 3]
    gains = look.gains / np.float32(255)
    np.multiply(view.image, gains, out=colors)
    if view.mask is None:
        mask[:] = 1
        return pixels
    np.multiply(view.mask, np.float32(1 / 255), out=mask)
    if look.behind is None:
        return pixels
    behind = look.behind
    if known is None:
        colors *= mask[..., None]
    else:
        # What of an edge's colour is the background's is known exactly: no halo stays.
        behind = behind - known.astype(np.float32) * gains
    colors += (1 - mask)[..., None] * behind
    return pixels


def as_input(pixels: Float32, camera: Camera, side: int) -> tuple[Float32, Float32]:
    """Return a picture with its mask [4, S, S] and its rays [6, S, S], the longer side scaled.

    A shorter side is filled up by repeating its right or lower edge, so that views of any shape
    fit into one batch.
    """
    scaled, seen = scaled_view(pixels, camera, side=side)
    height, width = scaled.shape[:2]
    filled = np.pad(scaled, ((0, side - height), (0, side - width), (0, 0)), mode="edge")
    square = Camera(seen.world_from_camera, seen.intrinsics, (side, side))
    return np.ascontiguousarray(filled.transpose(2, 0, 1)), plucker(square)


def as_places(depth: Float32, camera: Camera, side: int) -> Float32:
    """Return the points [3, S, S] that the pixels of `as_input` show; NaN where nobody knows.

    Args:
        depth: Metres along the view axis [H, W], 0 where nothing is.
        camera: What took it.
        side: Pixels along the longer side, S.
    """
    scale = side / max(camera.size)
    width, height = (max(1, round(scale * each)) for each in camera.size)
    columns = ((np.arange(width) + 0.5) * camera.width / width).astype(int)
    rows = ((np.arange(height) + 0.5) * camera.height / height).astype(int)
    seen = depth[np.ix_(rows, columns)]
    middles = np.stack(np.meshgrid(columns + 0.5, rows + 0.5), axis=-1).reshape(-1, 2)
    points = camera.unproject(middles, seen.ravel()).astype(np.float32)
    points[seen.ravel() <= 0] = np.nan
    places = np.full((3, side, side), np.nan, np.float32)
    places[:, :height, :width] = points.T.reshape(3, height, width)
    return places


def as_target(pixels: Float32, camera: Camera, side: int, *, masked: bool) -> Target:
    """Return a picture to compare with, its longer side at most `side` pixels.

    Args:
        pixels: Colours and mask [H, W, 4].
        camera: What took it.
        side: Pixels.
        masked: Whether the mask says anything; it is cropped to it then.
    """
    scaled, seen = scaled_view(pixels, camera, side=min(side, max(camera.size)))
    height, width = scaled.shape[:2]
    if not masked:
        image = np.ascontiguousarray(scaled[..., :3])
        return Target(seen, image, None, (0, height, 0, width))
    top, bottom, left, right = _box(scaled[..., 3] >= _SEEN)
    first_row, last_row = _widened(top, bottom, height)
    first_column, last_column = _widened(left, right, width)
    cut = scaled[first_row:last_row, first_column:last_column]
    size = last_column - first_column, last_row - first_row
    return Target(
        seen.cropped(first_column, first_row, size),
        np.ascontiguousarray(cut[..., :3]),
        np.ascontiguousarray(cut[..., 3]),
        (top - first_row, bottom - first_row, left - first_column, right - first_column),
    )


def _box(seen: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of what is seen; all where nothing is."""
    if not seen.any():
        return 0, seen.shape[0], 0, seen.shape[1]
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _widened(first: int, last: int, most: int) -> tuple[int, int]:
    """Return an interval with a margin, long enough and inside of the picture."""
    first, last = max(first - _MARGIN, 0), min(last + _MARGIN, most)
    lacking = max(0, min(_LEAST, most) - (last - first))
    first = max(0, first - lacking // 2)
    return first, min(most, max(last, first + min(_LEAST, most)))
