"""What the buttons beside the weights do to a look; pure, so that each is easy to test."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from mien.editing.document import Keyframe, Look

SAME_INSTANT = 1e-3
"""Keyframes nearer than this, in seconds, are one."""


def randomised(
    look: Look, members: Sequence[str], *, seed: int, locked: Collection[str] = ()
) -> Look:
    """Draw the weights of the members that are not locked evenly from all possible blends."""
    free = [asset for asset in members if asset not in locked]
    kept = {asset: look.weights.get(asset, 0.0) for asset in members if asset in locked}
    room = max(1.0 - sum(kept.values()), 0.0)
    drawn = np.random.default_rng(seed).dirichlet(np.ones(len(free))) if free else np.zeros(0)
    shares = dict(zip(free, (float(room * share) for share in drawn), strict=True))
    weights = {asset: {**kept, **shares}[asset] for asset in members}
    return replace(look, weights=weights, identity=())


def snapped(look: Look) -> Look:
    """Return the look with the person alone who weighs most."""
    if not look.weights:
        return look
    heaviest = max(look.weights, key=lambda asset: look.weights[asset])
    weights = {asset: float(asset == heaviest) for asset in look.weights}
    return replace(look, weights=weights, identity=())


def evened(look: Look, members: Sequence[str]) -> Look:
    """Return the look with equal shares for all members and nothing taken from single ones."""
    return Look(dict.fromkeys(members, 1 / len(members)))


def keyed(keyframes: Sequence[Keyframe], time: float, look: Look) -> tuple[Keyframe, ...]:
    """Return the keyframes with one at a time, replacing one that is there already."""
    kept = [held for held in keyframes if abs(held.time - time) > SAME_INSTANT]
    return tuple(sorted([*kept, Keyframe(time, look)], key=lambda held: held.time))
