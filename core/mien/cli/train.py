"""`mien train`: train networks on captures of many people."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from mien.cli.console import progress, say
from mien.cli.interrupts import interrupts
from mien.errors import MienError

if TYPE_CHECKING:
    from mien.cli.console import ProgressCall
    from mien.training.headsup.config import TrainingConfig
    from mien.training.headsup.events import TrainingEvent, TrainingMeasured
    from mien.training.headsup.loop import Assignment
    from mien.training.headsup.methods import Method
    from mien.training.headsup.ranks import Ranks


@dataclass(frozen=True, kw_only=True)
class Training:
    """What can be said of any training.

    Args:
        out: Folder of the training: its log, previews, checkpoint and networks for use.
        hours: How long, breaks not counted.
        steps: How many steps.
        batch: People in a step of each process.
        accumulate: Batches that are added up before the network changes.
        views: How many views go in, such as 6 or 3-8.
        targets: How many other views the head is compared with.
        held_out: People who are only measured on, the last ones.
        rate: Step size at its highest.
        seed: Of every choice by chance.
        workers: Processes that read pictures; 0 reads in a thread. As many as help, when left out.
        device: cpu, cuda, cuda:1, ...; the best there is when left out.
        precision: Of the network's insides; auto is bfloat16 on CUDA.
        resume: Go on from the checkpoint in --out.
    """

    out: Path
    hours: float | None = None
    steps: int | None = None
    batch: int | None = None
    accumulate: int | None = None
    views: str | None = None
    targets: int | None = None
    held_out: int | None = None
    rate: float | None = None
    seed: int | None = None
    workers: int | None = None
    device: str = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    resume: bool = False

    def config(self, preset: str, *, checkpointed: bool = False) -> TrainingConfig:
        """Return how a preset is trained, but for what is said otherwise.

        Raises:
            MienError: It cannot be done so.
        """
        from mien.training.headsup.config import recipe

        return recipe(
            preset,
            hours=self.hours,
            steps=self.steps,
            batch=self.batch,
            accumulate=self.accumulate,
            views=None if self.views is None else parse_views(self.views),
            targets=self.targets,
            held_out=self.held_out,
            rate=self.rate,
            seed=self.seed,
            precision=self.precision,
            checkpointed=checkpointed or None,
        )

    def run(
        self, folders: tuple[Path, ...], made: Callable[[], Method], config: TrainingConfig
    ) -> None:
        """Train what is made once the seed is set on the people of some folders.

        Raises:
            MienError: It cannot be done.
        """
        # Not at the top: a mistyped command should not wait for torch. First of all `threads`,
        # which says how waiting threads behave before any of them is there.
        from mien.threads import num_threads  # isort: skip

        import torch

        from mien.training.headsup.loop import Assignment
        from mien.training.headsup.people import People
        from mien.training.headsup.ranks import Ranks, chosen_device

        if not folders:
            raise MienError("no folder of captures was given")
        torch.set_num_threads(num_threads())
        with Ranks(chosen_device(self.device)) as ranks:
            people = People.of(folders, held_out=config.held_out)
            torch.manual_seed(config.seed)
            assignment = Assignment(
                made(),
                people,
                config,
                self.out,
                num_workers=default_workers(ranks) if self.workers is None else self.workers,
                resume=self.resume,
                command=_command(),
            )
            _run(assignment, ranks)
        ranks.end_process()


Asked = Annotated[Training, tyro.conf.arg(name="")]
"""Its options stand among a command's own."""


def headsup(
    folders: Annotated[tuple[Path, ...], tyro.conf.Positional],
    /,
    *,
    asked: Asked,
    preset: Literal["tiny", "demo", "base", "paper"] = "demo",
    latent: str | None = None,
    pooling: Literal["attention", "max"] = "attention",
    start_from: Path | None = None,
    checkpointed: bool = False,
) -> None:
    """Train HeadsUp: one network that turns views of anybody into a head.

    Captures come from folders of .capture files (mien capture synthesize, mien capture import);
    what is damaged is named and left out. Under torchrun, all processes train together. Ctrl+C
    ends it in order, and --resume goes on as if there had been no break.

    Args:
        folders: Folders of captures.
        asked: Of any training.
        preset: Sizes of the network, and how it is trained unless said otherwise here.
        latent: Another size of the latent than the preset's, such as 32x128: texels along a side,
            numbers per texel.
        pooling: How the views meet: by attention, or as the maximum over views.
        start_from: A trained network of the same sizes to begin with, such as another training's
            best.safetensors.
        checkpointed: Spare memory by computing attention twice.
    """
    from mien.models.headsup.config import PRESETS

    def method() -> Method:
        from mien.training.headsup.methods import HeadsUpMethod, headsup_from

        return HeadsUpMethod(sizes) if start_from is None else headsup_from(start_from, sizes)

    config = asked.config(preset, checkpointed=checkpointed)
    sizes = replace(PRESETS[preset], pooling=pooling)
    if latent is not None:
        grid, width = parse_latent(latent, sizes.num_heads)
        sizes = replace(sizes, latent_grid=grid, latent_dim=width)
    asked.run(folders, method, config)


