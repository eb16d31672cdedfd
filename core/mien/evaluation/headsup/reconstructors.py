"""Reconstructors: each makes a head of a trial's views, and is timed while it does."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import nn

from mien.evaluation.headsup.trials import Trial
from mien.gaussians.cloud import GaussianCloud
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views
from mien.models.pixel_aligned.network import PixelAligned
from mien.rendering.differentiable import GaussianTensors


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """What a method made of a trial.

    Args:
        cloud: In the world in which the trial's head stands still.
        secs: From pictures in memory to Gaussians.
        cpu_secs: Of all threads together meanwhile.
        note: What is worth knowing, such as who was nearest.
    """

    cloud: GaussianCloud
    secs: float
    cpu_secs: float
    note: str = ""


class Reconstructor(Protocol):
    """Makes heads of views."""

    @property
    def name(self) -> str:
        """In files."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def num_parameters(self) -> int | None:
        """Of its network; None without one."""
        ...

    @property
    def identity(self) -> Mapping[str, Any]:
        """What, beside the trial, its results depend on, as JSON can say it."""
        ...

    def reconstruct(self, trial: Trial) -> Reconstruction:
        """Make a head.

        Raises:
            MienError: It cannot be made.
        """
        ...


@dataclass(frozen=True, eq=False)
class FeedForward:
    """A network that makes heads of views in one pass.

    Args:
        network: Trained.
        name: In files.
        title: For people.
    """

    network: HeadsUp | PixelAligned
    name: str
    title: str
    _stopwatch: Stopwatch = field(default_factory=lambda: Stopwatch(), repr=False)

    @property
    def num_parameters(self) -> int:
        """All of the network's."""
        return sum(held.numel() for held in self.network.parameters())

    @property
    def identity(self) -> Mapping[str, Any]:
        """The network."""
        return {"network": fingerprint(self.network)}

    @torch.inference_mode()
    def reconstruct(self, trial: Trial) -> Reconstruction:
        """Run the network over the views."""
        views = views_for(self.network, trial)

        def made() -> GaussianCloud:
            return cloud_of(self.network(views).gaussians(0))

        return self._stopwatch.timed(made, self.network)


def headsup(network: HeadsUp) -> FeedForward:
    """Return HeadsUp as a reconstructor."""
    return FeedForward(network, "headsup", "HeadsUp")


def pixel_aligned(network: PixelAligned) -> FeedForward:
    """Return a pixel-aligned network as a reconstructor."""
    return FeedForward(network, "pixel_aligned", "pixel-aligned")


class Stopwatch:
    """Times a network; the first time it runs twice, to be warm."""

    def __init__(self) -> None:
        self._warm = False

    def timed(self, work: Callable[[], GaussianCloud], network: nn.Module) -> Reconstruction:
        """Return what some work makes with a network, and how long it took."""
        if not self._warm:
            work()
            self._warm = True

        def finished() -> GaussianCloud:
            cloud = work()
            if device_of(network).type == "cuda":
                torch.cuda.synchronize(device_of(network))
            return cloud

        return timed(finished)


def timed(work: Callable[[], GaussianCloud]) -> Reconstruction:
    """Return what some work makes, and how long it took."""
    began, cpu_began = time.perf_counter(), time.process_time()
    cloud = work()
    return Reconstruction(cloud, time.perf_counter() - began, time.process_time() - cpu_began)


def cloud_of(gaussians: GaussianTensors) -> GaussianCloud:
    """Return Gaussians as a cloud."""
    means, quats, log_scales, logit_opacities, sh = (
        held.detach().float().cpu().numpy() for held in gaussians
    )
    return GaussianCloud(means, quats, log_scales, logit_opacities, sh)


def views_for(network: HeadsUp | PixelAligned, trial: Trial) -> list[Views]:
    """Return a trial's views as a network takes them, where it is."""
    views = trial.views(network.config.view_side)
    return [each.to(device_of(network)) for each in views]


def device_of(network: nn.Module) -> torch.device:
    """Return where a network is."""
    return next(network.parameters()).device


def fingerprint(network: nn.Module) -> str:
    """Return what tells networks apart that give different heads."""
    digest = hashlib.blake2b(digest_size=8)
    for name, values in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(values.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
