"""The loops of LDR-FLIP: opponent colours of two pictures, then their filtered difference."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import prange

from mien.evaluation.kernels.filtering import filter_across, filter_down
from mien.rendering.cpu.compiling import device, kernel, stage

_ZERO, _ONE = np.float32(0), np.float32(1)
_Y, _X, _Z = 0, 1, 2
"""Planes of a picture in YyCxCz."""

_BLURRED = 4
"""Filtered planes of one picture: Y, Cx, and Cz twice, as its filter is a sum of two Gaussians."""


@device
def _looked_up(table: Any, value: Any) -> Any:
    """Return the value of a function given by its samples over 0..1, linearly between them."""
    place = min(max(value, _ZERO), _ONE) * np.float32(table.shape[0] - 1)
    index = min(int(place), table.shape[0] - 2)
    share = place - np.float32(index)
    return table[index] + share * (table[index + 1] - table[index])


@kernel
def opponent_colors(picture: Any, linear: Any, matrix: Any, padding: int, planes: Any) -> None:
    """Write a picture as YyCxCz with its borders repeated.

    Args:
        picture: sRGB 0..1 [H, W, 3].
        linear: The sRGB curve sampled over 0..1.
        matrix: From linear RGB to XYZ relative to the white point [3, 3].
        padding: P.
        planes: Written to [3, H + 2 P, W + 2 P].
    """
    height, width = picture.shape[0], picture.shape[1]
    for row in prange(planes.shape[1]):
        y = min(max(row - padding, 0), height - 1)
        for x in range(width):
            r = _looked_up(linear, picture[y, x, 0])
            g = _looked_up(linear, picture[y, x, 1])
            b = _looked_up(linear, picture[y, x, 2])
            white_x = matrix[0, 0] * r + matrix[0, 1] * g + matrix[0, 2] * b
            white_y = matrix[1, 0] * r + matrix[1, 1] * g + matrix[1, 2] * b
            white_z = matrix[2, 0] * r + matrix[2, 1] * g + matrix[2, 2] * b
            planes[_Y, row, padding + x] = np.float32(116) * white_y - np.float32(16)
            planes[_X, row, padding + x] = np.float32(500) * (white_x - white_y)
            planes[_Z, row, padding + x] = np.float32(200) * (white_y - white_z)
        for k in range(3):
            planes[k, row, :padding] = planes[k, row, padding]
            planes[k, row, padding + width :] = planes[k, row, padding + width - 1]


@stage
def _filtered(
    plane: Any, row: int, padding: int, vertical: Any, horizontal: Any, down: Any, out: Any
) -> None:
    """Write a row of a padded plane, filtered along both axes [W]."""
    filter_down(plane, row + padding - vertical.shape[0] // 2, vertical, down)
    filter_across(down, padding - horizontal.shape[0] // 2, 1, horizontal, out)


@stage
def _filter_colors(
    planes: Any, row: int, padding: int, narrow: Any, wide: Any, down: Any, out: Any
) -> None:
    """Write a row of a picture as the eye resolves it [4, W]; see `_BLURRED`."""
    for k in range(2):
        _filtered(planes[k], row, padding, narrow[k], narrow[k], down, out[k])
        _filtered(planes[_Z], row, padding, wide[k], wide[k], down, out[2 + k])


@stage
def _filter_features(
    luminance: Any, row: int, padding: int, taps: Any, down: Any, out: Any
) -> None:
    """Write the slopes (0, 1) and curvatures (2, 3) of a row along both axes [4, W]."""
    first = padding - taps.shape[1] // 2
    filter_down(luminance, row + first, taps[0], down)
    for k in range(2):
        filter_across(down, first, 1, taps[1 + k], out[2 * k])
    for k in range(2):
        filter_down(luminance, row + first, taps[1 + k], down)
        filter_across(down, first, 1, taps[0], out[2 * k + 1])


@stage
def _lab(colors: Any, matrices: Any, root: Any, out: Any) -> None:
    """Write the Hunt-adjusted L*a*b* [3, W] of filtered colours [4, W], clipped to what RGB is."""
    for x in range(colors.shape[1]):
        cy = (colors[0, x] + np.float32(16)) / np.float32(116)
        cz = colors[2, x] + colors[3, x]
        white_x = cy + colors[1, x] / np.float32(500)
        white_z = cy - cz / np.float32(200)
        r = matrices[1, 0, 0] * white_x + matrices[1, 0, 1] * cy + matrices[1, 0, 2] * white_z
        g = matrices[1, 1, 0] * white_x + matrices[1, 1, 1] * cy + matrices[1, 1, 2] * white_z
        b = matrices[1, 2, 0] * white_x + matrices[1, 2, 1] * cy + matrices[1, 2, 2] * white_z
        r = min(max(r, _ZERO), _ONE)
        g = min(max(g, _ZERO), _ONE)
        b = min(max(b, _ZERO), _ONE)
        fx = _looked_up(root, matrices[0, 0, 0] * r + matrices[0, 0, 1] * g + matrices[0, 0, 2] * b)
        fy = _looked_up(root, matrices[0, 1, 0] * r + matrices[0, 1, 1] * g + matrices[0, 1, 2] * b)
        fz = _looked_up(root, matrices[0, 2, 0] * r + matrices[0, 2, 1] * g + matrices[0, 2, 2] * b)
        lightness = np.float32(116) * fy - np.float32(16)
        hunt = np.float32(0.01) * lightness
        out[0, x] = lightness
        out[1, x] = hunt * np.float32(500) * (fx - fy)
        out[2, x] = hunt * np.float32(200) * (fy - fz)


@stage
def _color_difference(a: Any, b: Any, limits: Any, out: Any) -> None:
    """Write how different the colours of two rows [3, W] are, 0..1 (equations 5 to 8)."""
    exponent, knee, largest, share = limits[0], limits[1], limits[2], limits[3]
    for x in range(out.shape[0]):
        across = math.sqrt((a[1, x] - b[1, x]) ** 2 + (a[2, x] - b[2, x]) ** 2)
        distance = abs(a[0, x] - b[0, x]) + across
        powered = distance**exponent if distance > _ZERO else _ZERO
        if powered < knee:
            out[x] = powered * share / knee
        else:
            out[x] = share + (powered - knee) / (largest - knee) * (_ONE - share)


@stage
def _raise_by_features(a: Any, b: Any, out: Any) -> None:
    """Sharpen a row of colour differences where one picture has an edge or a dot (eq. 9, 10)."""
    for x in range(out.shape[0]):
        edges = math.sqrt(a[0, x] ** 2 + a[1, x] ** 2) - math.sqrt(b[0, x] ** 2 + b[1, x] ** 2)
        dots = math.sqrt(a[2, x] ** 2 + a[3, x] ** 2) - math.sqrt(b[2, x] ** 2 + b[3, x] ** 2)
        feature = math.sqrt(max(abs(edges), abs(dots)) * np.float32(math.sqrt(0.5)))
        out[x] = out[x] ** (_ONE - min(feature, _ONE)) if out[x] > _ZERO else _ZERO


@kernel
def difference_map(
    a: Any,
    b: Any,
    padding: int,
    narrow: Any,
    wide: Any,
    features: Any,
    matrices: Any,
    root: Any,
    limits: Any,
    difference: Any,
) -> None:
    """Write the FLIP map of two pictures.

    Args:
        a: Planes of `opponent_colors` [3, H + 2 P, W + 2 P].
        b: Likewise.
        padding: P, at least half of every filter.
        narrow: Filters of the channels Y and Cx [2, T].
        wide: The two filters whose sum is that of Cz [2, T].
        features: Filter of luminance, its slope and its curvature [3, T].
        matrices: From linear RGB to XYZ relative to white, and back [2, 3, 3].
        root: The function f of L*a*b* sampled over 0..1.
        limits: The exponent, the knee and the largest colour difference, and the knee's share [4].
        difference: Written to [H, W].
    """
    height, width = difference.shape
    for y in prange(height):
        down = np.empty(width + 2 * padding, np.float32)
        blurred = np.empty((_BLURRED, width), np.float32)
        first, second = np.empty((4, width), np.float32), np.empty((4, width), np.float32)
        _filter_colors(a, y, padding, narrow, wide, down, blurred)
        _lab(blurred, matrices, root, first)
        _filter_colors(b, y, padding, narrow, wide, down, blurred)
        _lab(blurred, matrices, root, second)
        _color_difference(first, second, limits, difference[y])
        _filter_features(a[_Y], y, padding, features, down, first)
        _filter_features(b[_Y], y, padding, features, down, second)
        _raise_by_features(first, second, difference[y])
