"""Selecting Gaussians by what they are: ranges of a property, and floaters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.neighbours import mean_distances

Property = Literal["scale", "opacity", "elongation"]
PROPERTIES: tuple[Property, ...] = ("scale", "opacity", "elongation")

Mask = NDArray[np.bool_]


def property_values(cloud: GaussianCloud, name: Property) -> NDArray[np.float64]:
    """Return a property [N] of each Gaussian.

    `scale` is the geometric mean of the three standard deviations, millimetres; `opacity` 0..1;
    `elongation` the longest over the middle axis.
    """
    if name == "opacity":
        return cloud.opacities.astype(np.float64)
    scales = np.sort(cloud.log_scales.astype(np.float64), axis=1)
    if name == "scale":
        return np.exp(scales.mean(axis=1)) * 1000
    return np.exp(scales[:, 2] - scales[:, 1])


def in_range(values: NDArray[np.float64], low: float, high: float) -> Mask:
    """Return the mask [N] of values between two, both included."""
    return (values >= low) & (values <= high)


@dataclass(frozen=True)
class FloaterRule:
    """What counts as a floater.

    Args:
        neighbours: How many nearest Gaussians the distance is averaged over.
        deviations: How many standard deviations farther than usual its neighbours must be.
        faint: Opacity under which a far one counts at half the deviations.
        huge: How many times larger than the median a lone one must be to count by size.
    """

    neighbours: int = 8
    deviations: float = 3.0
    faint: float = 0.1
    huge: float = 12.0


def floaters(cloud: GaussianCloud, rule: FloaterRule | None = None) -> Mask:
    """Return the mask [N] of Gaussians that hang in the air: statistical outliers.

    The distance to the nearest neighbours is compared with all others' on a logarithmic scale
    (statistical outlier removal, Rusu et al. 2008); faint and huge ones need to be less far away.
    """
    rule = rule or FloaterRule()
    count = cloud.num_gaussians
    if count <= rule.neighbours:
        return np.zeros(count, np.bool_)
    distances = np.log(
        np.maximum(mean_distances(cloud.means.astype(np.float64), rule.neighbours), 1e-9)
    )
    middle = float(np.median(distances))
    # Robust against the outliers themselves: the median deviation, scaled to a normal one.
    spread = 1.4826 * float(np.median(np.abs(distances - middle))) or 1e-9
    score = (distances - middle) / spread
    faint = cloud.opacities < rule.faint
    scales = cloud.log_scales.mean(axis=1)
    huge = scales > np.median(scales) + np.log(rule.huge)
    lenient = score > rule.deviations / 2
    return (score > rule.deviations) | (lenient & (faint | huge))
