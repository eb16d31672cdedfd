"""Examine a training's network on people it does not learn from, always by the same views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.capture.spreading import spread_around
from mien.errors import MienError
from mien.image import psnr
from mien.models.headsup.gaussians import Head
from mien.rendering.differentiable import GaussianTensors, Rasterizer, rasterizer
from mien.rendering.protocol import RenderOptions
from mien.training.headsup.config import TrainingConfig
from mien.training.headsup.methods import Method, Output
from mien.training.headsup.people import People
from mien.training.headsup.person import Person, Visitors
from mien.training.headsup.pictures import GREY, Look, Target
from mien.training.headsup.posing import posed
from mien.training.headsup.samples import Intake, Plan, Sample, chosen_cameras, sample_of
from mien.training.headsup.stepping import views_of

_VIEWS = 8
_TARGETS = 8
_PEOPLE = 12
"""People held out who are examined, at most: it should take seconds."""
_MOST_TRAINING = 12
"""People whose heads the mean head is the mean of, at most."""
RECIPE = (
    "PSNR of 0..1 sRGB in float32, inside of the box of the mask, over grey; the mean over up to"
    f" {_TARGETS} held-out views of up to {_PEOPLE} people held out, reconstructed from {_VIEWS}"
    " others"
)
"""How people held out are measured on."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture for people: what went in, what should come out, and what did, each [H, W, 3]."""

    shown: NDArray[np.float32]
    photograph: NDArray[np.float32]
    drawn: NDArray[np.float32]


@dataclass(frozen=True)
class Marks:
    """How a network did, in dB inside of the boxes of the masks, over people held out.

    Args:
        psnr: Of heads.
        mean_head: Of the mean of training people's heads in everybody's place.
        learned_rig: Of neutral faces moved to other expressions by the learned rig and the
            template together; None where nobody shows several expressions.
        template_rig: And by the template's morph targets alone.
        previews: A picture of each of the first people.
    """

    psnr: float
    mean_head: float | None
    learned_rig: float | None
    template_rig: float | None
    previews: tuple[Seen, ...]


class Examination:
    """Fixed samples of people held out, and of some that are learnt from.

    Args:
        people: All of them.
        config: What is asked.
        intake: What samples the network takes.
    """

    def __init__(self, people: People, config: TrainingConfig, intake: Intake) -> None:
        visitors = Visitors(intake.canvas())
        self._sides = intake.view_side, config.target_side
        strangers = _some(people.held_out, _PEOPLE)
        try:
            self.heads = self._samples(visitors, strangers)
            self.moved = self._samples(visitors, strangers, moved=True)
            known = _some(people.training, _MOST_TRAINING)
            self.known = self._samples(visitors, known) if intake.template else []
        finally:
            visitors.close()

    def marks(self, method: Method, device: torch.device, *, previews: int = 4) -> Marks:
        """Examine a network as it is now."""
        method.network.eval()
        examiner = _Examiner(method, device, rasterizer(device.type))
        with torch.no_grad():
            scores = [examiner.score(sample) for sample in self.heads]
            mean = examiner.mean_head(self.known) if self.known else None
            of_mean = [] if mean is None else [examiner.of_head(mean, s) for s in self.heads]
            moved = [examiner.moved(sample) for sample in self.moved]
            pictures = tuple(examiner.picture(sample) for sample in self.heads[:previews])
        return Marks(
            float(np.mean(scores)),
            _mean(of_mean),
            _mean([learned for learned, _ in moved]),
            _mean([template for _, template in moved]),
            pictures,
        )

    def _samples(
        self, visitors: Visitors, people: Sequence[str], *, moved: bool = False
    ) -> list[Sample]:
        made: list[Sample] = []
        for index, path in enumerate(people):
            try:
                person = visitors.person(path)
                plan = _plan(person, index, moved=moved)
                if plan is not None:
                    view_side, target_side = self._sides
                    made.append(
                        sample_of(person, plan, view_side=view_side, target_side=target_side)
                    )
            except (MienError, ValueError):
                # Whoever cannot be read is named where captures are found and drawn; what is left
                # is examined.
                continue
        return made


