"""The samples of a training, each a function of its number alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.capture.protocol import CaptureCamera
from mien.capture.spreading import spread_around
from mien.closing import Closing
from mien.errors import FileError, MienError
from mien.training.headsup import draws
from mien.training.headsup.config import TrainingConfig
from mien.training.headsup.people import Problem
from mien.training.headsup.person import Person, Visitors
from mien.training.headsup.pictures import GREY, Look
from mien.training.headsup.samples import Intake, Plan, Sample, chosen_cameras, sample_of

_OWN_BACKGROUND = 0.15
"""Share of samples whose inputs keep what is behind the person; others are before any colour."""
_WITH_BACKGROUND = 0.5
"""Share of samples whose targets do, where the network learns what is there."""
_SPREAD = 0.7
"""Share of samples whose inputs are spread around, as they are when people are reconstructed."""
_ATTEMPTS = 20


@dataclass(frozen=True, eq=False)
class Batch:
    """One process's part of a step, and what could not be read on the way."""

    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class SamplerPlan:
    """What a sampler is made of, wherever it is to live.

    Args:
        people: Files of their captures.
        config: What is asked.
        intake: What samples the network takes.
        rank: Which of the training's processes this is.
        num_ranks: How many there are.
    """

    people: tuple[str, ...]
    config: TrainingConfig
    intake: Intake
    rank: int = 0
    num_ranks: int = 1


class Sampler(Closing):
    """Makes samples by chance."""

    def __init__(self, plan: SamplerPlan) -> None:
        self._plan = plan
        self._visitors = Visitors(plan.intake.canvas())

    def batch(self, step: int, part: int) -> Batch:
        """Return this process's part of a step.

        Raises:
            MienError: Twenty people in turn cannot be read.
        """
        plan = self._plan
        count = draws.num_views(plan.config, step)
        numbers = draws.numbers_of(
            plan.config, step, part, rank=plan.rank, num_ranks=plan.num_ranks
        )
        problems: list[Problem] = []
        samples = tuple(self._sample(number, count, problems) for number in numbers)
        return Batch(samples, tuple(problems))

    def close(self) -> None:
        """Close all captures. Safe twice."""
        self._visitors.close()

    def _sample(self, number: int, count: int, problems: list[Problem]) -> Sample:
        """Return a sample; for somebody who cannot be read, somebody else stands in.

        Nobody is left out for good: a resumed training would not know, and draw another person.
        """
        people, config = self._plan.people, self._plan.config
        for attempt in range(_ATTEMPTS):
            chance = draws.chance_of(config, number, attempt)
            again = int(chance.integers(len(people)))
            who = again if attempt else draws.who(config, number, len(people))
            try:
                person = self._visitors.person(people[who])
                plan = self._drawn(person, count, chance)
                return sample_of(
                    person,
                    plan,
                    view_side=self._plan.intake.view_side,
                    target_side=config.target_side,
                    places=self._plan.intake.places,
                )
            except FileError as error:
                problems.append(Problem(str(error.path), error.reason))
            except (MienError, ValueError) as error:
                problems.append(Problem(people[who], str(error)))
        last = problems[-1]
        raise MienError(f"{_ATTEMPTS} captures in turn cannot be read; {last.path}: {last.reason}")

    def _drawn(self, person: Person, count: int, chance: np.random.Generator) -> Plan:
        config = self._plan.config
        frames = self._frames(person, chance)
        gains = np.exp(chance.normal(0, config.jitter, 3)).astype(np.float32)
        inside, outside = chance.random((2, 3), np.float32)
        own_inside, own_outside = chance.random(2)
        keeps = self._plan.intake.backgrounds and own_outside < _WITH_BACKGROUND
        order = self._order(person, frames[0], count, chance)
        inputs, targets = chosen_cameras(person, order, frames, (count, config.targets))
        if own_inside < config.grey:
            inside = GREY
        own = keeps or own_inside >= 1 - _OWN_BACKGROUND
        return Plan(
            frames,
            inputs,
            targets,
            Look(None if own else inside, gains),
            Look(None if keeps else outside, gains),
        )

    def _order(
        self, person: Person, frame: int, count: int, chance: np.random.Generator
    ) -> list[CaptureCamera]:
        """Return all cameras; the first are spread around somebody, or as chance has it."""
        order = [int(i) for i in chance.permutation(len(person.cameras))]
        if chance.random() < _SPREAD:
            positions = [person.camera(held, frame).position for held in person.cameras]
            first = spread_around(positions, count, first=order[0])
            order = first + [i for i in order if i not in first]
        return [person.cameras[i] for i in order]

    def _frames(self, person: Person, chance: np.random.Generator) -> tuple[int, int]:
        """Return the frame whose views go in, and the one whose views should come out."""
        draw = chance.random()
        frame, other = (int(value) for value in chance.integers(1 << 31, size=2))
        shown = frame % person.num_frames
        neutral = person.neutral
        rigged = self._plan.intake.rigged and person.num_frames > 1
        if not rigged or neutral is None or draw >= self._plan.config.rig_share:
            return shown, shown
        asked = other % (person.num_frames - 1)
        return neutral, asked + (asked >= neutral)