def pixel_aligned(
    folders: Annotated[tuple[Path, ...], tyro.conf.Positional],
    /,
    *,
    asked: Asked,
    preset: Literal["tiny", "demo", "base"] = "demo",
) -> None:
    """Train the network that HeadsUp is compared with: a Gaussian on each of the views' pixels.

    By the same captures, samples, losses and schedule, and of about the same size.

    Args:
        folders: Folders of captures.
        asked: Of any training.
        preset: Sizes of the network, as those of HeadsUp's preset, and how that is trained.
    """

    def method() -> Method:
        from mien.models.pixel_aligned.config import PRESETS
        from mien.training.headsup.pixel_aligned import PixelAlignedMethod

        return PixelAlignedMethod(PRESETS[preset])

    asked.run(folders, method, asked.config(preset))


ACTIONS = {"headsup": headsup, "pixel-aligned": pixel_aligned}


def _run(assignment: Assignment, ranks: Ranks) -> None:
    from mien.training.headsup.loop import train

    with interrupts(termination=True) as told, progress("Training") as report:
        for event in train(assignment, ranks, cancel=told.is_set):
            if ranks.leads:
                _tell(event, assignment, report)


def _tell(event: TrainingEvent, assignment: Assignment, report: ProgressCall) -> None:
    from mien.training.headsup.events import (
        TrainingMeasured,
        TrainingNote,
        TrainingProblem,
        TrainingProgress,
        TrainingStage,
    )

    if isinstance(event, TrainingStage):
        report(None, event.message)
    elif isinstance(event, TrainingNote):
        say(event.message)
    elif isinstance(event, TrainingProblem):
        say(f"left out: {event.problem.path}: {event.problem.reason}")
    elif isinstance(event, TrainingProgress):
        held_out = "" if event.val_psnr is None else f", held out {event.val_psnr:.2f} dB"
        report(
            min(event.fraction, 1.0),
            f"{event.psnr:.2f} dB{held_out}, step {event.step:,},"
            f" {event.people_per_sec:.1f} people/s",
        )
    elif isinstance(event, TrainingMeasured):
        say(measured_line(event))
    else:
        how = "stopped" if event.cancelled else "trained"
        skipped = f", {event.skipped} left out as not finite" if event.skipped else ""
        say(f"{assignment.folder}: {how} after {event.step:,} steps in {event.secs:.0f} s{skipped}")


def measured_line(event: TrainingMeasured) -> str:
    """Return what people read of a measurement."""
    marks = event.marks
    parts = [f"step {event.step:,}: held out {marks.psnr:.2f} dB"]
    if marks.mean_head is not None:
        parts.append(f"mean head {marks.mean_head:.2f} dB")
    if marks.learned_rig is not None and marks.template_rig is not None:
        parts.append(
            f"expressions {marks.learned_rig:.2f} dB (template alone {marks.template_rig:.2f} dB)"
        )
    return ", ".join(parts)


def parse_views(text: str) -> tuple[int, int]:
    """Read how many views go in, like `6` or `3-8`.

    Raises:
        MienError: It is something else.
    """
    fewest, dash, most = text.partition("-")
    if not fewest.isdecimal() or (dash and not most.isdecimal()):
        raise MienError(f"--views {text}: write it like 6 or 3-8")
    return int(fewest), int(most or fewest)


def parse_latent(text: str, num_heads: int) -> tuple[int, int]:
    """Read the size of a latent, like `32x128`.

    Raises:
        MienError: It is something else, or attention cannot share its numbers.
    """
    grid, _, width = text.partition("x")
    if not grid.isdecimal() or not width.isdecimal() or not int(grid) or int(width) % num_heads:
        raise MienError(
            f"--latent {text}: write it like 32x128; the second one is a multiple of {num_heads}"
        )
    return int(grid), int(width)


def default_workers(ranks: Ranks) -> int:
    """Return how many processes read pictures: beside a graphics card as many as keep it busy."""
    import os

    if ranks.device.type != "cuda":
        return 0
    return max(1, min(12, ((os.cpu_count() or 2) - ranks.count) // ranks.count))


def _command() -> str:
    """Return the command line, with only the last names of files and folders."""
    return shlex.join(["mien", *(Path(each).name or each for each in sys.argv[1:])])
