"""How big a cloud is, in a way a handful of far floaters cannot spoil."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.gaussians.cloud import GaussianCloud
from mien.transforms import Array


@dataclass(frozen=True)
class Bounds:
    """An axis-aligned box in metres."""

    lower: Array
    upper: Array

    @property
    def centre(self) -> Array:
        """The middle [3]."""
        return (self.lower + self.upper) / 2

    @property
    def radius(self) -> float:
        """Half the longest side."""
        return float(np.max(self.upper - self.lower) / 2)


def bounds(cloud: GaussianCloud, *, quantile: float = 0.01) -> Bounds:
    """Return the box of the visible Gaussians' centres between two quantiles of each axis.

    An empty or wholly transparent cloud has the unit box around the origin.
    """
    visible = cloud.means[cloud.logit_opacities > -2.2]
    points = visible if len(visible) else cloud.means
    if not len(points):
        return Bounds(np.full(3, -0.5), np.full(3, 0.5))
    low, high = np.quantile(points.astype(np.float64), [quantile, 1 - quantile], axis=0)
    return Bounds(low, high)
