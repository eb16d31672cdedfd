"""Unit quaternions wxyz as tensors."""

from __future__ import annotations

import torch
from torch import Tensor


def rotated(quats: Tensor, vectors: Tensor) -> Tensor:
    """Return vectors [..., 3] turned by unit quaternions [..., 4]."""
    axis = quats[..., 1:]
    twice = 2 * torch.linalg.cross(axis, vectors)
    return vectors + quats[..., :1] * twice + torch.linalg.cross(axis, twice)


def composed(left: Tensor, right: Tensor) -> Tensor:
    """Return the products [..., 4] of quaternions: first `right`, then `left`."""
    a, b, c, d = left.unbind(-1)
    w, x, y, z = right.unbind(-1)
    return torch.stack(
        [
            a * w - b * x - c * y - d * z,
            a * x + b * w + c * z - d * y,
            a * y - b * z + c * w + d * x,
            a * z + b * y - c * x + d * w,
        ],
        dim=-1,
    )


def of_matrices(rotations: Tensor) -> Tensor:
    """Return unit quaternions [..., 4] of rotations [..., 3, 3] (Shepperd 1978)."""
    m = rotations
    x, y, z = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    # Each row is the quaternion times four times one of its numbers: the largest is the safest.
    rows = torch.stack(
        [
            torch.stack([1 + x + y + z, a, b, c], dim=-1),
            torch.stack([a, 1 + x - y - z, d, e], dim=-1),
            torch.stack([b, d, 1 - x + y - z, f], dim=-1),
            torch.stack([c, e, f, 1 - x - y + z], dim=-1),
        ],
        dim=-2,
    )
    largest = rows.diagonal(dim1=-2, dim2=-1).argmax(dim=-1)[..., None, None]
    chosen = rows.take_along_dim(largest, dim=-2)[..., 0, :]
    return torch.nn.functional.normalize(chosen, dim=-1)
