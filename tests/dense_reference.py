"""The oracle: Gaussian splatting as dense torch arithmetic, every pixel with every Gaussian.

No tiles, no lists, no shortcuts: what the equations say, in the precision of its inputs, and
differentiable by torch itself. Slow and large in memory, so for small pictures only.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.differentiable import GaussianTensors, Rasterization
from mien.rendering.protocol import ALPHA_MAX, ALPHA_MIN, EPS_2D, NEAR_PLANE, RenderOptions


def tensors(cloud: GaussianCloud, *, dtype: torch.dtype = torch.float64) -> GaussianTensors:
    """Return a cloud's arrays as tensors of their own."""
    arrays = (cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh)
    return GaussianTensors(*(torch.tensor(array, dtype=dtype) for array in arrays))


def rotations(quats: Tensor) -> Tensor:
    """Return matrices [N, 3, 3] of quaternions wxyz [N, 4] of any length."""
    w, x, y, z = torch.nn.functional.normalize(quats, dim=-1).unbind(-1)
    rows = [
        [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def harmonics(directions: Tensor, degree: int) -> Tensor:
    """Return the basis [N, (degree + 1)^2] at unit directions [N, 3]."""
    x, y, z = directions.unbind(-1)
    one = torch.ones_like(x)
    bands = [
        [0.28209479177387814 * one],
        [-0.4886025119029199 * y, 0.4886025119029199 * z, -0.4886025119029199 * x],
        [
            1.0925484305920792 * x * y,
            -1.0925484305920792 * y * z,
            0.31539156525252005 * (3 * z**2 - 1),
            -1.0925484305920792 * x * z,
            0.5462742152960396 * (x**2 - y**2),
        ],
        [
            -0.5900435899266435 * y * (3 * x**2 - y**2),
            2.890611442640554 * x * y * z,
            -0.4570457994644658 * y * (5 * z**2 - 1),
            0.3731763325901154 * z * (5 * z**2 - 3),
            -0.4570457994644658 * x * (5 * z**2 - 1),
            1.445305721320277 * z * (x**2 - y**2),
            -0.5900435899266435 * x * (x**2 - 3 * y**2),
        ],
    ]
    return torch.stack([value for band in bands[: degree + 1] for value in band], -1)


def render_dense(
    gaussians: GaussianTensors,
    cameras: Sequence[Camera],
    options: RenderOptions | None = None,
    *,
    background: Tensor | None = None,
    alpha_min: float = ALPHA_MIN,
    transmittance_min: float = 1e-4,
) -> Rasterization:
    """Draw; `alpha_min` and `transmittance_min` of 0 make it smooth, for differentiation."""
    options = options or RenderOptions()
    if background is None:
        background = torch.tensor(options.background, dtype=gaussians.means.dtype)
    cuts = (alpha_min, transmittance_min)
    pictures = [_view(gaussians, camera, options, background, cuts) for camera in cameras]
    rgb, alpha, depth = (torch.stack(images) for images in zip(*pictures, strict=True))
    return Rasterization(rgb, alpha, depth if options.depth else None)


def _view(
    gaussians: GaussianTensors,
    camera: Camera,
    options: RenderOptions,
    background: Tensor,
    cuts: tuple[float, float],
) -> tuple[Tensor, Tensor, Tensor]:
    dtype = gaussians.means.dtype
    view = torch.tensor(camera.camera_from_world, dtype=dtype)
    k = torch.tensor(camera.intrinsics, dtype=dtype)
    points = gaussians.means @ view[:3, :3].T + view[:3, 3]
    depths = points[:, 2]
    order = torch.argsort(depths, stable=True)
    order = order[depths[order] > NEAR_PLANE]
    points, depths = points[order], depths[order]

    slopes = []
    for axis, pixels in enumerate(camera.size):
        focal, centre = k[axis, axis], k[axis, 2]
        margin = 0.3 * 0.5 * pixels / focal
        low, high = -centre / focal - margin, (pixels - centre) / focal + margin
        slopes.append(torch.clamp(points[:, axis] / depths, low, high))
    zero = torch.zeros_like(depths)
    jacobian = torch.stack(
        [
            torch.stack([k[0, 0] / depths, zero, -k[0, 0] * slopes[0] / depths], -1),
            torch.stack([zero, k[1, 1] / depths, -k[1, 1] * slopes[1] / depths], -1),
        ],
        -2,
    )
    frame = rotations(gaussians.quats[order]) * gaussians.log_scales[order].exp()[:, None, :]
    frame = jacobian @ view[:3, :3] @ frame
    sharp = frame @ frame.mT
    covariance = sharp + EPS_2D * torch.eye(2, dtype=dtype)
    opacity = torch.sigmoid(gaussians.logit_opacities[order]) * options.opacity_gain
    if options.antialiased:
        ratio = torch.linalg.det(sharp) / torch.linalg.det(covariance)
        opacity = opacity * torch.sqrt(torch.clamp(ratio, min=0))

    directions = gaussians.means[order] - torch.tensor(camera.position, dtype=dtype)
    directions = torch.nn.functional.normalize(directions, dim=-1)
    held = int(gaussians.sh.shape[1] ** 0.5) - 1
    degree = held if options.sh_degree is None else min(held, options.sh_degree)
    basis = harmonics(directions, degree)
    colors = torch.einsum("nk,nkc->nc", basis, gaussians.sh[order, : basis.shape[1]])
    colors = torch.clamp(colors + 0.5, min=0)

    width, height = camera.size
    rows, columns = torch.meshgrid(
        torch.arange(height, dtype=dtype) + 0.5,
        torch.arange(width, dtype=dtype) + 0.5,
        indexing="ij",
    )
    focal = torch.stack([k[0, 0], k[1, 1]])
    centres = points[:, :2] / depths[:, None] * focal + k[:2, 2]
    offsets = torch.stack([columns, rows], -1)[:, :, None, :] - centres
    distance = torch.einsum("hwni,nij,hwnj->hwn", offsets, torch.linalg.inv(covariance), offsets)
    alphas = torch.clamp(opacity * torch.exp(-0.5 * distance), max=ALPHA_MAX)
    alphas = torch.where(alphas >= cuts[0], alphas, torch.zeros_like(alphas))
    after = torch.cumprod(1 - alphas, -1)
    before = torch.cat([torch.ones_like(after[..., :1]), after[..., :-1]], -1)
    drawn = after > cuts[1]
    weights = torch.where(drawn, alphas * before, torch.zeros_like(alphas))
    alpha = weights.sum(-1)
    rgb = weights @ colors + (1 - alpha)[..., None] * background
    covered = alpha > 0
    summed = weights @ depths
    depth = torch.where(covered, summed / torch.where(covered, alpha, torch.ones_like(alpha)), 0.0)
    return rgb, alpha, depth
