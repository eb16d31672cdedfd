"""From a ray and a few numbers to a Gaussian: where along the ray, how large, which way."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_CENTRE = (0.0, -0.02, -0.01)
_RADIUS = 0.11
"""The ball that rays are taken to meet before anything is learnt: a head's, metres."""


@dataclass(frozen=True, eq=False)
class RayGrid:
    """A ray for each cell of views, M views of h by w cells, in the head's frame.

    Args:
        directions: Unit [M, h, w, 3].
        nearest: The points of the rays nearest the origin [M, h, w, 3], metres.
        across: Unit, to the right in the picture [M, h, w, 3].
        spacing: Metres between neighbouring rays at the head's distance [M, h, w].
    """

    directions: Tensor
    nearest: Tensor
    across: Tensor
    spacing: Tensor

    @staticmethod
    def of(rays: Tensor, stride: int) -> RayGrid:
        """Return the rays through the middles of cells of Plücker rays [M, 6, H, W].

        The camera need not be known: the points nearest the origin on the rays of one camera lie
        on a ball through it and the origin (Thales), where neighbours are as far apart as their
        angle times the camera's distance.
        """
        mean = nn.functional.avg_pool2d(rays, stride).permute(0, 2, 3, 1)
        # A mean of unit vectors is shorter than one; scaled alike, both name the same line.
        mean = mean / mean[..., :3].norm(dim=-1, keepdim=True)
        directions, moments = mean.split(3, dim=-1)
        nearest = torch.linalg.cross(directions, moments, dim=-1)
        right, down = _differences(directions, 2), _differences(directions, 1)
        apart = _differences(nearest, 2).norm(dim=-1), _differences(nearest, 1).norm(dim=-1)
        along = (right * directions).sum(dim=-1, keepdim=True)
        across = nn.functional.normalize(right - along * directions, dim=-1)
        # A picture of one column or row has no neighbours there; the other axis then tells.
        flat = across.norm(dim=-1, keepdim=True) < 0.5
        other = nn.functional.normalize(torch.linalg.cross(down, directions, dim=-1), dim=-1)
        across = torch.where(flat, other, across)
        return RayGrid(directions, nearest, across, torch.maximum(*apart).clamp(min=1e-5))

    def start(self) -> Tensor:
        """Return how far along their rays Gaussians begin [M, h, w], from the nearest points."""
        centre = self.nearest.new_tensor(_CENTRE)
        beside = (self.directions * centre).sum(dim=-1)
        missed = (self.nearest + beside[..., None] * self.directions - centre).square().sum(dim=-1)
        return beside - (_RADIUS**2 - missed).clamp(min=0).sqrt()

    def points(self, along: Tensor) -> Tensor:
        """Return the points [M, h, w, 3] so far along the rays from the nearest points."""
        return self.nearest + along[..., None] * self.directions

    def frames(self) -> Tensor:
        """Return axes [M, h, w, 3, 3] in columns: right, down and away in the picture."""
        down = torch.linalg.cross(self.directions, self.across, dim=-1)
        return torch.stack([self.across, down, self.directions], dim=-1)


def _differences(values: Tensor, axis: int) -> Tensor:
    """Return differences of neighbours along an axis, as many as there are values."""
    if values.shape[axis] < 2:
        return torch.zeros_like(values)
    between = values.diff(dim=axis)
    return torch.cat([between, between.narrow(axis, between.shape[axis] - 1, 1)], dim=axis)
