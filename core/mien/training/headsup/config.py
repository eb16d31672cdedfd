"""What is asked of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal

from mien.errors import MienError

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class LossWeights:
    """What counts how much in the loss, beside L1's own 1 - ssim.

    Args:
        ssim: Of 1 - SSIM, against L1's rest (Kerbl et al. 2023, equation 7).
        features: How much more L1 counts where eyes and lips are.
        mask: Of the difference between coverage and mask.
        perceptual: Of LPIPS, where its network is on this machine; 0 for none.
        offset: Of squared offsets from the surface, in centimetres.
        scale: Of the squared logarithm by which Gaussians are longer than 12 mm.
        position: Of the distance to the tracked surface, in centimetres.
        color: Of the difference to the colours that the views show at the texels.
        shell: Of the distance of Gaussians to where the hair over their texel ends, in centimetres.
        until: Share of the time after which the last three have faded.
        rest: Share of `position` that stays for good, so that the surface stays the person's.
    """

    ssim: float = 0.2
    features: float = 4.0
    mask: float = 0.2
    perceptual: float = 0.05
    offset: float = 2e-3
    scale: float = 1e-2
    position: float = 0.03
    color: float = 1.0
    shell: float = 0.03
    until: float = 0.5
    rest: float = 0.2

    def position_at(self, fraction: float) -> float:
        """Return the weight of positions at a share of the time."""
        return self.position * max(self.rest, self._left(fraction))

    def color_at(self, fraction: float) -> float:
        """Return the weight of colours at a share of the time."""
        return self.color * self._left(fraction)

    def shell_at(self, fraction: float) -> float:
        """Return the weight of where hair ends at a share of the time."""
        return self.shell * self._left(fraction)

    def _left(self, fraction: float) -> float:
        return max(0.0, 1 - fraction / self.until) if self.until > 0 else 0.0


@dataclass(frozen=True)
class TrainingConfig:
    """What is asked of a training.

    Args:
        steps: How many; None for no limit. One of the two limits must be given.
        hours: Of training, breaks not counted; None for no limit.
        batch: People in each process's part of a step.
        accumulate: Parts that are added up before the network changes.
        views: Fewest and most views that go in; drawn anew for each step.
        targets: Other views that the heads are compared with.
        target_side: Pixels along the longer side of those.
        rate: AdamW's step size at its highest.
        rate_end: Share of it that is left at the end of the cosine.
        warm_up: Steps in which it rises.
        weight_decay: Of weights that are matrices.
        clip: Longest gradient.
        averaging: Of the parameters over steps, for use: the share that a step keeps.
        rig_share: Share of samples that show a neutral face and are compared with an expression.
        jitter: Spread of the light's colour, as a share.
        grey: Share of samples whose views go in before grey, as they do when people are
            reconstructed from views with masks; the others show some colour, or what is there.
        held_out: People who are only measured on, the last ones.
        seed: Of every choice by chance.
        precision: Of the network's insides; `auto` is bfloat16 on CUDA.
        checkpointed: Whether attention is computed again on the way back, to spare memory.
        log_secs: Between lines of the log.
        validate_secs: Between measurements on people held out.
        checkpoint_secs: Between checkpoints.
        weights: Of the loss.

    Raises:
        MienError: A number is out of bounds.
    """

    steps: int | None = None
    hours: float | None = None
    batch: int = 4
    accumulate: int = 1
    views: tuple[int, int] = (3, 8)
    targets: int = 4
    target_side: int = 256
    rate: float = 1e-3
    rate_end: float = 0.02
    warm_up: int = 100
    weight_decay: float = 0.02
    clip: float = 1.0
    averaging: float = 0.999
    rig_share: float = 0.3
    jitter: float = 0.04
    grey: float = 0.6
    held_out: int = 8
    seed: int = 0
    precision: Precision = "auto"
    checkpointed: bool = False
    log_secs: float = 10.0
    validate_secs: float = 300.0
    checkpoint_secs: float = 180.0
    weights: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        if self.steps is None and self.hours is None:
            raise MienError("a training needs an end: --steps or --hours")
        if self.hours is not None and not self.hours > 0:
            raise MienError(f"--hours must be above 0, got {self.hours:g}")
        for name in ("steps", "batch", "accumulate", "targets"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise MienError(f"--{name} must be at least 1, got {value}")
        fewest, most = self.views
        if not 1 <= fewest <= most:
            raise MienError(f"--views {fewest}-{most}: from at least 1 up to as many or more")
        if self.target_side < 16:
            raise MienError(f"targets of {self.target_side} pixels are too small, which needs 16")
        if self.held_out < 0 or self.warm_up < 0:
            raise MienError("people held out and steps to warm up cannot be negative")

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can say."""
        return {**asdict(self), "views": list(self.views)}

    @staticmethod
    def from_dict(held: Mapping[str, Any]) -> TrainingConfig:
        """Return the configuration that JSON said.

        Raises:
            MienError: A name is unknown, or a value is out of bounds.
        """
        try:
            given: dict[str, Any] = dict(held)
            given["views"] = tuple(given["views"])
            given["weights"] = LossWeights(**given["weights"])
            return TrainingConfig(**given)
        except (KeyError, TypeError, ValueError) as error:
            raise MienError(f"not the configuration of a training: {error}") from error

    def resumed_from(self, then: TrainingConfig) -> str:
        """Return the name of a setting that a resumed training may not change but did, or ''."""
        for each in fields(self):
            if each.name in MAY_DIFFER:
                continue
            if getattr(self, each.name) != getattr(then, each.name):
                return each.name
        return ""


MAY_DIFFER = frozenset(
    {"steps", "hours", "batch", "accumulate", "precision", "checkpointed"}
    | {"log_secs", "validate_secs", "checkpoint_secs"}
)
"""What a resumed training may be given anew. Another batch is what another machine can hold; the
training is then exact no longer, but sound."""


RECIPES: Mapping[str, TrainingConfig] = MappingProxyType(
    {
        "tiny": TrainingConfig(
            hours=2 / 60,
            batch=2,
            views=(4, 4),
            targets=3,
            target_side=96,
            rate=1.5e-3,
            warm_up=20,
            averaging=0.96,
            grey=1.0,
            held_out=4,
            log_secs=2.0,
            validate_secs=60.0,
            checkpoint_secs=60.0,
        ),
        "demo": TrainingConfig(hours=8.0, batch=2, rate=1e-3, warm_up=100),
        "base": TrainingConfig(
            hours=24.0, batch=8, views=(4, 12), targets=6, target_side=512, rate=4e-4, warm_up=1000
        ),
        "paper": TrainingConfig(
            steps=300_000,
            batch=4,
            views=(4, 16),
            targets=6,
            target_side=1024,
            rate=2e-4,
            warm_up=3000,
            averaging=0.9995,
            checkpointed=True,
        ),
    }
)
"""How the network of each preset is trained unless told otherwise."""


def recipe(preset: str, **changes: Any) -> TrainingConfig:
    """Return a preset's recipe with changes; a limit that is given takes the place of its own.

    Raises:
        MienError: A value is out of bounds.
    """
    given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    if "steps" in given or "hours" in given:
        given = {"steps": None, "hours": None, **given}
    return replace(RECIPES[preset], **given)
