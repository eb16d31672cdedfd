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
