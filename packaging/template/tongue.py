"""The tongue: at rest between the lower teeth, and put out; millimetres as in `teeth`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from template.pieces import Piece, tube

Array = NDArray[np.float64]

ROWS = 20
SEGMENTS = 18

KNOTS = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 0.93, 1.0])
"""Shares of the tongue's length, root to tip."""

REST = np.array(
    [[-26, -72, 11.0, 9.0], [-15, -60, 17.0, 11.0], [-9.5, -45, 19.0, 10.0], [-8.2, -30, 18.0, 7.8],
     [-8.6, -17, 15.0, 5.2], [-8.8, -9.8, 10.5, 3.2], [-8.6, -6.4, 6.0, 2.0]]
)  # fmt: skip
"""Of each knot at rest: height and depth of the middle, half the width, half the thickness."""

OUT = np.array(
    [[-26, -72, 11.0, 9.0], [-13, -55, 17.0, 10.5], [-5.0, -32, 18.0, 8.0], [-1.6, -8, 15.5, 4.8],
     [-2.6, 14, 14.5, 3.6], [-8.5, 26, 12.0, 3.2], [-13.5, 30, 7.0, 2.2]]
)  # fmt: skip
"""The same with the tongue out: over the lower lip, where a closed mouth would part."""


def tongue(knots: Array = REST) -> Piece:
    """Return the tongue; its back end is open, deep in the throat."""
    share = np.linspace(0, 1, ROWS) ** 0.8
    height, depth, wide, thick = PchipInterpolator(KNOTS, knots)(share).T
    turn = 2 * np.pi * np.arange(SEGMENTS) / SEGMENTS
    # From below round by the person's left to the top: the map's seam lies on the underside.
    side = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.85
    up = -np.cos(turn)
    groove = -0.16 * np.clip(up, 0, 1) * np.exp(-((side / 0.25) ** 2))
    rise, run = np.gradient(height), np.gradient(depth)
    slope = rise / np.hypot(rise, run)
    ahead = np.sqrt(1 - slope**2)
    rings = np.stack(
        [
            wide[:, None] * side,
            height[:, None] + (thick * ahead)[:, None] * (up + groove),
            depth[:, None] - (thick * slope)[:, None] * (up + groove),
        ],
        axis=2,
    )
    tip = np.array([0, height[-1] + 0.9 * thick[-1] * slope[-1], depth[-1] + 0.9 * thick[-1]])
    return tube(rings, tip)
