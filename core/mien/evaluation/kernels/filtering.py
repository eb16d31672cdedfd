"""Filter rows of a picture with one-dimensional kernels, in loops that vectorise."""

from __future__ import annotations

from typing import Any

from mien.rendering.cpu.compiling import stage


# Over slices that begin at zero: with an offset in the index LLVM takes signed indices for ones
# that might wrap, and leaves the loop scalar at a fifth of the speed.
@stage
def _set(out: Any, row: Any, weight: Any) -> None:
    for x in range(out.shape[0]):
        out[x] = weight * row[x]


@stage
def _add(out: Any, row: Any, weight: Any) -> None:
    for x in range(out.shape[0]):
        out[x] += weight * row[x]


@stage
def filter_down(rows: Any, first: int, taps: Any, out: Any) -> None:
    """Write the weighted sum of `rows` [R, W] from `first` on to `out` [W]."""
    _set(out, rows[first], taps[0])
    for k in range(1, taps.shape[0]):
        _add(out, rows[first + k], taps[k])


@stage
def filter_across(row: Any, first: int, step: int, taps: Any, out: Any) -> None:
    """Write to `out` [W] the weighted sums of `row`, `step` apart, from `first` on."""
    width = out.shape[0]
    _set(out, row[first : first + width], taps[0])
    for k in range(1, taps.shape[0]):
        begin = first + k * step
        _add(out, row[begin : begin + width], taps[k])
