"""Move Gaussians that do nothing to where the pictures want more of them.

The number stays, as in Kheradmand et al. 2024 ("3D Gaussian Splatting as Markov Chain Monte
Carlo"), section 3: what has faded is reborn beside one that is needed, and the two are made such
that together they look like the one did. Where that one is long, they share its length instead, as
in the splits of Kerbl et al. 2023, section 5.2.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from mien.models.quaternions import rotated
from mien.training.fit.parameters import Parameters

_FADED = 0.02
"""Opacity below which a Gaussian does nothing."""
_MOST_AT_ONCE = 0.05
"""Share of all Gaussians that may move at once."""
_APART = 0.7
"""How far the two halves of a split stand from the middle, in standard deviations."""
_SHORTER = 1 / 1.6
_LONG = 1.3
"""Ratio of the two largest axes from which a Gaussian is split along the largest only."""


class Need:
    """How much each Gaussian is pulled about, and whether anybody sees it, since the last move.

    Args:
        parameters: Of the fit.
    """

    def __init__(self, parameters: Parameters) -> None:
        count, device = parameters.num_gaussians, parameters.home.device
        self.pull = torch.zeros(count, device=device)
        self.seen = torch.zeros(count, device=device)

    def add(self, parameters: Parameters) -> None:
        """Take in the gradients of a step."""
        offsets, colors = (parameters.tensors[name].grad for name in ("offsets", "colors"))
        assert offsets is not None
        assert colors is not None
        self.pull += offsets.norm(dim=1)
        self.seen += colors.abs().sum(dim=(1, 2))

    def clear(self) -> None:
        """Begin anew."""
        self.pull.zero_()
        self.seen.zero_()


def relocate(parameters: Parameters, need: Need, *, seed: tuple[int, int]) -> int:
    """Move Gaussians that do nothing beside such that are pulled about; return how many.

    Args:
        parameters: Changed in place.
        need: Since the last move; it must span at least one look at every picture.
        seed: Of the choice.
    """
    opacity = parameters.tensors["logit_opacities"].detach().sigmoid()
    kept = torch.from_numpy(parameters.kept).to(opacity.device)
    idle = ((opacity < _FADED) | (need.seen == 0)) & ~kept
    rows = torch.nonzero(idle)[:, 0]
    wanted = torch.where(idle, torch.zeros_like(need.pull), need.pull)
    chance = np.random.default_rng([*seed, 2])
    most = min(int(_MOST_AT_ONCE * len(opacity)), int((wanted > 0).sum()))
    if not most or not len(rows):
        return 0
    if len(rows) > most:
        rows = rows[torch.from_numpy(chance.permutation(len(rows))[:most])]
    shares = wanted.double().cpu().numpy()
    chosen = chance.choice(len(shares), len(rows), replace=False, p=shares / shares.sum())
    sources = torch.from_numpy(chosen).to(rows.device)
    _split(parameters, rows, sources)
    parameters.rebind(rows.cpu().numpy(), chosen)
    parameters.forget(torch.cat([rows, sources]))
    return len(rows)


@torch.no_grad()
def _split(parameters: Parameters, rows: Tensor, sources: Tensor) -> None:
    """Make each pair of a faded Gaussian and its source look as the source alone did."""
    held = parameters.tensors
    for tensor in held.values():
        tensor[rows] = tensor[sources]
    log_scales = held["log_scales"][sources]
    longest = log_scales.argmax(dim=1)
    axes = torch.nn.functional.one_hot(longest, 3).to(log_scales.dtype)
    quats = torch.nn.functional.normalize(held["quats"][sources], dim=1)
    reach = _APART * (log_scales * axes).sum(dim=1).exp()
    step = rotated(quats, axes) * reach[:, None]
    held["offsets"][rows] += step
    held["offsets"][sources] -= step
    shortened = log_scales + axes * math.log(_SHORTER)
    held["log_scales"][rows] = shortened
    held["log_scales"][sources] = shortened
