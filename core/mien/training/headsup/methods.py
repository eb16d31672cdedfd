"""What a training trains: a network, what it takes, what it gives, and how it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from mien.errors import FileError
from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.gaussians import Head
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views
from mien.models.headsup.weights import load_headsup, save_headsup
from mien.rendering.differentiable import GaussianTensors
from mien.template.arkit import ARKIT_NAMES
from mien.training.headsup.objective import Heads
from mien.training.headsup.samples import Intake, Sample

Output = tuple[Heads, Sequence[GaussianTensors | None]]
"""Heads of a batch's people, and what stands behind each where that is asked for."""


class Method(Protocol):
    """A feed-forward way from views to Gaussians that can be trained."""

    @property
    def name(self) -> str:
        """What it is called in files."""
        ...

    @property
    def network(self) -> nn.Module:
        """What is trained."""
        ...

    @property
    def intake(self) -> Intake:
        """What samples it takes."""
        ...

    @property
    def sizes(self) -> Mapping[str, Any]:
        """The network's sizes, as JSON can say them."""
        ...

    def output(self, views: Views, samples: Sequence[Sample], precision: torch.dtype) -> Output:
        """Return what the network makes of samples' views, computed in a precision."""
        ...

    def checkpoint_attention(self) -> None:
        """Spare memory on the way back, where the network can."""
        ...

    def save(self, path: Path, card: Mapping[str, Any]) -> None:
        """Write the network for use.

        Raises:
            FileError: It cannot be written.
        """
        ...


class HeadsUpMethod:
    """HeadsUp; a Method.

    Args:
        config: Sizes.

    Raises:
        MienError: There is no such template.
    """

    name = "headsup"

    def __init__(self, config: HeadsUpConfig) -> None:
        self.network = HeadsUp(config)
        self.intake = Intake.of(config)
        self.sizes: Mapping[str, Any] = config.as_dict()

    def output(self, views: Views, samples: Sequence[Sample], precision: torch.dtype) -> Output:
        """Return the heads of samples; expressions go through the learned rig."""
        network, device = self.network, views.images.device
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            latents = network.encode(views)
            if any(sample.motion is not None for sample in samples):
                latents = network.express(latents, _expressions(samples).to(device))
            maps = network.decoder(latents)
        # Places need all their digits.
        heads: Head = network.head(maps.float())
        return heads, self._backdrops(views, samples)

    def checkpoint_attention(self) -> None:
        """Compute attention again on the way back."""
        self.network.queries.checkpointed = True

    def save(self, path: Path, card: Mapping[str, Any]) -> None:
        """Write the network for use."""
        save_headsup(path, self.network, card)

    def _backdrops(
        self, views: Views, samples: Sequence[Sample]
    ) -> Sequence[GaussianTensors | None]:
        background = self.network.background
        if background is None or all(sample.behind is not None for sample in samples):
            return [None] * len(samples)
        latents = background.encode(views)
        return [
            background.decode(latents, place) if sample.behind is None else None
            for place, sample in enumerate(samples)
        ]


def headsup_from(path: Path, config: HeadsUpConfig) -> HeadsUpMethod:
    """Return HeadsUp as it was trained before, to be trained on.

    Raises:
        FileError: The file is no HeadsUp network, or one of other sizes.
    """
    trained, _ = load_headsup(path)
    if trained.config != config:
        there, asked = trained.config.as_dict(), config.as_dict()
        name = next(name for name in asked if asked[name] != there[name])
        raise FileError(
            path,
            f"a network of other sizes: {name} is {there[name]}, not {asked[name]}",
            hint="train the preset it was made with, or begin without it",
        )
    method = HeadsUpMethod(config)
    method.network.load_state_dict(trained.state_dict())
    return method


def _expressions(samples: Sequence[Sample]) -> torch.Tensor:
    rows = torch.zeros(len(samples), len(ARKIT_NAMES))
    for row, sample in zip(rows, samples, strict=True):
        if sample.motion is not None:
            row.copy_(torch.tensor(sample.motion.expression))
    return rows
