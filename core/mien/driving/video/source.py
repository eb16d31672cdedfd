"""What every kind of moving picture gives: instants, a size and any frame by its number."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]


class FrameSource(Protocol):
    """Frames by number. Used by one thread at a time; `VideoReader` sees to that."""

    @property
    def times(self) -> NDArray[np.float64]:
        """When each frame is first shown [T], seconds from the start, increasing."""
        ...

    @property
    def end(self) -> float:
        """When the last frame stops being shown, seconds."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as shown, upright and with square pixels."""
        ...

    @property
    def rotation(self) -> int:
        """Degrees counterclockwise by which stored frames were turned to be upright."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file, as far as it was read; empty for a sound one."""
        ...

    def read(self, index: int) -> dict[int, Frame]:
        """Return a frame [H, W, 3] under its number, with neighbours that came for free."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
