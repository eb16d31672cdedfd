"""Picking: which Gaussian one means by a click."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.protocol import ALPHA_MAX, ALPHA_MIN, EPS_2D, NEAR_PLANE
from mien.transforms import apply, matrix_from_quat


@dataclass(frozen=True)
class Contribution:
    """A Gaussian's part in a pixel.

    Args:
        index: Of the Gaussian.
        alpha: Its own coverage of the pixel.
        weight: What of it is seen, behind everything before it.
        depth: Metres along the view axis.
    """

    index: int
    alpha: float
    weight: float
    depth: float


def contributions(
    cloud: GaussianCloud,
    camera: Camera,
    pixel: tuple[float, float],
    *,
    visible: NDArray[np.bool_] | None = None,
) -> list[Contribution]:
    """Return the Gaussians that make a pixel up, front to back.

    The projection is EWA splatting's (Zwicker et al. 2001) as the renderers do it, for one pixel.

    Args:
        cloud: As it is drawn.
        camera: From where.
        pixel: Its centre, such as (0.5, 0.5) for the top left one.
        visible: Mask [N] of those that are drawn, or None for all.
    """
    centres, depths = camera.project(cloud.means)
    # Three standard deviations of the longest axis bound what can reach the pixel.
    spread = np.exp(cloud.log_scales.max(axis=1).astype(np.float64))
    focal = float(max(camera.intrinsics[0, 0], camera.intrinsics[1, 1]))
    reach = 3.4 * (spread * focal / np.maximum(depths, NEAR_PLANE) + EPS_2D)
    near = depths > NEAR_PLANE
    near &= np.abs(centres - np.asarray(pixel)).max(axis=1) < 1.5 * reach
    if visible is not None:
        near &= visible
    found = np.flatnonzero(near)
    away = np.asarray(pixel, np.float64) - centres[found]
    alphas = _alphas(cloud, camera, found, away)
    kept = alphas >= ALPHA_MIN
    found, alphas = found[kept], alphas[kept]
    order = np.argsort(depths[found], kind="stable")
    passed = 1.0
    result: list[Contribution] = []
    for place in order:
        alpha, index = float(alphas[place]), int(found[place])
        result.append(Contribution(index, alpha, passed * alpha, float(depths[index])))
        passed *= 1 - alpha
    return result


def pick(
    cloud: GaussianCloud,
    camera: Camera,
    pixel: tuple[float, float],
    *,
    visible: NDArray[np.bool_] | None = None,
) -> Contribution | None:
    """Return the Gaussian that is most seen at a pixel, the front one of equals; None for none."""
    found = contributions(cloud, camera, pixel, visible=visible)
    return max(found, key=lambda one: one.weight, default=None)


def _alphas(
    cloud: GaussianCloud,
    camera: Camera,
    indices: NDArray[np.intp],
    away: NDArray[np.floating],
) -> NDArray[np.float64]:
    view = camera.camera_from_world
    local = apply(view, cloud.means[indices].astype(np.float64))
    axes = view[:3, :3] @ matrix_from_quat(cloud.quats[indices].astype(np.float64))
    half = axes * np.exp(cloud.log_scales[indices].astype(np.float64))[:, None, :]
    x, y, z = local.T
    fx, fy = camera.intrinsics[0, 0], camera.intrinsics[1, 1]
    zeros = np.zeros_like(z)
    jacobian = np.stack(
        [
            np.stack([fx / z, zeros, -fx * x / z**2], -1),
            np.stack([zeros, fy / z, -fy * y / z**2], -1),
        ],
        axis=1,
    )
    spread = jacobian @ half
    covariance = spread @ spread.swapaxes(1, 2) + EPS_2D * np.eye(2)
    offset = away[:, :, None]
    distance = (offset.swapaxes(1, 2) @ np.linalg.inv(covariance) @ offset)[:, 0, 0]
    return np.minimum(cloud.opacities[indices] * np.exp(-0.5 * distance), ALPHA_MAX)
