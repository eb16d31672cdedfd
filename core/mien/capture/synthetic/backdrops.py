"""What is behind the person in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.errors import MienError


@dataclass(frozen=True)
class Backdrop:
    """One colour, or a room.

    Args:
        name: What commands call it.
        description: One line.
        color: sRGB bytes; None for a dark capture stage with its panels and cameras.
    """

    name: str
    description: str
    color: tuple[int, int, int] | None

    @property
    def background(self) -> NDArray[np.uint8] | None:
        """The one colour [3] as a capture states it, or None where there is a room."""
        return None if self.color is None else np.array(self.color, np.uint8)


_BACKDROPS: Sequence[Backdrop] = (
    Backdrop("grey", "plain light grey", (186, 189, 193)),
    Backdrop("white", "plain white", (255, 255, 255)),
    Backdrop("black", "plain black", (0, 0, 0)),
    Backdrop("room", "a dark capture stage with its panels", None),
)

BACKDROPS: dict[str, Backdrop] = {backdrop.name: backdrop for backdrop in _BACKDROPS}
"""What people are filmed before, by name."""


def backdrop_named(name: str) -> Backdrop:
    """Return a backdrop by name.

    Raises:
        MienError: There is none of this name.
    """
    if name not in BACKDROPS:
        raise MienError(f"no backdrop {name!r}", hint=f"Choose one of {', '.join(BACKDROPS)}")
    return BACKDROPS[name]
