"""Magma, the colours in which FLIP maps are shown: black, purple, orange, pale yellow."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mien.image import Image8

_ANCHORS = (
    "010005 030311 0a0822 130d33 1d1146 28115a 36106a 440f76 52137c 5d177f 6a1c81 762181 832681 "
    "8f2a81 9c2e7f a9327d b63779 c43c75 d0416f dc4869 e65163 ef5d5e f5695c f9785d fb8761 fd9869 "
    "fea571 feb47c fec387 fed194 fde0a2 fceeb0 fcfbbd"
)
"""Magma by Nathaniel Smith and Stéfan van der Walt (CC0) at 33 even places, for lines between."""


def magma_colors(values: NDArray[np.floating]) -> Image8:
    """Return the colours [..., 3] of numbers 0..1 [...]."""
    index = np.clip(values, 0, 1) * np.float32(255)
    return np.take(_table(), index.astype(np.uint8), axis=0)


@cache
def _table() -> Image8:
    anchors = np.array([list(bytes.fromhex(color)) for color in _ANCHORS.split()], np.float64)
    places = np.linspace(0, len(anchors) - 1, 256)
    columns = [np.interp(places, np.arange(len(anchors)), column) for column in anchors.T]
    return np.rint(np.stack(columns, axis=-1)).astype(np.uint8)
