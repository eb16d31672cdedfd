"""From maps to Gaussians: what each texel's numbers mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mien.models.headsup.canvas import Canvas
from mien.models.quaternions import composed
from mien.rendering.differentiable import GaussianTensors

SURFACE_CHANNELS = 3
GAUSSIAN_CHANNELS = 14
"""Offset 3, size 3, rotation 4, opacity 1, colour 3."""

_SURFACE_UNIT = 0.02
_OFFSET_UNIT = 0.03
"""Metres that a number of one moves the surface, or a Gaussian off it."""
_MOST_SIZE = 3.0
"""How far the logarithm of a size may go from its texel's."""
_TURN = 0.5
_LOGIT_OPACITY = 1.4
"""Where opacities begin: at 0.8."""
_COLOR_UNIT = 2.0
"""Harmonics that a number of one adds: more than half the range of a colour. With a quarter of it,
small networks drew everybody alike for hundreds of steps before they told people apart."""


@dataclass(frozen=True, eq=False)
class Head:
    """Heads of B people as the decoder gives them, N Gaussians each, bound to texels.

    Args:
        surface: Where each texel lies on the person's own surface [B, P, 3], metres.
        offsets: From there to the Gaussians, in the head's axes [B, N, 3].
        quats: [B, N, 4], wxyz, unit.
        log_scales: [B, N, 3].
        logit_opacities: [B, N].
        sh: [B, N, 1, 3].
    """

    surface: Tensor
    offsets: Tensor
    quats: Tensor
    log_scales: Tensor
    logit_opacities: Tensor
    sh: Tensor

    def __len__(self) -> int:
        return len(self.surface)

    @property
    def layers(self) -> int:
        """Gaussians per texel; layer after layer, all texels each."""
        return self.offsets.shape[1] // self.surface.shape[1]

    def gaussians(self, person: int) -> GaussianTensors:
        """Return one person's Gaussians, unposed, ready to be drawn."""
        surface = self.surface[person].repeat(self.layers, 1)
        return GaussianTensors(
            surface + self.offsets[person],
            self.quats[person],
            self.log_scales[person],
            self.logit_opacities[person],
            self.sh[person],
        )


class GaussianHead(nn.Module):
    """Read maps as Gaussians in the tangent frames of the template (HeadsUp, UV Gaussians).

    The first three numbers move the surface itself: it becomes the person's own, which expressions
    and joints then move; they are Mien's addition. The others are relative to it.

    Args:
        canvas: The template's map at the decoder's resolution.
        layers: Gaussians per texel.
    """

    def __init__(self, canvas: Canvas, layers: int) -> None:
        super().__init__()
        self.layers = layers
        for name, values in (
            ("cells", canvas.cells),
            ("points", canvas.points),
            ("frames", canvas.frames),
            ("quats", canvas.quats),
            ("log_scales", canvas.log_scales),
        ):
            self.register_buffer(name, torch.tensor(values), persistent=False)

    @property
    def channels(self) -> int:
        """Numbers per texel that are read."""
        return SURFACE_CHANNELS + self.layers * GAUSSIAN_CHANNELS

    def forward(self, maps: Tensor) -> Head:
        """Return the heads of maps [B, channels, T, T]."""
        cells, frames = self.get_buffer("cells"), self.get_buffer("frames")
        # A texel's numbers lie together in channels-last maps: whole rows are taken.
        texels = maps.float().permute(0, 2, 3, 1).flatten(1, 2).index_select(1, cells)
        moved = torch.einsum("pij,bpj->bpi", frames, texels[..., :SURFACE_CHANNELS])
        surface = self.get_buffer("points") + _SURFACE_UNIT * moved
        layers = texels[..., SURFACE_CHANNELS:].unflatten(-1, (self.layers, GAUSSIAN_CHANNELS))
        # Layer after layer, so that one layer's Gaussians are numbered as the texels are.
        numbers = layers.transpose(1, 2)
        # Apart from each other, or every step below would pick its numbers out of fourteen.
        parts = [part.contiguous() for part in numbers.split([3, 3, 4, 1, 3], dim=-1)]
        offset, size, turn, opacity, color = parts
        offsets = _OFFSET_UNIT * torch.einsum("pij,blpj->blpi", frames, offset)
        sizes = self.get_buffer("log_scales") + _MOST_SIZE * torch.tanh(size / _MOST_SIZE)
        upright = torch.tensor([1.0, 0, 0, 0], device=turn.device)
        turns = nn.functional.normalize(upright + _TURN * turn, dim=-1)
        return Head(
            surface,
            offsets.flatten(1, 2),
            composed(self.get_buffer("quats").expand_as(turns), turns).flatten(1, 2),
            sizes.flatten(1, 2),
            (_LOGIT_OPACITY + opacity[..., 0]).flatten(1, 2),
            (_COLOR_UNIT * color).flatten(1, 2)[:, :, None],
        )
