"""What is asked of a fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Method = Literal["uv", "free"]


@dataclass(frozen=True)
class Rates:
    """Adam's step sizes at the start; all decay exponentially to their share at the end.

    Args:
        offsets: Metres.
        offsets_end: Metres, at the end.
        quats: Of rotations.
        log_scales: Of sizes.
        logit_opacities: Of opacities.
        colors: Of the constant harmonic.
        harmonics: Of the others.
        end: Share of the rates other than the offsets' that is left at the end.
    """

    offsets: float = 3e-4
    offsets_end: float = 8e-6
    quats: float = 4e-3
    log_scales: float = 8e-3
    logit_opacities: float = 3e-2
    colors: float = 6e-3
    harmonics: float = 6e-4
    end: float = 0.15


@dataclass(frozen=True)
class Weights:
    """What counts how much in the loss, beside L1's own 1 - ssim.

    Args:
        ssim: Of 1 - SSIM, against L1's rest (Kerbl et al. 2023, equation 7).
        mask: Of the difference between coverage and mask.
        opacity: Of the mean opacity, so that what is not needed fades (Kheradmand et al. 2024).
        size: Of Gaussians longer than `longest`.
        stray: Of centres that leave their place on the surface, per centimetre squared.
    """

    ssim: float = 0.2
    mask: float = 0.1
    opacity: float = 2e-3
    size: float = 1.0
    stray: float = 2e-3


@dataclass(frozen=True)
class FitConfig:
    """What is asked of a fit.

    Args:
        method: `uv` binds Gaussians to the template's surface, `free` lets them multiply (CUDA).
        minutes: Wall time it may take, preparation included; None for no limit.
        steps: Iterations it may take; None for no limit. One of the two must be given.
        texels: Side of the UV map that a Gaussian is put on each texel of.
        layers: Gaussians beyond the surface (hair, clothes), per texel of the surface; at most.
        frames: Which frames of the capture are fitted.
        template: Name of the head template; None for the tracking's, else Mien's own.
        sh_degree: Of the colours' dependence on direction, 0 to 3.
        coarse: Shares of the time at a quarter and at half the resolution.
        relocate_until: Share of the time until which Gaussians that do nothing are moved to where
            they are needed.
        relocate_every: Steps between.
        preview_secs: Between previews; 0 for none.
        measure_secs: Between measurements on held-out cameras.
        checkpoint_secs: Between checkpoints.
        drop: Share of the Gaussians left out of each step by chance, so that none may rely on
            another being before it (Park et al. 2025, "DropGaussian").
        seed: Of every choice by chance.
        device: torch's.
        rates: Step sizes.
        weights: Of the loss.

    Raises:
        ValueError: A number is out of bounds.
    """

    method: Method = "uv"
    minutes: float | None = 15.0
    steps: int | None = None
    texels: int = 192
    layers: float = 1.0
    frames: tuple[int, ...] = (0,)
    template: str | None = None
    sh_degree: int = 1
    coarse: tuple[float, float] = (0.04, 0.12)
    relocate_until: float = 0.7
    relocate_every: int = 100
    preview_secs: float = 5.0
    measure_secs: float = 20.0
    checkpoint_secs: float = 60.0
    drop: float = 0.1
    seed: int = 0
    device: str = "cpu"
    rates: Rates = field(default_factory=Rates)
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        if self.minutes is None and self.steps is None:
            raise ValueError("a fit needs an end: minutes or steps")
        if self.minutes is not None and not self.minutes > 0:
            raise ValueError(f"minutes must be above 0, got {self.minutes:g}")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps must be at least 1, got {self.steps}")
        if not 8 <= self.texels <= 1024:
            raise ValueError(f"texels must be from 8 to 1024, got {self.texels}")
        if not self.frames:
            raise ValueError("no frame was chosen")
        if not 0 <= self.sh_degree <= 3:
            raise ValueError(f"the degree of spherical harmonics is 0 to 3, not {self.sh_degree}")
