"""Some cameras of a capture, for other purposes than its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mien.capture.alignment import Realigned
from mien.capture.protocol import Capture, Split


class Resplit(Realigned):
    """A capture of which only some cameras are there, for purposes of their own.

    Args:
        capture: Whose cameras they are; closing this closes it.
        splits: What each is for, by its name; the others are left out.

    Raises:
        ValueError: The capture has no such camera.
    """

    def __init__(self, capture: Capture, splits: Mapping[str, Split]) -> None:
        super().__init__(capture, np.eye(4))
        unknown = splits.keys() - {held.name for held in capture.cameras}
        if unknown:
            raise ValueError(f"{capture.name} has no camera {', '.join(sorted(unknown))}")
        self._cameras = tuple(
            replace(held, split=splits[held.name])
            for held in capture.cameras
            if held.name in splits
        )
