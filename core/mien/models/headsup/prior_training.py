"""Train the prior on the people of a library; a matter of minutes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from mien.models.headsup.attributes import AttributeTable
from mien.models.headsup.flow import Flow, FlowConfig
from mien.models.headsup.prior import FlowPrior

Progress = Callable[[float | None, str], None]

_UNKNOWN_ONE, _UNKNOWN_ALL = 0.3, 0.15
"""How often an attribute, or all of them, are withheld in training: any of them may be asked for
later, and the network also learns what people are like of whom nothing is known (Ho and Salimans
2022)."""
_REPORT_EVERY = 100


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
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(sizes.seed)
        flow = Flow(people.shape[1], len(known.names), sizes)
        _learn(flow, people, standard, sizes, progress)
    return FlowPrior(
        flow.eval().requires_grad_(False),
        sizes,
        known.names,
        means.astype(np.float32),
        spreads.astype(np.float32),
    )


def _learn(
    flow: Flow, people: Tensor, attributes: Tensor, config: FlowConfig, progress: Progress
) -> None:
    adam = torch.optim.AdamW(flow.parameters(), lr=config.rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, config.steps)
    average = torch.optim.swa_utils.AveragedModel(
        flow, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99)
    )
    for step in range(config.steps):
        chosen = torch.randint(len(people), (config.batch,))
        ends = people[chosen] + config.blur * torch.randn(config.batch, people.shape[1])
        asked = _withheld(attributes[chosen])
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


def _withheld(asked: Tensor) -> Tensor:
    """Return attributes [B, A], some of them, or all of a person, unknown."""
    some = torch.rand_like(asked) < _UNKNOWN_ONE
    all_of_them = torch.rand(len(asked), 1) < _UNKNOWN_ALL
    return asked.masked_fill(some | all_of_them, torch.nan)
