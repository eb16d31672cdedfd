"""What a head should be like: as the views it was not shown, and as what is known of its texels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from mien.gaussians.cloud import SH_C0
from mien.models.headsup.gaussians import Head
from mien.models.pixel_aligned.heads import PixelHeads
from mien.rendering.differentiable import GaussianTensors, Rasterizer
from mien.rendering.protocol import RenderOptions
from mien.training.headsup.config import LossWeights
from mien.training.headsup.pictures import Target
from mien.training.headsup.posing import posed
from mien.training.headsup.samples import Sample, TexelTarget
from mien.training.losses import l1, ssim

_LONGEST = math.log(0.012)
"""Logarithm of the standard deviation beyond which a Gaussian is too long, metres."""
_CENTIMETRES = 100.0
_DRAWN = RenderOptions(depth=False)

Distance = Callable[[Tensor, Tensor], Tensor]
"""Of two pictures [H, W, 3]."""


class Heads(Protocol):
    """Heads of several people, as a network gives them."""

    def gaussians(self, person: int) -> GaussianTensors:
        """Return one person's Gaussians, unposed."""
        ...

    @property
    def offsets(self) -> Tensor:
        """How far Gaussians are from where they belong [B, N, 3], metres."""
        ...

    @property
    def log_scales(self) -> Tensor:
        """Logarithms of their standard deviations [B, N, 3]."""
        ...


@dataclass(frozen=True, eq=False)
class Judgement:
    """How one person's head was.

    Args:
        parts: What the loss is the sum of, weighed, by name.
        psnr: Of the pictures, over their crops, dB.
    """

    parts: dict[str, Tensor]
    psnr: float

    @property
    def loss(self) -> Tensor:
        """The sum of the parts."""
        return torch.stack(list(self.parts.values())).sum()


@dataclass(frozen=True)
class Objective:
    """The loss (HeadsUp, training; Kerbl et al. 2023 for the pictures).

    Args:
        weights: What counts how much.
        rasterize: What draws.
        perceptual: A learned distance of pictures, where one is at hand.
    """

    weights: LossWeights
    rasterize: Rasterizer
    perceptual: Distance | None = field(default=None)

    def judge(
        self,
        heads: Heads,
        person: int,
        sample: Sample,
        *,
        fraction: float,
        backdrop: GaussianTensors | None = None,
    ) -> Judgement:
        """Compare one person's head with what is known of them.

        Args:
            heads: As the network gave them.
            person: Whose.
            sample: What is known.
            fraction: Share of the training that is over.
            backdrop: What the network takes to stand behind, where targets show that.
        """
        gaussians = heads.gaussians(person)
        if sample.motion is not None and isinstance(heads, Head):
            gaussians = posed(gaussians, heads.surface[person], sample.motion)
        if sample.behind is None and backdrop is not None:
            gaussians = _joined(gaussians, backdrop)
        parts, psnr = self._pictures(gaussians, sample)
        parts |= self._regularisers(heads, person)
        if sample.texels is not None and isinstance(heads, Head):
            parts |= self._texels(heads, person, sample.texels, fraction)
        if sample.places is not None and isinstance(heads, PixelHeads):
            places = torch.from_numpy(sample.places).to(heads.points.device)
            strayed = _CENTIMETRES * heads.strayed(person, places)
            parts["position"] = self.weights.position_at(fraction) * strayed
        return Judgement(parts, psnr)

    def _pictures(
        self, gaussians: GaussianTensors, sample: Sample
    ) -> tuple[dict[str, Tensor], float]:
        device = gaussians.means.device
        color = torch.zeros(3) if sample.behind is None else torch.from_numpy(sample.behind)
        sums: dict[str, Tensor] = {}
        psnrs: list[float] = []
        for index, target in enumerate(sample.targets):
            drawn = self.rasterize(gaussians, [target.camera], _DRAWN, background=color.to(device))
            wanted = torch.from_numpy(target.image).to(device)
            for name, part in self._compared(drawn.rgb[0], drawn.alpha[0], wanted, target).items():
                sums[name] = sums[name] + part if name in sums else part
            if index == 0 and self.perceptual is not None and self.weights.perceptual:
                sums["perceptual"] = (
                    len(sample.targets)
                    * self.weights.perceptual
                    * self.perceptual(drawn.rgb[0], wanted)
                )
            error = (drawn.rgb[0].detach().clamp(0, 1) - wanted).square().mean()
            psnrs.append(float(-10 * torch.log10(error + 1e-12)))
        count = len(sample.targets)
        return {name: part / count for name, part in sums.items()}, sum(psnrs) / count

    def _compared(
        self, image: Tensor, alpha: Tensor, wanted: Tensor, target: Target
    ) -> dict[str, Tensor]:
        weights, counts = self.weights, None
        if target.features is not None and weights.features:
            counts = 1 + weights.features * torch.from_numpy(target.features).to(image.device)
        parts = {
            "l1": (1 - weights.ssim) * l1(image, wanted, counts),
            "ssim": weights.ssim * (1 - ssim(image, wanted)),
        }
        if target.mask is not None:
            parts["mask"] = weights.mask * l1(alpha, torch.from_numpy(target.mask).to(alpha.device))
        return parts

    def _regularisers(self, heads: Heads, person: int) -> dict[str, Tensor]:
        offsets = _CENTIMETRES * heads.offsets[person]
        long = (heads.log_scales[person] - _LONGEST).clamp(min=0)
        return {
            "offset": self.weights.offset * offsets.square().sum(dim=1).mean(),
            "scale": self.weights.scale * long.square().mean(),
        }

    def _texels(
        self, heads: Head, person: int, target: TexelTarget, fraction: float
    ) -> dict[str, Tensor]:
        surface = heads.surface[person]
        strayed = surface - torch.from_numpy(target.points).to(surface.device)
        distance = _CENTIMETRES * (strayed.square().sum(dim=1) + 1e-10).sqrt()
        parts = {"position": self.weights.position_at(fraction) * distance.mean()}
        weight = self.weights.color_at(fraction)
        if weight:
            known = torch.from_numpy(target.known).to(surface.device)
            wanted = torch.from_numpy(target.colors).to(surface.device)
            # Of the first layer: it begins as the skin, and the others are free.
            colors = SH_C0 * heads.sh[person, : len(surface), 0] + 0.5
            differing = (colors - wanted).abs().mean(dim=1)
            parts["color"] = weight * (known * differing).mean()
        weight = self.weights.shell_at(fraction)
        if weight:
            touched = torch.from_numpy(target.touched).to(surface.device)
            ends = torch.from_numpy(target.shells).to(surface.device)
            # Of the first layer, too. The surface under it stays the skin's.
            placed = surface.detach() + heads.offsets[person, : len(surface)]
            short = _CENTIMETRES * ((placed - ends).square().sum(dim=1) + 1e-10).sqrt()
            parts["shell"] = weight * (touched * short).mean()
        return parts


def _joined(front: GaussianTensors, back: GaussianTensors) -> GaussianTensors:
    return GaussianTensors(*(torch.cat(pair) for pair in zip(front, back, strict=True)))
