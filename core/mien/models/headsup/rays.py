"""Distances of places to rays as inner products, so that fused attention can weigh by them.

The squared distance of a place p to a line with unit direction d and nearest point m to the origin
is |p|² - pᵀddᵀp - 2 p·m + |m|². All but the first term, which every ray of a query has in common,
is the inner product of ten numbers of the place with ten of the ray. Three more let a query favour
rays that meet its surface from outside.
"""

from __future__ import annotations

import torch
from torch import Tensor

NUM_FEATURES = 13

_UNIT = 0.03
"""Metres in which distances are counted."""


def of_places(points: Tensor, normals: Tensor, focus: Tensor, facing: Tensor) -> Tensor:
    """Return the numbers [..., 13] of places, to be multiplied with those of rays.

    The product is `-focus * (distance² - |p|²) + facing * cosine`, distances in units of 3 cm.

    Args:
        points: [..., 3], metres.
        normals: Outward [..., 3].
        focus: Weights of squared distances, broadcast against the places without their last axis.
        facing: Weights of how squarely a ray meets the surface from outside, likewise.
    """
    p = points / _UNIT
    x, y, z = p.unbind(-1)
    squares = torch.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z], dim=-1)
    distance = focus[..., None] * torch.cat([squares, 2 * p, -torch.ones_like(p[..., :1])], dim=-1)
    squareness = -facing[..., None] * normals
    return torch.cat([distance, squareness.expand(*distance.shape[:-1], 3)], dim=-1)


def of_rays(rays: Tensor) -> Tensor:
    """Return the numbers [..., 13] of rays in Plücker coordinates [..., 6], metres."""
    direction, moment = rays.split(3, dim=-1)
    nearest = torch.linalg.cross(direction, moment) / _UNIT
    x, y, z = direction.unbind(-1)
    squares = torch.stack([x * x, y * y, z * z, x * y, x * z, y * z], dim=-1)
    length = nearest.square().sum(dim=-1, keepdim=True)
    return torch.cat([squares, nearest, length, direction], dim=-1)
