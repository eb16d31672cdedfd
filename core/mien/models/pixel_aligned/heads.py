"""Heads as unions of the Gaussians of every view's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mien.gaussians.cloud import SH_C0
from mien.models.pixel_aligned.placing import RayGrid
from mien.models.quaternions import composed, of_matrices
from mien.rendering.differentiable import GaussianTensors

CHANNELS = 15
"""Depth 1, offset 3, size 3, rotation 4, opacity 1, colour 3."""

_REACH = 0.25
"""How far from its start a Gaussian may go along its ray, metres."""
_DEPTH_UNIT = 0.03
_OFFSET_UNIT = 0.01
"""Metres that a number of one moves a Gaussian along its ray, or off it."""
_OVERLAP = 0.6
"""A Gaussian's standard deviation at the start, in the distance to its neighbours."""
_MOST_SIZE = 3.0
_TURN = 0.5
_COLOR_UNIT = 0.5


@dataclass(frozen=True, eq=False)
class PixelHeads:
    """Heads of B people, N Gaussians each: view after view, row after row.

    Args:
        points: Where on their rays the Gaussians are [B, N, 3], metres.
        offsets: From there to their centres [B, N, 3].
        quats: [B, N, 4], wxyz, unit.
        log_scales: [B, N, 3].
        logit_opacities: [B, N].
        sh: [B, N, 1, 3].
    """

    points: Tensor
    offsets: Tensor
    quats: Tensor
    log_scales: Tensor
    logit_opacities: Tensor
    sh: Tensor

    def __len__(self) -> int:
        return len(self.points)

    def gaussians(self, person: int) -> GaussianTensors:
        """Return one person's Gaussians, ready to be drawn."""
        return GaussianTensors(
            self.points[person] + self.offsets[person],
            self.quats[person],
            self.log_scales[person],
            self.logit_opacities[person],
            self.sh[person],
        )

    def strayed(self, person: int, places: Tensor) -> Tensor:
        """Return how far one person's Gaussians are from what their pixels show, on average.

        Args:
            person: Whose.
            places: The points that the pixels of their views show [V, 3, S, S], metres, NaN where
                nobody knows; cells that lie partly there do not count.
        """
        stride = round((places.shape[0] * places.shape[2] ** 2 / self.points.shape[1]) ** 0.5)
        shown = nn.functional.avg_pool2d(places, stride).permute(0, 2, 3, 1).reshape(-1, 3)
        known = shown.isfinite().all(dim=1)
        steps = self.points[person][known] - shown[known]
        return (steps.square().sum(dim=1) + 1e-10).sqrt().sum() / known.sum().clamp(min=1)

    @staticmethod
    def joined(parts: Sequence[PixelHeads]) -> PixelHeads:
        """Return the union of what several sets of views of the same people gave."""
        if len(parts) == 1:
            return parts[0]

        def all_of(name: str) -> Tensor:
            return torch.cat([getattr(part, name) for part in parts], dim=1)

        return PixelHeads(
            all_of("points"), all_of("offsets"), all_of("quats"), all_of("log_scales"),
            all_of("logit_opacities"), all_of("sh"),
        )  # fmt: skip


def heads_of(maps: Tensor, images: Tensor, rays: Tensor, *, people: int, stride: int) -> PixelHeads:
    """Return the heads that maps of numbers mean.

    A Gaussian sits on the ray of its cell, begins with its pixel's colour and about as large as the
    cell, and is turned from the picture's own axes (Szymanowicz et al. 2024, section 3).

    Args:
        maps: [M, 15, h, w], the views of the first person first.
        images: sRGB 0..1 [M, 3, H, W].
        rays: Plücker coordinates [M, 6, H, W].
        people: B.
        stride: H / h.
    """
    grid = RayGrid.of(rays, stride)
    numbers = maps.float().permute(0, 2, 3, 1)
    depth, offset, size, turn, opacity, color = numbers.split([1, 3, 3, 4, 1, 3], dim=-1)
    along = grid.start() + _REACH * torch.tanh(_DEPTH_UNIT / _REACH * depth[..., 0])
    frames = grid.frames()
    offsets = _OFFSET_UNIT * torch.einsum("mhwij,mhwj->mhwi", frames, offset)
    sizes = (_OVERLAP * grid.spacing).log()[..., None]
    upright = turn.new_tensor([1.0, 0, 0, 0])
    turns = nn.functional.normalize(upright + _TURN * turn, dim=-1)
    seen = nn.functional.avg_pool2d(images, stride).permute(0, 2, 3, 1)
    sh = (seen - 0.5) / SH_C0 + _COLOR_UNIT * color

    def of_people(values: Tensor) -> Tensor:
        return values.reshape(people, -1, values.shape[-1])

    return PixelHeads(
        of_people(grid.points(along)),
        of_people(offsets),
        of_people(composed(of_matrices(frames), turns)),
        of_people(sizes + _MOST_SIZE * torch.tanh(size / _MOST_SIZE)),
        of_people(opacity)[..., 0],
        of_people(sh)[:, :, None],
    )
