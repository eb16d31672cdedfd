"""The clouds that are drawn for a figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.camera import Camera
from mien.cli.bench.registry import BenchContext
from mien.gaussians.bounds import bounds
from mien.gaussians.cloud import GaussianCloud, from_colors
from mien.orbit import Orbit

LAM_AVATAR = "lam/p2-1.zip"


@dataclass(frozen=True, eq=False)
class Scene:
    """A cloud and how to stand before it.

    Args:
        title: For the row's name and note.
        cloud: What is drawn.
        orbit: From where.
    """

    title: str
    cloud: GaussianCloud
    orbit: Orbit

    def camera(self, size: tuple[int, int], *, yaw: float = 0.0) -> Camera:
        """Return a camera of this size, turned around the cloud by an angle in radians."""
        return self.orbit.orbited(yaw, 0.0).camera(size)


def shell(num_gaussians: int, *, seed: int = 0) -> Scene:
    """Return Gaussians spread evenly over an ellipsoid the size of a head."""
    rng = np.random.default_rng(seed)
    index = np.arange(num_gaussians) + 0.5
    polar, azimuth = np.arccos(1 - 2 * index / num_gaussians), np.pi * (1 + 5**0.5) * index
    directions = np.stack(
        [np.cos(azimuth) * np.sin(polar), np.cos(polar), np.sin(azimuth) * np.sin(polar)], axis=-1
    )
    means = directions * (0.09, 0.13, 0.11)
    spacing = 0.11 * np.sqrt(4 * np.pi / num_gaussians)
    cloud = from_colors(
        means,
        rng.normal(size=(num_gaussians, 4)),
        np.log(0.7 * spacing) + rng.normal(0, 0.4, (num_gaussians, 3)),
        rng.normal(1.0, 1.5, num_gaussians),
        np.clip(directions * 0.4 + 0.5, 0, 1),
    )
    return Scene(f"{num_gaussians // 1000}k Gaussians", cloud, Orbit().framing((0, 0, 0), 0.14))


def lam_avatar(context: BenchContext) -> Scene | None:
    """Return the LAM avatar at rest, or None where it is not at hand."""
    path = context.find(LAM_AVATAR)
    if path is None:
        return None
    from mien.avatar import open_avatar

    cloud = open_avatar(path).pose()
    box = bounds(cloud)
    return Scene("LAM avatar", cloud, Orbit().framing(box.centre, box.radius))
