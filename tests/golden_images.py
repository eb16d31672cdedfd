"""Compare pictures with stored ones; `UPDATE_GOLDEN=1` stores them anew.

Two numbers decide: the mean error, which a change of the whole picture moves, and the mean error
of the worst tile, which a missing eye moves.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from mien.image import Image8, read_image, write_image

GOLDEN = Path(__file__).resolve().parent / "golden"
_TILE = 16


def worst_tile(error: np.ndarray) -> float:
    """Return the greatest mean over tiles of 16 x 16 of an error picture [H, W]."""
    height, width = error.shape
    starts = [np.arange(0, side, _TILE) for side in (height, width)]
    sums = np.add.reduceat(np.add.reduceat(error, starts[0], 0), starts[1], 1)
    sides = [
        np.minimum(_TILE, side - start) for side, start in zip(error.shape, starts, strict=True)
    ]
    return float((sums / np.outer(*sides)).max())


def assert_golden(image: Image8, name: str, *, mean: float = 0.25, tile: float = 2.0) -> None:
    """Assert that a picture [H, W, 3] is the stored one up to errors in bytes, mean and worst tile.

    A picture that differs is left beside the stored one as `NAME.actual.png`.
    """
    path = GOLDEN / f"{name}.png"
    if os.environ.get("UPDATE_GOLDEN"):
        write_image(path, image)
    assert path.exists(), (
        f"{path} is missing: look at the picture, then store it by UPDATE_GOLDEN=1"
    )
    stored = read_image(path)
    assert stored.shape == image.shape
    error = np.abs(stored.astype(np.float64) - image).mean(-1)
    worst = worst_tile(error)
    if error.mean() > mean or worst > tile:
        actual = path.with_suffix(".actual.png")
        write_image(actual, image)
        raise AssertionError(
            f"{name}: mean error {error.mean():.2f} of {mean}, worst tile {worst:.2f} of {tile}; "
            f"what was drawn: {actual}"
        )
