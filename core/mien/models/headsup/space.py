"""The latent space of people: principal directions of a library of latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float32 = NDArray[np.float32]

_LEAST_SHARE = 1e-7
"""Directions with less of the variance than this are what rounding left."""


@dataclass(frozen=True, eq=False)
class PrincipalSpace:
    """Where people differ most from their mean, K directions; coefficients have unit variance.

    Args:
        mean: The mean latent [D, g, g].
        axes: Orthonormal directions [K, D, g, g], the strongest first.
        scales: How far people spread along each [K], in the latent's numbers.
        shares: How much of people's variance each explains [K].

    Raises:
        ValueError: The shapes do not belong together.
    """

    mean: Float32
    axes: Float32
    scales: Float32
    shares: Float32

    def __post_init__(self) -> None:
        k = len(self.scales)
        if self.axes.shape != (k, *self.mean.shape) or self.shares.shape != (k,):
            raise ValueError(
                f"a space of {k} directions does not fit axes {self.axes.shape}, a mean"
                f" {self.mean.shape} and shares {self.shares.shape}"
            )

    @staticmethod
    def of(latents: Sequence[ArrayLike] | NDArray, *, num_axes: int = 64) -> PrincipalSpace:
        """Find the directions of people's latents [P, D, g, g], at most P - 1 of them.

        Raises:
            ValueError: There are fewer than two people.
        """
        held = np.asarray(latents, np.float32)
        if len(held) < 2:
            raise ValueError(f"a space needs at least two people, got {len(held)}")
        mean = held.mean(axis=0)
        apart = (held - mean).reshape(len(held), -1)
        # Far fewer people than numbers: the small matrix of their products has the same answer.
        values, vectors = np.linalg.eigh((apart @ apart.T).astype(np.float64))
        order = np.argsort(-values)[: min(num_axes, len(held) - 1)]
        total = max(float(values.clip(0).sum()), 1e-30)
        order = order[values[order] > _LEAST_SHARE * total]
        axes = (vectors[:, order].T.astype(np.float32) @ apart) / np.sqrt(
            values[order, None]
        ).astype(np.float32)
        scales = np.sqrt(values[order] / (len(held) - 1)).astype(np.float32)
        shares = (values[order] / total).astype(np.float32)
        return PrincipalSpace(mean, axes.reshape(-1, *mean.shape), scales, shares)

    @property
    def num_axes(self) -> int:
        """K."""
        return len(self.scales)

    @property
    def names(self) -> tuple[str, ...]:
        """`direction 1`, `direction 2`, ... [K]."""
        return tuple(f"direction {number + 1}" for number in range(self.num_axes))

    @property
    def standard_deviations(self) -> Float32:
        """One, for each [K]."""
        return np.ones(self.num_axes, np.float32)

    def coefficients(self, latent: ArrayLike) -> Float32:
        """Return where a latent [D, g, g] stands [K], or several [P, D, g, g] stand [P, K]."""
        apart = np.asarray(latent, np.float32) - self.mean
        flat = apart.reshape(*apart.shape[:-3], -1)
        along = flat @ self.axes.reshape(self.num_axes, -1).T
        return (along / self.scales).astype(np.float32)

    def latent(self, coefficients: ArrayLike, *, truncation: float = 1.0) -> Float32:
        """Return the latent [D, g, g] of coefficients [k], k at most K.

        Args:
            coefficients: Those that are left out are zero.
            truncation: How far from the mean towards the person: 1 the person, 0 the mean (Karras
                et al. 2019).

        Raises:
            ValueError: There are more coefficients than directions.
        """
        return self.mean + self.displacement(truncation * np.asarray(coefficients, np.float32))

    def displacement(self, coefficients: ArrayLike) -> Float32:
        """Return how far coefficients [k] move a latent [D, g, g].

        Raises:
            ValueError: There are more coefficients than directions.
        """
        values = np.asarray(coefficients, np.float32)
        if values.ndim != 1 or len(values) > self.num_axes:
            raise ValueError(f"takes up to {self.num_axes} coefficients, got {values.shape}")
        # Sums and not a matrix product, whose threads would fight the kernels' for the cores; and
        # a slider moves one of them: the others need not be read.
        step = np.zeros_like(self.mean)
        for axis in np.flatnonzero(values):
            step += values[axis] * self.scales[axis] * self.axes[axis]
        return step
