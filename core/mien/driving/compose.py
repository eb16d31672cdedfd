"""Put a source frame and the avatar's picture side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def beside(source: Pixels, rendered: Pixels) -> Pixels:
    """Return the source [H, W, 3] at the left of the rendered picture [R, S, 3], height matched.

    The rendered picture keeps its pixels; the source is scaled to its height.

    Returns:
        A picture [R, round(W * R / H) + S, 3].
    """
    height = rendered.shape[0]
    width = max(1, round(source.shape[1] * height / source.shape[0]))
    return np.concatenate([scaled(source, (width, height)), rendered], axis=1)


def scaled(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Return a picture [H, W, 3] at another size, width and height.

    Each way it is filtered with a triangle as wide as the coarser of the two pixel grids, so that
    enlarging interpolates and reducing averages.
    """
    width, height = size
    if picture.shape[:2] == (height, width):
        return picture
    rows = _filtered(picture.astype(np.float32), height)
    columns = _filtered(rows.swapaxes(0, 1), width).swapaxes(0, 1)
    return (np.clip(columns, 0, 255) + 0.5).astype(np.uint8)


def _filtered(values: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return values [N, ...] resampled along the first axis to `count`."""
    given = len(values)
    step = given / count
    reach = max(step, 1.0)
    centres = (np.arange(count) + 0.5) * step - 0.5
    first = np.ceil(centres - reach).astype(np.intp)
    taps = int(np.floor(2 * reach)) + 1
    out = np.zeros((count, *values.shape[1:]), np.float32)
    total = np.zeros(count, np.float32)
    for tap in range(taps):
        place = first + tap
        weight = np.maximum(1 - np.abs(place - centres) / reach, 0).astype(np.float32)
        total += weight
        # Past an edge the edge repeats.
        at = np.clip(place, 0, given - 1)
        out += weight.reshape(-1, *[1] * (values.ndim - 1)) * values[at]
    return out / total.reshape(-1, *[1] * (values.ndim - 1))
