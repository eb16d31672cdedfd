"""People's attributes as numbers: what a slider may stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Attribute = str | float | int | bool

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_FEWEST = 3
"""People who must have something, and who must lack it, so that it can be told."""
_IGNORED = ("seed",)

_SCALES: tuple[tuple[str, Callable[[NDArray[np.float64]], float]], ...] = (
    ("lightness", lambda rgb: float(rgb @ [0.2126, 0.7152, 0.0722])),
    ("warmth", lambda rgb: float(rgb[0] - rgb[2])),
)
"""What a colour is on two scales, from sRGB 0..1."""


@dataclass(frozen=True, eq=False)
class AttributeTable:
    """What is known of P people, in A columns of numbers.

    A yes or no is 1 or 0; a word becomes a column of 1 and 0 for each word that is said of enough
    people; a colour becomes its lightness and its warmth.

    Args:
        names: Of the columns [A], such as `hair length mm`, `hair style: bob`.
        groups: The attribute each is of [A]: `hair_length_mm`, `hair_style`.
        values: [P, A]; NaN where nobody knows.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    values: NDArray[np.float32]

    @staticmethod
    def of(people: Sequence[Mapping[str, Attribute]]) -> AttributeTable:
        """Sort out what is known; what is the same of everybody is left out."""
        columns: dict[str, tuple[str, list[float]]] = {}
        for key in dict.fromkeys(key for person in people for key in person):
            if key not in _IGNORED:
                held = [person.get(key) for person in people]
                for name, values in _columns(key, held):
                    columns[name] = key, values
        told = {name: held for name, held in columns.items() if _tells(held[1])}
        values = np.array([held for _, held in told.values()], np.float32)
        return AttributeTable(
            tuple(told),
            tuple(group for group, _ in told.values()),
            values.T.reshape(len(people), len(told)),
        )

    def chosen(self, names: Sequence[str]) -> AttributeTable:
        """Return some of the columns.

        Raises:
            ValueError: There is no such column.
        """
        held = [self.names.index(name) for name in names]
        return AttributeTable(
            tuple(names), tuple(self.groups[column] for column in held), self.values[:, held]
        )


def _columns(key: str, held: Sequence[Attribute | None]) -> list[tuple[str, list[float]]]:
    title = key.replace("_", " ")
    known = [value for value in held if value is not None]
    if all(isinstance(value, int | float) for value in known):
        return [(title, [np.nan if value is None else float(value) for value in held])]
    words = [None if value is None else str(value) for value in held]
    if all(word is None or _COLOR.fullmatch(word) for word in words):
        return [
            (f"{title} {name}", [np.nan if word is None else scale(_rgb(word)) for word in words])
            for name, scale in _SCALES
        ]
    return [
        (f"{title}: {kind}", [np.nan if word is None else float(word == kind) for word in words])
        for kind in sorted({word for word in words if word is not None})
    ]


def _tells(values: Sequence[float]) -> bool:
    """Say whether a column differs between enough people."""
    known = np.array([value for value in values if np.isfinite(value)])
    kinds, counts = np.unique(known, return_counts=True)
    return len(kinds) > 2 or (len(kinds) == 2 and int(counts.min()) >= _FEWEST)


def _rgb(word: str) -> NDArray[np.float64]:
    return np.array([int(word[start : start + 2], 16) / 255 for start in (1, 3, 5)])
