"""What happens during a training, for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mien.training.headsup.examination import Marks
from mien.training.headsup.people import Problem


@dataclass(frozen=True)
class TrainingStage:
    """Something takes a while before the first step."""

    message: str


@dataclass(frozen=True)
class TrainingNote:
    """Something people should know of a training."""

    message: str


@dataclass(frozen=True)
class TrainingProblem:
    """A capture, a folder or a picture cannot be used; told once of each file."""

    problem: Problem


@dataclass(frozen=True)
class TrainingProgress:
    """How far it is.

    Args:
        step: Steps done.
        fraction: Share of the budget that is spent.
        secs: Time spent, breaks not counted.
        loss: Mean since the last time.
        psnr: Of the training's own pictures since then, dB.
        people_per_sec: Samples learnt from in a second, by all processes.
        val_psnr: The last measurement on people held out, dB; None before the first.
    """

    step: int
    fraction: float
    secs: float
    loss: float
    psnr: float
    people_per_sec: float
    val_psnr: float | None


@dataclass(frozen=True, eq=False)
class TrainingMeasured:
    """People held out were measured on.

    Args:
        step: After so many steps.
        marks: How it did.
        preview: A picture of some of them.
    """

    step: int
    marks: Marks
    preview: Path


@dataclass(frozen=True, eq=False)
class TrainingDone:
    """The end.

    Args:
        step: Steps done.
        secs: Time spent, breaks not counted.
        marks: The last measurement; None where nobody was held out.
        cancelled: Whether somebody ended it before its budget was spent.
        skipped: Steps whose gradients were not finite.
    """

    step: int
    secs: float
    marks: Marks | None
    cancelled: bool
    skipped: int


TrainingEvent = (
    TrainingStage
    | TrainingNote
    | TrainingProblem
    | TrainingProgress
    | TrainingMeasured
    | TrainingDone
)
