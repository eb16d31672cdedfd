"""Per-Gaussian marks: selected, hidden, deleted. Deleting is a bit, so undoing it is free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SELECTED, HIDDEN, DELETED = 1, 2, 4

Bits = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Marks:
    """The marks [N] of one avatar's Gaussians; immutable, a change makes new ones."""

    bits: Bits

    def __post_init__(self) -> None:
        bits = np.ascontiguousarray(self.bits, dtype=np.uint8)
        bits = bits.view() if bits is self.bits else bits
        bits.setflags(write=False)
        object.__setattr__(self, "bits", bits)

    @staticmethod
    def none(num_gaussians: int) -> Marks:
        """Return marks with nothing marked."""
        return Marks(np.zeros(num_gaussians, np.uint8))

    def with_mark(self, mark: int, where: NDArray[np.bool_], *, on: bool = True) -> Marks:
        """Set or clear one mark where a mask [N] says so."""
        changed = self.bits | mark if on else self.bits & ~np.uint8(mark)
        return Marks(np.where(where, changed, self.bits))

    def has(self, mark: int) -> NDArray[np.bool_]:
        """Return the mask [N] of the Gaussians that carry a mark."""
        return (self.bits & mark) != 0

    @property
    def visible(self) -> NDArray[np.bool_]:
        """The mask [N] of the Gaussians that are drawn and exported."""
        return (self.bits & (HIDDEN | DELETED)) == 0

    def count(self, mark: int) -> int:
        """Return how many Gaussians carry a mark."""
        return int(np.count_nonzero(self.bits & mark))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Marks) and np.array_equal(self.bits, other.bits)

    def __hash__(self) -> int:
        return hash(self.bits.tobytes())
