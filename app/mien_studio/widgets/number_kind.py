"""What kind of number a control edits: its range, its default and how it is written."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class NumberKind:
    """The range of a number and how people read and write it.

    Args:
        lower: Smallest number.
        upper: Largest number.
        default: Where a reset goes.
        decimals: How many are shown.
        suffix: Unit behind the number, such as `°`.
        signed: Whether positive numbers carry a plus sign.
        step: One arrow key; a hundredth of the range where None.
    """

    lower: float = 0.0
    upper: float = 1.0
    default: float = 0.0
    decimals: int = 2
    suffix: str = ""
    signed: bool = False
    step: float | None = None

    @property
    def span(self) -> float:
        """From the smallest to the largest number; never zero."""
        return (self.upper - self.lower) or 1.0

    @property
    def stride(self) -> float:
        """What one arrow key does."""
        return self.step if self.step is not None else self.span / 100

    @property
    def centred(self) -> bool:
        """Whether the default lies inside the range, so that values grow to both sides."""
        return self.lower < self.default < self.upper

    def clamp(self, number: float) -> float:
        """Return the nearest number of the range."""
        return min(max(number, self.lower), self.upper)

    def fraction(self, number: float) -> float:
        """Return where in the range a number is, 0..1."""
        return (self.clamp(number) - self.lower) / self.span

    def at(self, fraction: float) -> float:
        """Return the number at a fraction of the range."""
        return self.lower + min(max(fraction, 0.0), 1.0) * self.span

    def is_default(self, number: float) -> bool:
        """Return whether a number reads the same as the default."""
        return abs(number - self.default) < 0.5 * 10**-self.decimals

    def text(self, number: float, *, bare: bool = False) -> str:
        """Write a number, without sign and unit where `bare`."""
        value = round(number, self.decimals) + 0.0  # adding zero makes -0 a plain 0
        if bare:
            return f"{value:.{self.decimals}f}"
        sign = "+" if self.signed and value > 0 else ""
        return f"{sign}{value:.{self.decimals}f}{self.suffix}"

    def parse(self, text: str) -> float | None:
        """Read what a person typed, with or without the unit; None for what is no number."""
        bare = text.strip().removesuffix(self.suffix.strip()).strip().replace(",", ".")
        try:
            number = float(bare)
        except ValueError:
            return None
        return self.clamp(number) if math.isfinite(number) else None
