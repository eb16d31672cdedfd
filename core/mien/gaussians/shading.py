"""View modes: other ways to colour and shape a cloud, drawn by the same renderers.

Each is a pure function from a cloud and the camera to the cloud that is drawn instead. Colour,
depth and alpha need none: they are what a frame has anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.camera import Camera
from mien.gaussians.bounds import bounds
from mien.gaussians.cloud import SH_C0, Float32, GaussianCloud
from mien.gaussians.colormap import ramp_colors, wheel_colors
from mien.transforms import matrix_from_quat, normalize

SELECTION_COLOR = (1.0, 0.62, 0.11)
"""sRGB of selected Gaussians."""

_SOLID = 10.0
"""A logit that is opaque."""

_SOLID_GAIN = 50.0
"""Opaque Gaussians times this are solid out to 2.8 standard deviations and end soon after."""

_ELLIPSOID_SIZE = np.float32(np.log(0.45))
"""Factor (logarithm) that brings the solid part of an ellipsoid to 1.26 standard deviations."""

_POINT_FRACTION = 0.0016
"""Standard deviation of a point as a fraction of the cloud's radius."""

_NUM_STRIPES = 24


@dataclass(frozen=True)
class Shading:
    """A view mode.

    Args:
        label: What people call it.
        apply: Gives the cloud to draw.
        opacity_gain: What RenderOptions should have as `opacity_gain`.
        follows_camera: Whether the result depends on the camera; if not, it may be kept.
    """

    label: str
    apply: Callable[[GaussianCloud, Camera], GaussianCloud]
    opacity_gain: float = 1.0
    follows_camera: bool = False


def recolored(cloud: GaussianCloud, colors: ArrayLike) -> GaussianCloud:
    """Return a cloud with plain sRGB colours [N, 3] instead of its harmonics."""
    sh = (np.asarray(colors, np.float32) - np.float32(0.5)) / np.float32(SH_C0)
    return cloud.replace(sh=np.broadcast_to(sh, (cloud.num_gaussians, 3))[:, None, :])


def normals(cloud: GaussianCloud, camera: Camera) -> Float32:
    """Return the shortest axis [N, 3] of each Gaussian, unit length, world, facing the camera."""
    shortest = np.argmin(cloud.log_scales, axis=1)
    axes = np.take_along_axis(matrix_from_quat(cloud.quats), shortest[:, None, None], axis=2)[
        ..., 0
    ]
    toward = camera.world_from_camera[:3, 3] - cloud.means
    away = np.sum(axes * toward, axis=1, keepdims=True) < 0
    return np.where(away, -axes, axes).astype(np.float32)


def shade_normals(cloud: GaussianCloud, camera: Camera) -> GaussianCloud:
    """Colour by normal in the camera's frame: x right is red, y up green, toward it blue."""
    in_camera = normals(cloud, camera) @ camera.world_from_camera[:3, :3]
    return recolored(cloud, in_camera * np.array([0.5, -0.5, -0.5], np.float32) + 0.5)


def shade_ellipsoids(cloud: GaussianCloud, camera: Camera) -> GaussianCloud:
    """Make solid ellipsoids of the Gaussians, lit from the camera so that each can be made out."""
    toward = normalize(camera.world_from_camera[:3, 3] - cloud.means)
    facing = np.sum(normals(cloud, camera) * toward, axis=1, keepdims=True)
    colors = np.clip(cloud.base_colors, 0, 1) * (0.45 + 0.55 * facing)
    # A little of its own for each, or neighbours of one colour would run together.
    own = 1 + 0.16 * (_scattered(cloud.num_gaussians) - 0.5)
    return _solid(
        recolored(cloud, colors * own[:, None]), log_scales=cloud.log_scales + _ELLIPSOID_SIZE
    )


def shade_points(cloud: GaussianCloud, camera: Camera) -> GaussianCloud:
    """Make each Gaussian a dot of one size at its centre."""
    size = np.log(max(bounds(cloud).radius, 1e-6) * _POINT_FRACTION)
    colored = recolored(cloud, np.clip(cloud.base_colors, 0, 1))
    return _solid(colored, log_scales=np.full((cloud.num_gaussians, 3), size, np.float32))


def shade_scale(cloud: GaussianCloud, camera: Camera) -> GaussianCloud:
    """Colour by size, the geometric mean of the axes, from the 2nd to the 98th percentile."""
    return recolored(cloud, ramp_colors(spread(cloud.log_scales.mean(axis=1))))


def shade_opacity(cloud: GaussianCloud, camera: Camera) -> GaussianCloud:
    """Colour by opacity, 0 to 1, and draw all alike, so that faint ones can be seen."""
    colored = recolored(cloud, ramp_colors(cloud.opacities))
    return colored.replace(logit_opacities=np.full(cloud.num_gaussians, 2.0, np.float32))


def shade_index(cloud: GaussianCloud, camera: Camera) -> GaussianCloud:
    """Colour by index or texel, so that a place of the head can be followed from pose to pose.

    Hues run once around along the index and lightness in stripes, as fine marks within a hue.
    """
    along = np.arange(cloud.num_gaussians) / max(cloud.num_gaussians, 1)
    stripes = 0.5 + 0.5 * np.sin(2 * np.pi * _NUM_STRIPES * along)
    return recolored(cloud, wheel_colors(along, lightness=0.58 + 0.24 * stripes))


SHADINGS: dict[str, Shading] = {
    "normals": Shading("Normals", shade_normals, follows_camera=True),
    "ellipsoids": Shading(
        "Ellipsoids", shade_ellipsoids, opacity_gain=_SOLID_GAIN, follows_camera=True
    ),
    "points": Shading("Points", shade_points, opacity_gain=_SOLID_GAIN),
    "index": Shading("Tracking colours", shade_index),
    "scale": Shading("Scale", shade_scale),
    "opacity": Shading("Opacity", shade_opacity),
}
"""The view modes by name, in the order of a menu."""


def highlight(
    cloud: GaussianCloud,
    selected: NDArray[np.bool_],
    *,
    color: tuple[float, float, float] = SELECTION_COLOR,
    amount: float = 0.75,
) -> GaussianCloud:
    """Blend the colours of selected Gaussians [N] towards one, 0 not at all, 1 wholly."""
    sh = np.array(cloud.sh)
    target = ((np.asarray(color, np.float32) - 0.5) / SH_C0).astype(np.float32)
    sh[selected] *= np.float32(1 - amount)
    sh[selected, 0] += np.float32(amount) * target
    return cloud.replace(sh=sh)


def spread(values: NDArray[np.floating], *, quantile: float = 0.02) -> NDArray[np.float64]:
    """Scale values [N] to 0..1 between two quantiles; all equal values give a half."""
    numbers = np.asarray(values, np.float64)
    if not len(numbers):
        return numbers
    low, high = np.quantile(numbers, [quantile, 1 - quantile])
    if high - low < 1e-9:
        return np.full(len(numbers), 0.5)
    return np.clip((numbers - low) / (high - low), 0, 1)


def _solid(cloud: GaussianCloud, *, log_scales: NDArray[np.floating]) -> GaussianCloud:
    # What was all but transparent stays so: floaters would wall the head in.
    shown = cloud.opacities > 0.05
    return cloud.replace(
        logit_opacities=np.where(shown, _SOLID, -30.0).astype(np.float32),
        log_scales=log_scales.astype(np.float32),
    )


def _scattered(count: int) -> NDArray[np.floating]:
    """Return numbers 0..1 [count], each far from the last (multiples of the golden mean)."""
    return np.arange(count) * 0.6180339887498949 % 1
