"""What HeadsUp has to beat: nobody in particular, somebody known, and hours for one person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mien.avatar.kinds.static import StaticAvatar
from mien.capture.resplit import Resplit
from mien.errors import FileError, MienError
from mien.evaluation.headsup.reconstructors import (
    Reconstruction,
    cloud_of,
    fingerprint,
    timed,
    views_for,
)
from mien.evaluation.headsup.trials import Trial
from mien.evaluation.measuring import evaluate
from mien.evaluation.recipe import Recipe
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.transform import moved
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views
from mien.rendering.protocol import Renderer
from mien.training.fit.config import FitConfig
from mien.training.fit.events import FitDone, FitProgress, FitStage
from mien.training.fit.loop import fit

Progress = Callable[[float | None, str], None]

_SHORTLIST = 12
"""Training people who are held against the views; the others' latents are farther away."""
_LIKENESS = Recipe(metrics=("psnr",), crop="mask-box", margin=0.0)


@dataclass(frozen=True, eq=False)
class Gallery:
    """The latents of the people a network learnt from.

    Args:
        network: Whose.
        names: Of the people [P].
        latents: [P, D, g, g].
    """

    network: HeadsUp
    names: tuple[str, ...]
    latents: Tensor

    @staticmethod
    def of(
        network: HeadsUp, people: Iterable[Trial], *, heard: Callable[[str], None] = lambda _: None
    ) -> Gallery:
        """Encode people.

        Args:
            network: Whose they are to be.
            people: One after the other.
            heard: Told who comes next; may raise to stop.

        Raises:
            MienError: There is nobody.
        """
        latents: dict[str, Tensor] = {}
        for trial in people:
            heard(trial.person)
            latents[trial.person] = _latent(network, views_for(network, trial))
        if not latents:
            raise MienError("a gallery of nobody has no mean and no nearest person")
        return Gallery(network, tuple(latents), torch.cat(list(latents.values())))

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """What results depend on."""
        return {"network": fingerprint(self.network), "people": list(self.names)}

    @torch.inference_mode()
    def decoded(self, latent: Tensor) -> GaussianCloud:
        """Return the head of a latent [1, D, g, g]."""
        return cloud_of(self.network.decode(latent).gaussians(0))


@dataclass(frozen=True, eq=False)
class MeanHead:
    """The same head for everybody: the mean of the training people's latents, decoded.

    Args:
        gallery: Of those people.
    """

    gallery: Gallery
    name: str = "mean_head"
    title: str = "mean head"
    num_parameters: None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """The gallery."""
        return self.gallery.identity

    def reconstruct(self, trial: Trial) -> Reconstruction:
        """Decode the mean; the views are not looked at."""
        mean = self.gallery.latents.mean(dim=0, keepdim=True)
        return timed(lambda: self.gallery.decoded(mean))


@dataclass(frozen=True, eq=False)
class NearestPerson:
    """The training person who comes nearest to the views.

    Of those with the nearest latents, it is the one whose own head fits the views best by PSNR.

    Args:
        gallery: Of training people.
        renderer: Draws them.
    """

    gallery: Gallery
    renderer: Renderer
    name: str = "nearest_person"
    title: str = "nearest training person"
    num_parameters: None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """The gallery, and how many are looked at."""
        return {**self.gallery.identity, "shortlist": _SHORTLIST}

    def reconstruct(self, trial: Trial) -> Reconstruction:
        """Look for them."""
        views = views_for(self.gallery.network, trial)
        chosen: list[str] = []

        def found() -> GaussianCloud:
            best, head = self._best(trial, views)
            chosen.append(self.gallery.names[best])
            return head

        made = timed(found)
        return replace(made, note=chosen[0])

    def _best(self, trial: Trial, views: list[Views]) -> tuple[int, GaussianCloud]:
        latents = self.gallery.latents
        own = _latent(self.gallery.network, views)
        near = (latents - own).flatten(1).norm(dim=1).argsort()[:_SHORTLIST].tolist()
        heads = [self.gallery.decoded(latents[index : index + 1]) for index in near]
        best = int(np.argmax([self._likeness(head, trial) for head in heads]))
        return near[best], heads[best]

    def _likeness(self, head: GaussianCloud, trial: Trial) -> float:
        found = evaluate(
            StaticAvatar(trial.person, head),
            trial.capture,
            cameras=[held.name for held in trial.inputs],
            frames=[trial.frame],
            recipe=_LIKENESS,
            renderer=self.renderer,
        )
        return float(np.mean([each.values["psnr"] for each in found if each.missing is None]))


@dataclass(frozen=True, eq=False)
class PersonFit:
    """Gaussians optimised to the very views that go in, from scratch, for each person (`mien fit`).

    Args:
        texels: Side of the UV map that carries a Gaussian on each texel, as in the network.
        minutes: Wall time for each person; None for no limit.
        steps: Iterations for each; None for no limit.
        device: torch's.
        progress: Told how far it is; may raise to stop.
    """

    texels: int
    minutes: float | None = None
    steps: int | None = None
    device: str = "cpu"
    progress: Progress | None = None
    name: str = "person_fit"
    num_parameters: None = None

    @property
    def title(self) -> str:
        """It says for how long."""
        limit = f"{self.minutes:g} min" if self.minutes is not None else f"{self.steps:,} steps"
        return f"per-person fit, {limit}"

    @property
    def identity(self) -> Mapping[str, Any]:
        """The budget and the texels."""
        return {"texels": self.texels, "minutes": self.minutes, "steps": self.steps}

    def reconstruct(self, trial: Trial) -> Reconstruction:
        """Fit."""
        config = FitConfig(
            minutes=self.minutes,
            steps=self.steps,
            texels=self.texels,
            frames=(trial.frame,),
            preview_secs=0,
            measure_secs=0,
            device=self.device,
        )
        tracking = trial.original.tracking
        if tracking is None:
            why = "was not tracked, and who is fitted has to stand where the others do"
            raise FileError(trial.original.source, why)
        seen = Resplit(trial.original, {held.name: "train" for held in trial.inputs})
        steps: list[int] = []

        def fitted() -> GaussianCloud:
            done = self._done(seen, config, trial.person)
            steps.append(done.report.steps)
            return moved(done.avatar.pose(tracking.state(trial.frame)), trial.head_from_world)

        made = timed(fitted)
        return replace(made, note=f"{steps[0]:,} steps")

    def _done(self, seen: Resplit, config: FitConfig, person: str) -> FitDone:
        for event in fit(seen, config, name=person):
            if isinstance(event, FitDone):
                return event
            if self.progress is not None and isinstance(event, FitStage | FitProgress):
                self.progress(event.fraction, f"fitting {person}")
        raise AssertionError("a fit always ends")


@torch.inference_mode()
def _latent(network: HeadsUp, views: list[Views]) -> Tensor:
    return network.encode(views)
