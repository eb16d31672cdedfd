"""Variety: whom to show of many, so that as many kinds of people as there are can be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.models.headsup.attributes import Attribute, AttributeTable


def most_varied(places: NDArray[np.floating], count: int) -> list[int]:
    """Return which of P points [P, K] are as far from each other as there are.

    The first one is nearest to the middle; each next one is the farthest from those before
    (Gonzalez 1985).
    """
    held = np.asarray(places, np.float64)
    if not len(held):
        return []
    order = [int(np.argmin(np.linalg.norm(held - held.mean(axis=0), axis=1)))]
    nearest = np.full(len(held), np.inf)
    while len(order) < min(count, len(held)):
        nearest = np.minimum(nearest, np.linalg.norm(held - held[order[-1]], axis=1))
        nearest[order] = -1
        order.append(int(np.argmax(nearest)))
    return order


def attribute_places(people: Sequence[Mapping[str, Attribute]]) -> NDArray[np.float64] | None:
    """Return people as points by what is known of them [P, A]; None where that tells nobody apart.

    Every attribute counts alike, a word among many as much as a number; what is not known of
    somebody is taken to be as usual.
    """
    table = AttributeTable.of(people)
    if not table.names:
        return None
    values = table.values.astype(np.float64)
    standard = np.nan_to_num((values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0))
    columns = np.array([table.groups.count(group) for group in table.groups])
    return standard / np.sqrt(columns)
