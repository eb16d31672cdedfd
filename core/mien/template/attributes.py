"""Which identities are likely for a sex, an age, a weight and an ancestry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

ATTRIBUTE_NAMES = ("masculinity", "age_years", "heaviness", "african", "asian", "european")
"""The rows of `IdentityAttributes.directions`.

Masculinity is 0..1, heaviness -1 (thin) .. 1 (heavy); the last three are shares that sum to one,
so they carry the constant too.
"""

AGE_RANGE = (25.0, 90.0)
"""The years between which shapes age; somebody younger or older has the shape of the nearer end."""


@dataclass(frozen=True, eq=False)
class IdentityAttributes:
    """A linear Gaussian model of the identity coefficients of people.

    Args:
        directions: What a unit of each of ATTRIBUTE_NAMES adds to the coefficients [A, D].
        residual: A factor [D, D] of the covariance of what attributes do not explain: coefficients
            are the mean plus `residual @ z` with standard normal `z` [D].

    Raises:
        ValueError: The shapes do not belong together.
    """

    directions: Float32
    residual: Float32

    def __post_init__(self) -> None:
        for name in ("directions", "residual"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float32)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        count = self.residual.shape[-1]
        if (
            self.directions.shape != (len(ATTRIBUTE_NAMES), count)
            or self.residual.shape != (count, count)
        ):  # fmt: skip
            raise ValueError(
                f"directions and residual must be [{len(ATTRIBUTE_NAMES)}, D] and [D, D], got"
                f" {self.directions.shape} and {self.residual.shape}"
            )

    def mean(
        self,
        *,
        masculinity: float = 0.5,
        age_years: float = 35.0,
        heaviness: float = 0.0,
        ancestry: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> Float32:
        """Return the typical coefficients [D] of people with these attributes.

        Args:
            masculinity: 0 female .. 1 male features.
            age_years: Adults; beyond AGE_RANGE shapes change no more.
            heaviness: -1 thin .. 1 heavy.
            ancestry: African, Asian and European shares; they need not sum to one.

        Raises:
            ValueError: A number is not finite, or the shares are negative or sum to nothing.
        """
        shares = np.asarray(ancestry, np.float64)
        others = np.array([masculinity, np.clip(age_years, *AGE_RANGE), heaviness])
        if shares.shape != (3,) or not np.isfinite(np.r_[shares, others]).all():
            raise ValueError(f"attributes must be finite numbers, got {ancestry} and {others}")
        if shares.min() < 0 or shares.sum() <= 0:
            raise ValueError(f"ancestry takes three shares that are not negative, got {ancestry}")
        values = np.r_[others, shares / shares.sum()]
        return (values @ self.directions).astype(np.float32)

    def draw(self, rng: np.random.Generator, mean: Float32, *, variety: float = 1.0) -> Float32:
        """Draw the coefficients [D] of somebody around a mean [D].

        Args:
            rng: What to draw from.
            mean: Typical coefficients, as `mean` returns them.
            variety: A factor on how far people stray from it; 0 draws the typical person.
        """
        stray = rng.standard_normal(len(self.residual))
        return (mean + variety * (self.residual @ stray)).astype(np.float32)
