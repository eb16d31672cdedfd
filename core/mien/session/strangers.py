"""People who never lived: where in somebody's latent space the next one stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mien.avatar.protocol import Avatar
from mien.session.people import library_of

Float32 = NDArray[np.float32]

_FARTHEST = 2.0
"""No coefficient strays beyond so many of the truncation: rare people are seldom plausible."""


@dataclass(frozen=True)
class StrangerWish:
    """What the next stranger is to be like.

    Args:
        seed: The same draws the same person.
        truncation: How far people stray from the average: 1 as people do.
        flow: Whether they come from the prior that learned people, where there is one; from the
            Gaussian that their coefficients have if not.
        attributes: How much they are to have of some attributes, by name.
        kept: Coefficients that stay as they are, by index.
    """

    seed: int
    truncation: float = 1.0
    flow: bool = False
    attributes: Mapping[str, float] = field(default_factory=lambda: dict[str, float]())
    kept: Mapping[int, float] = field(default_factory=lambda: dict[int, float]())


def draw_stranger(avatar: Avatar, wish: StrangerWish) -> Float32:
    """Return where somebody stands who never lived [K].

    Of a Gaussian, being moved to attributes on the shortest way is being drawn from those who have
    them; the flow is told of them, and what it missed is made up for in the same way.

    Raises:
        ValueError: The avatar has no latent space.
    """
    space, library = avatar.latent_space, library_of(avatar)
    if space is None:
        raise ValueError(f"{avatar.name} has no latent space")
    rng = np.random.default_rng(wish.seed)
    prior = library.prior if wish.flow and library is not None else None
    if prior is not None:
        told = {name: value for name, value in wish.attributes.items() if name in prior.names}
        found = prior.people(rng, 1, attributes=told, truncation=wish.truncation)[0]
    else:
        found = _gaussian(rng, space.standard_deviations, wish.truncation)
    for index, value in wish.kept.items():
        found[index] = value
    directions = None if library is None else library.directions
    if directions is None or not wish.attributes:
        return found
    return directions.pinned(found, wish.attributes, kept=tuple(wish.kept))


def _gaussian(rng: np.random.Generator, deviations: Float32, truncation: float) -> Float32:
    noise = np.clip(rng.standard_normal(len(deviations)), -_FARTHEST, _FARTHEST)
    return (truncation * noise * deviations).astype(np.float32)