class _Examiner:
    """Draws and measures heads."""

    def __init__(self, method: Method, device: torch.device, rasterize: Rasterizer) -> None:
        self._method, self._device, self._rasterize = method, device, rasterize

    def heads(self, sample: Sample) -> GaussianTensors:
        """Return the Gaussians of a sample's person."""
        heads, _ = self._output(sample)
        return heads.gaussians(0)

    def score(self, sample: Sample) -> float:
        """Return the mean PSNR over a sample's targets."""
        return self._compared(self.heads(sample), sample)

    def of_head(self, head: Head, sample: Sample) -> float:
        """Return the PSNR of a head that is given."""
        return self._compared(head.gaussians(0), sample)

    def moved(self, sample: Sample) -> tuple[float, float]:
        """Return the PSNR of a neutral face moved by the learned rig, and by the template alone."""
        still = Sample(sample.images, sample.rays, sample.targets, sample.behind, None, None)
        scores: list[float] = []
        for asked in (sample, still):
            heads, _ = self._output(asked)
            gaussians = heads.gaussians(0)
            if isinstance(heads, Head) and sample.motion is not None:
                gaussians = posed(gaussians, heads.surface[0], sample.motion)
            scores.append(self._compared(gaussians, sample))
        return scores[0], scores[1]

    def mean_head(self, samples: Sequence[Sample]) -> Head | None:
        """Return the mean, number by number, of people's heads."""
        sums: dict[str, Tensor] = {}
        for sample in samples:
            heads, _ = self._output(sample)
            if not isinstance(heads, Head):
                return None
            for each in fields(heads):
                value: Tensor = getattr(heads, each.name) / len(samples)
                sums[each.name] = sums[each.name] + value if each.name in sums else value
        return Head(**sums)

    def picture(self, sample: Sample) -> Seen:
        """Return a picture for people."""
        target = sample.targets[0]
        drawn = self._draw(self.heads(sample), target, sample)
        shown = np.ascontiguousarray(sample.images[0, :3].transpose(1, 2, 0))
        return Seen(shown, target.image, drawn)

    def _output(self, sample: Sample) -> Output:
        views = views_of([sample], self._device)
        return self._method.output(views, [sample], torch.float32)

    def _compared(self, gaussians: GaussianTensors, sample: Sample) -> float:
        scores: list[float] = []
        for target in sample.targets:
            top, bottom, left, right = target.inner
            box = slice(top, bottom), slice(left, right)
            scores.append(psnr(self._draw(gaussians, target, sample)[box], target.image[box]))
        return float(np.mean(scores))

    def _draw(
        self, gaussians: GaussianTensors, target: Target, sample: Sample
    ) -> NDArray[np.float32]:
        assert sample.behind is not None
        color = torch.from_numpy(sample.behind).to(self._device)
        drawn = self._rasterize(
            gaussians, [target.camera], RenderOptions(depth=False), background=color
        )
        return drawn.rgb[0].clamp(0, 1).cpu().numpy()


def _some(people: Sequence[str], most: int) -> Sequence[str]:
    """Return some of the people, from the first to the last."""
    chosen = np.linspace(0, len(people) - 1, min(most, len(people))).round().astype(int)
    return [people[int(index)] for index in chosen]


def _plan(person: Person, index: int, *, moved: bool) -> Plan | None:
    """Return which views of somebody go in and should come out; None for nobody to be moved."""
    neutral = person.neutral or 0
    frames = neutral, neutral
    if moved:
        if person.neutral is None or person.num_frames < 2:
            return None
        others = [frame for frame in range(person.num_frames) if frame != neutral]
        frames = neutral, others[index % len(others)]
    chance = np.random.default_rng([index, moved])
    cameras = person.capture.cameras
    order = [cameras[i] for i in chance.permutation(len(cameras))]
    # Views that go in are from cameras for training, as far as there are enough, spread around as
    # they are when people are reconstructed; and the others from those kept for testing.
    training = [held for held in cameras if held.split == "train"]
    spread = spread_around(
        [person.camera(held, frames[0]).position for held in training], len(training)
    )
    first = [training[i] for i in spread] + [held for held in order if held not in training]
    inputs, _ = chosen_cameras(person, first, frames, (_VIEWS, 1))
    left = [held for held in order if held not in inputs]
    asked = [held for held in left if person.capture.present(held.name, frames[1])]
    targets = tuple(sorted(asked, key=lambda held: held.split == "train")[:_TARGETS])
    look = Look(GREY, np.ones(3, np.float32))
    return Plan(frames, inputs, targets or inputs[:1], look, look)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
