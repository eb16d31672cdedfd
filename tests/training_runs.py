"""Small trainings, run to their end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from headsup_networks import SMALL
from mien.models.headsup.config import HeadsUpConfig
from mien.training.headsup.config import LossWeights, TrainingConfig
from mien.training.headsup.events import TrainingDone, TrainingEvent
from mien.training.headsup.loop import Assignment, train
from mien.training.headsup.methods import HeadsUpMethod
from mien.training.headsup.people import People
from mien.training.headsup.ranks import Ranks

QUICK = TrainingConfig(
    steps=4,
    batch=2,
    views=(2, 3),
    targets=2,
    target_side=40,
    rate=2e-3,
    warm_up=2,
    averaging=0.9,
    rig_share=0.5,
    held_out=1,
    log_secs=0,
    validate_secs=1e9,
    checkpoint_secs=1e9,
    weights=LossWeights(perceptual=0),
)


def run(
    folders: Path | list[Path],
    out: Path,
    config: TrainingConfig = QUICK,
    *,
    network: HeadsUpConfig = SMALL,
    stop_after: int | None = None,
    num_workers: int = 0,
    resume: bool = False,
    **changes: object,
) -> list[TrainingEvent]:
    """Train a small network; return what happened, which ends with TrainingDone."""
    config = replace(config, **changes)  # pyright: ignore[reportArgumentType]
    torch.manual_seed(config.seed)
    people = People.of(
        [folders] if isinstance(folders, Path) else folders, held_out=config.held_out
    )
    asked = 0

    def cancel() -> bool:
        nonlocal asked
        asked += 1
        return stop_after is not None and asked > stop_after

    with Ranks(torch.device("cpu")) as ranks:
        assignment = Assignment(
            HeadsUpMethod(network), people, config, out, num_workers=num_workers, resume=resume
        )
        events = list(train(assignment, ranks, cancel=cancel))
    assert isinstance(events[-1], TrainingDone)
    return events
