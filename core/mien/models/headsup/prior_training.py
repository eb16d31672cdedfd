"""Train the prior on the people of a library; a matter of minutes.

A flow that sees the same few hundred people again and again gives back those very people. So it
sees them washed out: each a Gaussian of its own, as wide as foretells people left out best, and
drawn in toward the mean so that all together are as different as people are (the smoothed
bootstrap with shrinkage, Silverman and Young 1987). What changes about a person changes their
attributes, as far as the coefficients foretell those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from mien.models.headsup.attributes import AttributeTable
from mien.models.headsup.directions import AttributeDirections
from mien.models.headsup.flow import Flow, FlowConfig
from mien.models.headsup.prior import FlowPrior

Progress = Callable[[float | None, str], None]

_UNKNOWN_ONE, _UNKNOWN_ALL = 0.3, 0.15
"""How often an attribute, or all of them, are withheld in training: any of them may be asked for
later, and the network also learns what people are like of whom nothing is known (Ho and Salimans
2022)."""
_REPORT_EVERY = 100
_BLURS = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])


def train_flow(
    coefficients: ArrayLike,
    table: AttributeTable | None = None,
    config: FlowConfig | None = None,
    *,
    progress: Progress = lambda fraction, message: None,
) -> FlowPrior:
    """Train a flow on people.

    Args:
        coefficients: Of the people [P, K], of unit variance.
        table: Their attributes; None for nothing that can be asked for.
        config: Sizes and time.
        progress: Told how far it is; may raise to stop.

    Raises:
        ValueError: The people of the two are not the same number.
    """
    sizes = config or FlowConfig()
    people = torch.from_numpy(np.array(coefficients, np.float32))
    known = (
        AttributeTable((), (), np.zeros((len(people), 0), np.float32)) if table is None else table
    )
    if len(known.values) != len(people):
        raise ValueError(f"{len(people)} people have latents, {len(known.values)} attributes")
    means = np.nanmean(known.values, axis=0) if len(known.names) else np.zeros(0, np.float32)
    spreads = np.nanstd(known.values, axis=0).clip(1e-6) if len(known.names) else means
    standard = torch.from_numpy(((known.values - means) / spreads).astype(np.float32))
    gradients = AttributeDirections.of(people.numpy(), known).gradients / spreads[:, None]
    blur = likeliest_blur(people.numpy()) if sizes.blur is None else sizes.blur
    crowd = _Crowd(people, standard, torch.from_numpy(gradients), blur)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(sizes.seed)
        flow = Flow(people.shape[1], len(known.names), sizes)
        _learn(flow, crowd, sizes, progress)
    return FlowPrior(
        flow.eval().requires_grad_(False),
        replace(sizes, blur=blur),
        known.names,
        means.astype(np.float32),
        spreads.astype(np.float32),
    )


def likeliest_blur(coefficients: ArrayLike) -> float:
    """Return how far people [P, K] are best washed out: by the likelihood of people left out."""
    held = np.asarray(coefficients, np.float64)
    size = held.shape[1]
    scores: list[float] = []
    for blur in _BLURS:
        kept = np.sqrt(1 - blur**2)
        squares = np.square(held[:, None] - kept * held[None]).sum(axis=2)
        exponents = -squares / (2 * blur**2)
        np.fill_diagonal(exponents, -np.inf)
        highest = exponents.max(axis=1, keepdims=True)
        likelihoods = np.log(np.exp(exponents - highest).sum(axis=1)) + highest[:, 0]
        scores.append(float(likelihoods.mean()) - size * float(np.log(blur)))
    return float(_BLURS[int(np.argmax(scores))])


@dataclass(frozen=True, eq=False)
class _Crowd:
    """People to learn from, washed out anew each time.

    Args:
        people: Coefficients [P, K].
        attributes: Standardised [P, A], NaN where nobody knows.
        gradients: How attributes change with coefficients [A, K].
        blur: 0..1.
    """

    people: Tensor
    attributes: Tensor
    gradients: Tensor
    blur: float

    def drawn(self, count: int) -> tuple[Tensor, Tensor]:
        """Return coefficients [count, K] and attributes [count, A], some of them unknown."""
        chosen = torch.randint(len(self.people), (count,))
        own = self.people[chosen]
        kept = (1 - self.blur**2) ** 0.5
        washed = kept * own + self.blur * torch.randn_like(own)
        asked = self.attributes[chosen] + (washed - own) @ self.gradients.T
        some = torch.rand_like(asked) < _UNKNOWN_ONE
        all_of_them = torch.rand(count, 1) < _UNKNOWN_ALL
        return washed, asked.masked_fill(some | all_of_them, torch.nan)


def _learn(flow: Flow, crowd: _Crowd, config: FlowConfig, progress: Progress) -> None:
    adam = torch.optim.AdamW(flow.parameters(), lr=config.rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, config.steps)
    average = torch.optim.swa_utils.AveragedModel(
        flow, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99)
    )
    for step in range(config.steps):
        ends, asked = crowd.drawn(config.batch)
        starts = torch.randn_like(ends)
        # Times in the middle are the hard ones (Esser et al. 2024).
        times = torch.sigmoid(torch.randn(config.batch))
        places = torch.lerp(starts, ends, times[:, None])
        loss = (flow(places, times, asked) - (ends - starts)).square().mean()
        adam.zero_grad(set_to_none=True)
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        adam.step()
        schedule.step()
        average.update_parameters(flow)
        if step % _REPORT_EVERY == 0:
            progress(step / config.steps, f"loss {float(loss.detach()):.3f}")
    flow.load_state_dict(average.module.state_dict())
