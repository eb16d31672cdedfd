"""What a fit says while it runs: frozen values that may cross threads and processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.kinds.static import StaticAvatar

Fitted = RiggedAvatar | StaticAvatar


@dataclass(frozen=True)
class FitStage:
    """It prepares: reads pictures, finds the head.

    Args:
        message: For people.
        fraction: Of the preparation, 0..1; None where unknown.
    """

    message: str
    fraction: float | None = None


@dataclass(frozen=True)
class FitProgress:
    """It optimises.

    Args:
        step: Iterations done.
        fraction: Of the budget, 0..1.
        elapsed_secs: Since the start, all runs of a resumed fit together.
        loss: Mean of the last steps.
        psnr: In dB on the training pictures, mean of the last steps.
        held_out_psnr: In dB on the held-out cameras at the last measurement; None before.
        num_gaussians: How many there are.
        steps_per_sec: Over the last steps.
    """

    step: int
    fraction: float
    elapsed_secs: float
    loss: float
    psnr: float
    held_out_psnr: float | None
    num_gaussians: int
    steps_per_sec: float


@dataclass(frozen=True, eq=False)
class FitPreview:
    """It shows how far it is.

    Args:
        step: Iterations done.
        avatar: As it would be saved now.
    """

    step: int
    avatar: Fitted


@dataclass(frozen=True)
class Score:
    """How near one picture of a held-out camera comes, inside the box of the photograph's mask.

    Args:
        camera: Its name.
        frame: Its frame.
        psnr: dB.
        ssim: 0..1.
    """

    camera: str
    frame: int
    psnr: float
    ssim: float


@dataclass(frozen=True)
class FitReport:
    """What came of it.

    Args:
        steps: Iterations done.
        elapsed_secs: Preparation included.
        num_gaussians: How many there are.
        psnr: Mean over the held-out pictures, dB; None where no camera was held out.
        ssim: Likewise.
        scores: Of each.
        notes: What its user should know: how the head was found, frames that were missing.
        cpu_secs: Of all its threads together, preparation included: on a busy machine the fairer
            measure of what it cost.
    """

    steps: int
    elapsed_secs: float
    num_gaussians: int
    psnr: float | None
    ssim: float | None
    scores: tuple[Score, ...] = ()
    notes: tuple[str, ...] = ()
    cpu_secs: float = 0.0

    def summary(self) -> Mapping[str, str | float | int]:
        """Return it as plain values, for a file's provenance."""
        numbers = {"psnr": self.psnr, "ssim": self.ssim}
        measured = {name: round(value, 4) for name, value in numbers.items() if value is not None}
        return {
            "steps": self.steps,
            "seconds": round(self.elapsed_secs, 1),
            "cpu_seconds": round(self.cpu_secs, 1),
            "num_gaussians": self.num_gaussians,
            "held_out_pictures": len(self.scores),
            **measured,
        }


@dataclass(frozen=True, eq=False)
class FitDone:
    """It has ended.

    Args:
        avatar: The best there is.
        report: How good it is.
        cancelled: Whether it was stopped before its budget was spent.
    """

    avatar: Fitted
    report: FitReport
    cancelled: bool = field(default=False)


FitEvent = FitStage | FitProgress | FitPreview | FitDone
