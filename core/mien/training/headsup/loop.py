"""A training as an iterator of what happens, until the budget is spent."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from mien import __version__
from mien.training.headsup.config import TrainingConfig
from mien.training.headsup.events import (
    TrainingDone,
    TrainingEvent,
    TrainingMeasured,
    TrainingNote,
    TrainingProblem,
    TrainingProgress,
    TrainingStage,
)
from mien.training.headsup.examination import RECIPE, Examination, Marks
from mien.training.headsup.methods import Method
from mien.training.headsup.objective import Distance
from mien.training.headsup.people import People, Problem
from mien.training.headsup.prefetch import Prefetch
from mien.training.headsup.ranks import Ranks
from mien.training.headsup.resuming import load_training, restore, save_training
from mien.training.headsup.run_folder import RunFolder
from mien.training.headsup.sampler import Batch, SamplerPlan
from mien.training.headsup.schedule import Budget
from mien.training.headsup.stepping import PARTS, Outcome, Training
from mien.training.perceptual import perceptual, perceptual_unavailable


@dataclass(frozen=True, eq=False)
class Assignment:
    """What is to be trained on what, and where it is kept.

    Args:
        method: What is trained.
        people: Who it learns from.
        config: How.
        folder: Where it is kept.
        num_workers: Processes that read pictures; 0 for a thread of this one.
        resume: Whether to go on from the folder's checkpoint as if there had been no break.
        command: What people would type to do it again.
    """

    method: Method
    people: People
    config: TrainingConfig
    folder: Path
    num_workers: int = 0
    resume: bool = False
    command: str = ""


def train(
    assignment: Assignment, ranks: Ranks, *, cancel: Callable[[], bool] = lambda: False
) -> Iterator[TrainingEvent]:
    """Train a network; an iterator of what happens, which ends with TrainingDone.

    With several processes all iterate, and the leading one tells and keeps everything.

    Args:
        assignment: What is to be done.
        ranks: The processes that do it together.
        cancel: Asked at every step; when it says so, the training ends with what it has.

    Raises:
        MienError: Nothing can be read, or the checkpoint is of another training.
        FileError: The folder or the checkpoint cannot be read or written.
    """
    people = assignment.people
    for problem in people.problems:
        yield TrainingProblem(problem)
    yield TrainingNote(
        f"{len(people.training):,} people to learn from, {len(people.held_out):,} held out,"
        f" {_parameters(assignment.method) / 1e6:.1f} million parameters on {ranks.device}"
    )
    learned: Distance | None = None
    if assignment.config.weights.perceptual:
        why = perceptual_unavailable()
        if why:
            yield TrainingNote(f"without a perceptual loss: {why}")
        else:
            learned = perceptual
    training = Training(assignment.config, assignment.method, ranks, perceptual=learned)
    yield from _Run(assignment, training, cancel).events()


def _parameters(method: Method) -> int:
    return sum(each.numel() for each in method.network.parameters())


class _Clock:
    """Says when something is due again."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._began = budget.secs()
        self._last: dict[str, float] = {}

    def since(self, what: str) -> float:
        """Return the seconds since something last was due."""
        return self._budget.secs() - self._last.get(what, self._began)

    def due(self, what: str, every_secs: float) -> bool:
        """Say whether so many seconds went by, and count from now if they did."""
        if self.since(what) < every_secs:
            return False
        self._last[what] = self._budget.secs()
        return True


