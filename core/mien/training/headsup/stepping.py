"""One step of a training after the other: what views become is compared, and improved."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mien.models.headsup.views import Views
from mien.rendering.differentiable import GaussianTensors, rasterizer
from mien.training.headsup.averaging import Average
from mien.training.headsup.config import TrainingConfig
from mien.training.headsup.methods import Method
from mien.training.headsup.objective import Distance, Objective
from mien.training.headsup.ranks import Ranks
from mien.training.headsup.sampler import Batch
from mien.training.headsup.samples import Sample
from mien.training.headsup.schedule import optimizers, rate_at

NextBatch = Callable[[], Batch]

_OF_CONVOLUTIONS = 4
"""Dimensions of parameters that are laid out channels last."""


@dataclass(frozen=True)
class Outcome:
    """What a step gave.

    Args:
        loss: Its mean over people.
        parts: What the loss is the sum of.
        psnr: Of the training's own pictures, dB.
        rate: The step size.
        gradient: Length of the gradient before it was clipped; not finite where the step was left
            out because of that.
    """

    loss: float
    parts: dict[str, float]
    psnr: float
    rate: float
    gradient: float


class Training:
    """A training under way.

    Args:
        config: What is asked.
        method: What is trained.
        ranks: The processes that train it together.
        perceptual: A learned distance of pictures, where one is at hand.
    """

    def __init__(
        self,
        config: TrainingConfig,
        method: Method,
        ranks: Ranks,
        *,
        perceptual: Distance | None = None,
    ) -> None:
        self.config, self.method, self.ranks = config, method, ranks
        self.step = 0
        method.network.to(ranks.device)
        for parameter in method.network.parameters():
            if parameter.dim() == _OF_CONVOLUTIONS:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        if config.checkpointed:
            method.checkpoint_attention()
        self.optimizers = optimizers(method.network, config)
        self.average = Average(method.network, keeps=config.averaging)
        self.precision = _precision(config, ranks.device)
        self._objective = Objective(config.weights, rasterizer(ranks.device.type), perceptual)

    def advance(self, next_batch: NextBatch, fraction: float) -> Outcome:
        """Do one step, at a share of the budget."""
        config, network = self.config, self.method.network
        network.train()
        network.zero_grad(set_to_none=True)
        sums: defaultdict[str, float] = defaultdict(float)
        for _ in range(config.accumulate):
            self._learn(next_batch().samples, fraction, sums)
        rate = rate_at(config, self.step, fraction)
        gradient = self._improve(rate)
        self.step += 1
        names = sorted(sums)
        told = dict(zip(names, self.ranks.mean([sums[name] for name in names]), strict=True))
        psnr = told.pop("psnr")
        return Outcome(sum(told.values()), told, psnr, rate, gradient)

    def _learn(
        self, samples: Sequence[Sample], fraction: float, sums: defaultdict[str, float]
    ) -> None:
        """Add the gradients of one part of a step."""
        share = 1 / (len(samples) * self.config.accumulate)
        views = views_of(samples, self.ranks.device)
        heads, backdrops = self.method.output(views, samples, self.precision)
        cut = Cut()
        loose = cut.loosened(heads)
        loose_backdrops = [None if each is None else cut.tuple(each) for each in backdrops]
        for person, sample in enumerate(samples):
            # Each picture's memory is free again before the next person's are drawn.
            judged = self._objective.judge(
                loose, person, sample, fraction=fraction, backdrop=loose_backdrops[person]
            )
            torch.autograd.backward([judged.loss * share])
            sums["psnr"] += share * judged.psnr
            for name in PARTS:
                value = judged.parts.get(name)
                sums[name] += 0.0 if value is None else share * float(value.detach())
        cut.backward()

    def _improve(self, rate: float) -> float:
        """Move the parameters along the mean gradient of all processes; return its length."""
        parameters = list(self.method.network.parameters())
        for parameter in parameters:
            # What no sample of a step needed has to be the same on every process.
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        self.ranks.average(parameter.grad for parameter in parameters if parameter.grad is not None)
        length = float(torch.nn.utils.clip_grad_norm_(parameters, self.config.clip))
        if math.isfinite(length):
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate
                optimizer.step()
            self.average.add(self.step)
        return length


PARTS = ("l1", "ssim", "mask", "perceptual", "offset", "scale", "position", "color", "shell")
"""What a loss may be made of, in the order of the log."""


def views_of(samples: Sequence[Sample], device: torch.device) -> Views:
    """Return what goes in of some samples."""
    images = torch.from_numpy(np.stack([sample.images for sample in samples]))
    rays = torch.from_numpy(np.stack([sample.rays for sample in samples]))
    return Views(images, rays).to(device)


class Cut:
    """Cuts a graph between the network and the pictures, to go back through it in two passes.

    So each person's pictures are drawn and forgotten one after the other, and the network is gone
    through once.
    """

    def __init__(self) -> None:
        self._pairs: list[tuple[Tensor, Tensor]] = []

    def loosened(self, heads: Any) -> Any:
        """Return a dataclass of tensors with tensors that collect gradients of their own."""
        return replace(
            heads, **{e.name: self._loose(getattr(heads, e.name)) for e in fields(heads)}
        )

    def tuple(self, gaussians: GaussianTensors) -> GaussianTensors:
        """Return Gaussians that collect gradients of their own."""
        return GaussianTensors(*(self._loose(each) for each in gaussians))

    def backward(self) -> None:
        """Go on with what was collected."""
        kept = [(before, after.grad) for before, after in self._pairs if after.grad is not None]
        torch.autograd.backward([before for before, _ in kept], [grad for _, grad in kept])

    def _loose(self, tensor: Tensor) -> Tensor:
        if not tensor.requires_grad:
            return tensor
        after = tensor.detach().requires_grad_()
        self._pairs.append((tensor, after))
        return after


def _precision(config: TrainingConfig, device: torch.device) -> torch.dtype:
    if config.precision == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return torch.bfloat16 if config.precision == "bfloat16" else torch.float32
