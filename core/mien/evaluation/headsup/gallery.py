"""The people a network learnt from, as baselines: all of them at once, or the nearest one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mien.avatar.kinds.static import StaticAvatar
from mien.errors import MienError
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
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views
from mien.rendering.protocol import Renderer

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


@torch.inference_mode()
def _latent(network: HeadsUp, views: list[Views]) -> Tensor:
    return network.encode(views)