class _Run:
    """Drives a training, keeps it, and says what happens."""

    def __init__(
        self, assignment: Assignment, training: Training, cancel: Callable[[], bool]
    ) -> None:
        self._assignment, self._training, self._cancel = assignment, training, cancel
        self._ranks, self._config = training.ranks, assignment.config
        self._folder = RunFolder(assignment.folder)
        self._named = {problem.path for problem in assignment.people.problems}
        self._met: list[Problem] = []
        self._since: list[Outcome] = []
        self._skipped = 0
        self._best: float | None = None
        self._marks: Marks | None = None
        self._budget = Budget(self._config)

    def events(self) -> Iterator[TrainingEvent]:
        """Step until the budget is spent or somebody cancels."""
        self._begin()
        examination: Examination | None = None
        if self._ranks.leads and self._assignment.people.held_out:
            yield TrainingStage("reading the people held out")
            people, intake = self._assignment.people, self._assignment.method.intake
            examination = Examination(people, self._config, intake)
        yield TrainingStage("reading the first people")
        with self._prefetch() as batches:
            cancelled = yield from self._steps(batches, examination)
        if self._ranks.leads:
            if examination is not None:
                yield from self._measured(examination)
            self._save()
        # Nobody leaves while the leading one still writes: torchrun ends all when one ends badly.
        self._ranks.wait()
        yield TrainingDone(
            self._training.step, self._budget.secs(), self._marks, cancelled, self._skipped
        )

    def _steps(
        self, batches: Prefetch, examination: Examination | None
    ) -> Generator[TrainingEvent, None, bool]:
        """Do steps; return whether somebody ended them before the budget was spent."""
        training, config = self._training, self._config
        clock = _Clock(self._budget)
        while True:
            fraction, stop = self._ranks.agreed(
                [self._budget.fraction(training.step), float(self._cancel())]
            )
            if fraction >= 1 or stop:
                return fraction < 1
            outcome = training.advance(lambda: self._next(batches), fraction)
            self._since.append(outcome)
            self._skipped += not math.isfinite(outcome.gradient)
            yield from self._problems()
            if not self._ranks.leads:
                self._since.clear()
                continue
            if examination is not None and clock.due("measured", config.validate_secs):
                yield from self._measured(examination)
            secs = clock.since("told")
            if clock.due("told", config.log_secs):
                yield self._told_of(fraction, secs)
            if clock.due("saved", config.checkpoint_secs):
                self._save()

    def _begin(self) -> None:
        """Make the folder, or take it up where it was left."""
        path = self._folder.checkpoint
        saved = load_training(path) if self._assignment.resume else None
        if saved is not None:
            restore(path, saved, self._training, self._assignment.people)
            self._budget = Budget(self._config, spent_secs=saved.secs)
            self._best = saved.best
        if self._ranks.leads:
            self._folder.begin(self._description(), resume=saved is not None)
            self._folder.rewind(self._training.step)

    def _prefetch(self) -> Prefetch:
        assignment, training = self._assignment, self._training
        plan = SamplerPlan(
            assignment.people.training,
            self._config,
            assignment.method.intake,
            rank=self._ranks.rank,
            num_ranks=self._ranks.count,
        )
        steps = count(training.step)
        places = ((step, part) for step in steps for part in range(self._config.accumulate))
        return Prefetch(plan, places, num_workers=assignment.num_workers)

    def _next(self, batches: Prefetch) -> Batch:
        batch = batches.next()
        self._met += batch.problems
        return batch

    def _problems(self) -> Iterator[TrainingEvent]:
        """Name each file that cannot be used once."""
        for problem in self._met:
            if problem.path not in self._named:
                self._named.add(problem.path)
                yield TrainingProblem(problem)
        self._met.clear()

    def _told_of(self, fraction: float, secs: float) -> TrainingProgress:
        """Write a line of the log about the steps since the last one."""
        since, training, config = self._since, self._training, self._config
        people = len(since) * config.batch * config.accumulate * self._ranks.count
        means = {
            name: float(np.mean([outcome.parts.get(name, 0.0) for outcome in since]))
            for name in PARTS
        }
        progress = TrainingProgress(
            training.step,
            fraction,
            self._budget.secs(),
            float(np.mean([outcome.loss for outcome in since])),
            float(np.mean([outcome.psnr for outcome in since])),
            people / max(secs, 1e-6),
            None if self._marks is None else self._marks.psnr,
        )
        self._folder.add(
            {
                "step": progress.step,
                "secs": progress.secs,
                "fraction": fraction,
                "people": progress.people_per_sec,
                "rate": since[-1].rate,
                "gradient": float(np.mean([outcome.gradient for outcome in since])),
                "loss": progress.loss,
                "psnr": progress.psnr,
                **means,
            }
        )
        self._since = []
        return progress

    def _measured(self, examination: Examination) -> Iterator[TrainingEvent]:
        """Measure on people held out; keep the network where it never was better."""
        training = self._training
        with training.average.used():
            marks = examination.marks(training.method, self._ranks.device)
            self._marks = marks
            if self._best is None or marks.psnr >= self._best:
                self._best = marks.psnr
                training.method.save(self._folder.best, self._card())
        self._folder.add(
            {
                "step": training.step,
                "secs": self._budget.secs(),
                "fraction": min(1.0, self._budget.fraction(training.step)),
                "val_psnr": marks.psnr,
                "val_mean_head": marks.mean_head,
                "val_learned_rig": marks.learned_rig,
                "val_template_rig": marks.template_rig,
            }
        )
        preview = self._folder.preview(training.step, marks.previews)
        yield TrainingMeasured(training.step, marks, preview)

    def _save(self) -> None:
        training = self._training
        save_training(
            self._folder.checkpoint,
            training,
            self._assignment.people,
            secs=self._budget.secs(),
            best=self._best,
        )
        with training.average.used():
            training.method.save(self._folder.average, self._card())

    def _description(self) -> dict[str, Any]:
        """Return what a training was asked for, for its folder."""
        people, method = self._assignment.people, self._assignment.method
        return {
            "made_by": f"mien {__version__}",
            "command": self._assignment.command,
            "method": method.name,
            "network": dict(method.sizes),
            "parameters": _parameters(method),
            "training": self._config.as_dict(),
            "data": {
                "folders": [Path(folder).name for folder in people.folders],
                "people": len(people.training),
                "held_out": [Path(path).stem for path in people.held_out],
                "left_out": len(people.problems),
                "fingerprint": people.fingerprint,
            },
            "processes": self._ranks.count,
            "device": str(self._ranks.device),
        }

    def _card(self) -> Mapping[str, Any]:
        """Return what is said of a network in its own file."""
        training, marks = self._training, self._marks
        config = self._config
        people = training.step * config.batch * config.accumulate * self._ranks.count
        measured = None
        if marks is not None:
            measured = {
                "psnr": marks.psnr,
                "mean_head": marks.mean_head,
                "learned_rig": marks.learned_rig,
                "template_rig": marks.template_rig,
                "recipe": RECIPE,
            }
        return {
            **self._description(),
            "steps": training.step,
            "secs": self._budget.secs(),
            "people_seen": people,
            "metrics": measured,
        }
