"""What is left to chance in a training, drawn from seed, step and place alone.

So a resumed training draws what the uninterrupted one would have drawn, and several processes draw
what one process with their people together would.
"""

from __future__ import annotations

import numpy as np

from mien.training.headsup.config import TrainingConfig

_VIEWS, _ORDER, _SAMPLE = 1, 2, 3
"""What generators are for."""


def num_views(config: TrainingConfig, step: int) -> int:
    """Return how many views go in at a step: the same for all people of it."""
    fewest, most = config.views
    return int(np.random.default_rng([config.seed, _VIEWS, step]).integers(fewest, most + 1))


def who(config: TrainingConfig, number: int, count: int) -> int:
    """Return which of `count` people the sample of a number is of: everybody once an epoch."""
    epoch, place = divmod(number, count)
    order = np.random.default_rng([config.seed, _ORDER, epoch]).permutation(count)
    return int(order[place])


def chance_of(config: TrainingConfig, number: int, attempt: int) -> np.random.Generator:
    """Return what all else of a sample is drawn from, at its first or a later attempt."""
    return np.random.default_rng([config.seed, _SAMPLE, number, attempt])


def numbers_of(config: TrainingConfig, step: int, part: int, *, rank: int, num_ranks: int) -> range:
    """Return the numbers of the samples of a process's part of a step."""
    whole = config.accumulate * num_ranks * config.batch
    first = step * whole + (part * num_ranks + rank) * config.batch
    return range(first, first + config.batch)
