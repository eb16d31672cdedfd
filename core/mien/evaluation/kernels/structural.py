"""The loop of SSIM: local means, variances and covariance of two pictures, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from mien.evaluation.kernels.filtering import filter_across
from mien.rendering.cpu.compiling import kernel, stage

_ZERO = 0.0


@stage
def _moments_down(a: Any, b: Any, first: int, taps: Any, sums: Any) -> None:
    """Write the weighted sums of a, b, aa, bb and ab over the rows from `first` on [5, W]."""
    width = a.shape[1]
    sums[:] = _ZERO
    for k in range(taps.shape[0]):
        weight = taps[k]
        for x in range(width):
            left, right = a[first + k, x], b[first + k, x]
            weighted = weight * left
            sums[0, x] += weighted
            sums[1, x] += weight * right
            sums[2, x] += weighted * left
            sums[3, x] += weight * right * right
            sums[4, x] += weighted * right


@stage
def _compare(moments: Any, c1: Any, c2: Any, out: Any) -> None:
    """Write the similarity of each pixel of a row, by its moments [5, W], to `out` [W]."""
    for x in range(moments.shape[1]):
        mean_a, mean_b = moments[0, x], moments[1, x]
        both, squares = mean_a * mean_b, mean_a * mean_a + mean_b * mean_b
        variance_a = max(moments[2, x] - mean_a * mean_a, _ZERO)
        variance_b = max(moments[3, x] - mean_b * mean_b, _ZERO)
        covariance = moments[4, x] - both
        top = (2 * both + c1) * (2 * covariance + c2)
        out[x] = top / ((squares + c1) * (variance_a + variance_b + c2))


@kernel
def ssim_row_sums(a: Any, b: Any, taps: Any, step: int, c1: Any, c2: Any, sums: Any) -> None:
    """Sum the similarity of each row of two pictures.

    Args:
        a: Padded by half the taps on every side [H + 2 P, (W + 2 P) step], channels interleaved.
        b: Likewise.
        taps: The window [2 P + 1], which sums to one.
        step: How many channels there are.
        c1: The constant that steadies the means.
        c2: The constant that steadies the variances.
        sums: Written to [H].
    """
    padding = taps.shape[0] - 1
    for y in prange(sums.shape[0]):
        # In doubles: a bright flat place has a variance far below the rounding of its squares.
        down = np.empty((5, a.shape[1]), np.float64)
        moments = np.empty((5, a.shape[1] - padding * step), np.float64)
        _moments_down(a, b, y, taps, down)
        for k in range(5):
            filter_across(down[k], 0, step, taps, moments[k])
        _compare(moments, c1, c2, down[0])
        sums[y] = down[0, : moments.shape[1]].sum()
