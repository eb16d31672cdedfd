"""Cameras from rays: where points lie in pictures of which only the pixels' rays are known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Pinholes:
    """M pinhole cameras.

    Args:
        centres: Where they stand [M, 3], metres.
        inwards: Directions as columns to and fro, up and down, and depth, 0..1 between the middles
            of the outermost pixels [M, 3, 3].
    """

    centres: Tensor
    inwards: Tensor

    @staticmethod
    def of(rays: Tensor) -> Pinholes:
        """Return the cameras whose pixels see along rays.

        The rays of the four corners fix the rest: before they were scaled to unit length,
        directions were affine in the pixel's place.

        Args:
            rays: Plücker coordinates [M, 6, H, W], H and W at least 2.
        """
        corners = rays[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].double()
        directions, moments = corners.transpose(1, 2).split(3, dim=-1)
        return Pinholes(_centres(directions, moments).float(), _inwards(directions).float())

    def project(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return where points lie in the pictures.

        Args:
            points: [3, N], metres.

        Returns:
            Places [M, N, 2], from -1 at the middle of the first pixel to 1 at the last one's, and
            whether a point lies before the camera and in the picture [M, N].
        """
        # One product of all cameras: many of three by three are ten times as slow.
        local = (self.inwards.flatten(0, 1) @ points).unflatten(0, (-1, 3))
        local = local - self.inwards @ self.centres[:, :, None]
        across, down, depth = local.unbind(dim=1)
        inverse = 2 / depth.where(depth > 0, torch.ones_like(depth))
        across, down = across * inverse - 1, down * inverse - 1
        before = (depth > 0) & (across.abs() <= 1) & (down.abs() <= 1)
        return torch.stack([across, down], dim=-1), before


def _centres(directions: Tensor, moments: Tensor) -> Tensor:
    """Return the points nearest to lines [M, 4]."""
    across = torch.eye(3, dtype=directions.dtype, device=directions.device)
    across = across - directions[..., :, None] * directions[..., None, :]
    nearest = torch.linalg.cross(directions, moments)
    return torch.linalg.solve(across.sum(dim=1), nearest.sum(dim=1))


def _inwards(directions: Tensor) -> Tensor:
    first, right, below, last = directions.unbind(dim=1)
    basis = torch.stack([right, below, -first], dim=-1)
    scales = torch.linalg.solve(basis, last)
    first, right, below = scales[:, 2:] * first, scales[:, :1] * right, scales[:, 1:2] * below
    return torch.linalg.inv(torch.stack([right - first, below - first, first], dim=-1))
