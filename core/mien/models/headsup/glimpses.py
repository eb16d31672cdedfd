"""Glimpses: what the views show where the template is, before anything is known of the person."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mien.models.headsup.canvas import Canvas
from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.views import Views
from mien.models.pinhole import Pinholes

_CHANNELS = 6
"""A mean colour, how much views differ from it, how well they see the place, and how surely all of
them see the person there."""
_UNSEEN = 1e-4
"""The weight of the best view up to which nothing is known of a place."""
_SAME = 0.01
"""A spread of colours that is as good as none: below, rounding would count."""
_FAINT = 0.1
"""The weight of the best view that makes a place half seen."""


class Glimpses(nn.Module):
    """What queries begin with: the views' colours over each texel, averaged over views.

    Mien's own addition to the published queries, as ray focus is to their attention: what lies near
    the template need not be found in the views first. Colours are looked up at several heights over
    the template, for hair; where views agree is where something is. What hides what is not known.

    Args:
        config: Sizes.
        canvas: The template's map at the resolution of Gaussians.
    """

    def __init__(self, config: HeadsUpConfig, canvas: Canvas) -> None:
        super().__init__()
        self._side, fold = canvas.side, canvas.side // config.latent_grid
        self._heights = config.glimpses
        self.register_buffer("points", torch.tensor(canvas.points.T), persistent=False)
        self.register_buffer("normals", torch.tensor(canvas.frames[:, :, 2].T), persistent=False)
        self.register_buffer("cells", torch.tensor(canvas.cells), persistent=False)
        channels = _CHANNELS * len(config.glimpses)
        self.fold = nn.Conv2d(channels, config.latent_dim, fold, stride=fold)

    def forward(self, sets: Sequence[Views]) -> Tensor:
        """Return what views of B people show at the coarse texels [B, g², D].

        Args:
            sets: Views of the same people, of any sizes.
        """
        return self.fold(self.maps(sets)).flatten(2).transpose(1, 2)

    @torch.no_grad()
    def maps(self, sets: Sequence[Views]) -> Tensor:
        """Return what views of B people show at the texels [B, 6 heights, T, T]; 0 on no surface.

        Of all heights: colours around zero, then spreads of colours, how well the best view sees
        a place, and how surely it is the person's, less a half.
        """
        looks = [self._looks(each) for each in sets]
        sums = torch.stack([each for each, _, _ in looks]).sum(dim=0)
        best = torch.stack([each for _, each, _ in looks]).amax(dim=0)
        inside = torch.stack([each for _, _, each in looks]).amin(dim=0)
        return self._drawn(sums, best, inside)

    def _looks(self, views: Views) -> tuple[Tensor, Tensor, Tensor]:
        """Return sums over views, the largest weights, and how surely places are the person's.

        The sums [B, 5, heights, P] are of weights, and of colours and their squared lengths by
        them, for P texels. A place is the person's where no mask says otherwise [B, heights, P]: it
        lies in the visual hull (Laurentini 1994).
        """
        shape = views.images.shape[:2]
        pinholes = Pinholes.of(views.rays.flatten(0, 1))
        points, normals = self.get_buffer("points"), self.get_buffer("normals")
        towards = pinholes.centres[:, :, None] - points
        squareness = (towards * normals).sum(dim=1).clamp(min=0)
        facing = (squareness.square() / towards.square().sum(dim=1)).unflatten(0, shape)
        images = views.images.flatten(0, 1).float()
        sums: list[Tensor] = []
        best: list[Tensor] = []
        inside: list[Tensor] = []
        for height in self._heights:
            places, before = pinholes.project(points + height * normals)
            found = nn.functional.grid_sample(images, places[:, None], align_corners=True)
            found, before = found[:, :, 0].unflatten(0, shape), before.unflatten(0, shape)
            colors, masks = found[:, :, :3], found[:, :, 3]
            weights = facing * before * masks
            colored = (weights[:, :, None] * colors).sum(dim=1)
            squared = (weights * colors.square().sum(dim=2)).sum(dim=1)
            sums.append(torch.cat([weights.sum(dim=1)[:, None], colored, squared[:, None]], dim=1))
            best.append(weights.amax(dim=1))
            inside.append(masks.where(before, torch.ones_like(masks)).amin(dim=1))
        return torch.stack(sums, dim=2), torch.stack(best, dim=1), torch.stack(inside, dim=1)

    def _drawn(self, sums: Tensor, best: Tensor, inside: Tensor) -> Tensor:
        """Return maps [B, C, T, T] of what looks gave."""
        weights, colors, squares = sums.split([1, 3, 1], dim=1)
        # Of what no view sees, rounding must not make a colour.
        inverse = torch.where(best[:, None] > _UNSEEN, 1 / weights, 0)
        mean = colors * inverse
        spread = (squares * inverse - mean.square().sum(dim=1, keepdim=True)).clamp(min=0)
        seen = (best / (best + _FAINT))[:, None]
        known = [
            seen * (mean - 0.5),
            (spread + _SAME**2).sqrt() - _SAME,
            seen,
            inside[:, None] - 0.5,
        ]
        channels = torch.cat(known, dim=1).flatten(1, 2)
        maps = channels.new_zeros(*channels.shape[:2], self._side**2)
        maps[:, :, self.get_buffer("cells")] = channels
        return maps.unflatten(2, (self._side, self._side))
