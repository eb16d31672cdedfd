"""Attribute directions: which way a latent goes for longer hair, and for nothing else.

Each attribute is regressed on the coefficients of people's latents (ridge regression). What the
regressions give are gradients; moving along one moves other attributes, too, wherever gradients
are not orthogonal. So the directions are those that move one attribute by one unit, none of the
others, and are as short as they can be: coefficients have unit variance over people, so the
shortest way is the likeliest. Attributes that say nearly the same, as melanin and the skin's
lightness do, cannot be held against each other; those that nobody can tell from the coefficients
have nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.models.headsup.attributes import AttributeTable

Float32 = NDArray[np.float32]
Array = NDArray[np.floating]

Independence = Literal["others", "symmetric", "none"]

_POWERS = (0.0, 0.5, 1.0)
_STRENGTHS = np.geomspace(0.1, 1e4, 16)
_SLACK = 1e-2
"""How far from exact: attributes that always come together cannot be told apart."""
_SAME = 0.6
"""Cosine of two gradients from which their attributes say the same."""
_TELLING = 0.05
"""Certainty from which an attribute is known well enough to be left alone."""
_RANGE = (2.0, 98.0)
"""Percentiles of people between which a slider goes."""


@dataclass(frozen=True, eq=False)
class AttributeDirections:
    """Which way each of A attributes lies in a space of K coefficients.

    Args:
        names: Of the attributes [A].
        gradients: How much each attribute grows along each coefficient [A, K], in its unit.
        offsets: What each attribute is where all coefficients are zero [A].
        directions: The way for one unit more of each attribute [A, K].
        ranges: What people have, from few to many [A, 2].
        certainties: How much of people's variance the coefficients foretell in people left out
            (R², leave one out) [A]; below zero it is worse than a guess.
    """

    names: tuple[str, ...]
    gradients: Float32
    offsets: Float32
    directions: Float32
    ranges: Float32
    certainties: Float32

    @staticmethod
    def of(
        coefficients: ArrayLike,
        table: AttributeTable,
        *,
        weights: ArrayLike | None = None,
        independence: Independence = "others",
    ) -> AttributeDirections:
        """Find the directions.

        Args:
            coefficients: Of people [P, K], of unit variance.
            table: Their attributes.
            weights: How much each coefficient changes the latent [K]: what changes it little
                rather is noise than what tells an attribute. All alike without.
            independence: What a direction leaves alone. `others`: all other attributes that are
                known well enough and mean something else. `symmetric`: the directions are
                orthogonal, each as near as it can be to its own gradient (Löwdin 1950). `none`: the
                gradients themselves.

        Raises:
            ValueError: The people of the two are not the same number.
        """
        held = np.asarray(coefficients, np.float64)
        if len(held) != len(table.values):
            raise ValueError(f"{len(held)} people have latents, {len(table.values)} attributes")
        size = held.shape[1]
        shares = np.ones(size) if weights is None else np.asarray(weights, np.float64)
        columns = table.values.T.astype(np.float64)
        fits = [_fitted(held, column, shares / shares.max(initial=1e-12)) for column in columns]
        gradients = np.array([fit.gradient for fit in fits]).reshape(-1, size)
        spreads = np.array([fit.spread for fit in fits])
        certainties = np.array([fit.certainty for fit in fits])
        standard = gradients / spreads[:, None]
        ways = _ways(standard, certainties, table.groups, independence)
        known = [column[np.isfinite(column)] for column in table.values.T]
        return AttributeDirections(
            table.names,
            gradients.astype(np.float32),
            np.array([fit.offset for fit in fits], np.float32),
            (ways / spreads[:, None]).astype(np.float32),
            np.array([np.percentile(each, _RANGE) for each in known], np.float32).reshape(-1, 2),
            certainties.astype(np.float32),
        )

    def values(self, coefficients: ArrayLike) -> Float32:
        """Return what attributes a person seems to have [A]."""
        held = np.asarray(coefficients, np.float32)
        return (self.gradients[:, : len(held)] @ held + self.offsets).astype(np.float32)

    def moved(self, coefficients: ArrayLike, name: str, amount: float) -> Float32:
        """Return a person's coefficients [K] with more of an attribute, in its unit.

        Raises:
            KeyError: There is no such attribute.
        """
        way = amount * self._way(name)
        return (np.asarray(coefficients, np.float32) + way).astype(np.float32)

    def with_value(self, coefficients: ArrayLike, name: str, value: float) -> Float32:
        """Return a person's coefficients [K] with so much of an attribute as they seem to have.

        Raises:
            KeyError: There is no such attribute.
        """
        index = self._index(name)
        return self.moved(coefficients, name, value - float(self.values(coefficients)[index]))

    def pinned(
        self, coefficients: ArrayLike, wanted: Mapping[str, float], *, kept: Sequence[int] = ()
    ) -> Float32:
        """Return the nearest coefficients [K] of somebody with just so much of some attributes.

        People of unit variance of whom this is done are as drawn from those who have them: that is
        what conditioning a Gaussian on linear values does.

        Args:
            coefficients: Of a person [K].
            wanted: How much, by name, in the attributes' units.
            kept: Coefficients that must not move.

        Raises:
            KeyError: There is no such attribute.
        """
        found = np.array(coefficients, np.float64)
        rows = [self._index(name) for name in wanted]
        free = np.setdiff1d(np.arange(len(found)), np.array(kept, np.int64))
        gradients = self.gradients[rows].astype(np.float64)
        missing = np.array(list(wanted.values())) - gradients @ found - self.offsets[rows]
        # In units of each attribute's own gradient: millimetres would outweigh shares.
        lengths = np.linalg.norm(gradients, axis=1).clip(1e-12)
        ways = (gradients / lengths[:, None])[:, free]
        found[free] += np.linalg.lstsq(ways, missing / lengths, rcond=_SLACK)[0]
        return found.astype(np.float32)

    def chosen(self, names: Sequence[str]) -> AttributeDirections:
        """Return some of them, in another order.

        Raises:
            KeyError: There is no such attribute.
        """
        rows = [self._index(name) for name in names]
        return AttributeDirections(
            tuple(names),
            self.gradients[rows],
            self.offsets[rows],
            self.directions[rows],
            self.ranges[rows],
            self.certainties[rows],
        )

    def certain(self, least: float = 0.2) -> AttributeDirections:
        """Return those that people's coefficients foretell, the most certain first."""
        order = np.argsort(-self.certainties, kind="stable")
        return self.chosen([self.names[k] for k in order if self.certainties[k] >= least])

    def _way(self, name: str) -> Float32:
        return self.directions[self._index(name)]

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise KeyError(f"no attribute {name!r}; there are {', '.join(self.names)}")
        return self.names.index(name)


@dataclass(frozen=True)
class _Fit:
    gradient: Array
    offset: float
    spread: float
    certainty: float


def _fitted(coefficients: Array, values: Array, weights: Array) -> _Fit:
    """Regress an attribute with coefficients weighed as foretells people left out best."""
    fits: list[_Fit] = []
    for power in _POWERS if np.ptp(weights) > 0 else _POWERS[:1]:
        shares = weights**power
        fit = _ridge(coefficients * shares, values)
        fits.append(replace(fit, gradient=fit.gradient * shares))
    return max(fits, key=lambda fit: fit.certainty)


def _ridge(coefficients: Array, values: Array) -> _Fit:
    """Regress an attribute, as strongly held back as foretells people left out best.

    Who is left out need not be left out in fact: the hat matrix tells (Allen 1974).
    """
    known = np.isfinite(values)
    x, y = coefficients[known], values[known]
    spread = max(float(y.std()), 1e-12)
    middle, mean = x.mean(axis=0), float(y.mean())
    u, singular, vt = np.linalg.svd(x - middle, full_matrices=False)
    standard = (y - mean) / spread
    along = u.T @ standard
    best_error, best = np.inf, _STRENGTHS[-1]
    for strength in _STRENGTHS:
        kept = singular**2 / (singular**2 + strength)
        leverage = (u**2 @ kept + 1 / len(y)).clip(max=1 - 1e-6)
        error = float((((standard - u @ (kept * along)) / (1 - leverage)) ** 2).mean())
        if error < best_error:
            best_error, best = error, strength
    gradient = spread * (vt.T @ (singular / (singular**2 + best) * along))
    return _Fit(gradient, mean - float(gradient @ middle), spread, 1 - best_error)


def _ways(
    gradients: Array, certainties: Array, groups: Sequence[str], independence: Independence
) -> Array:
    """Return directions [A, K] of standardised gradients [A, K]."""
    lengths = np.linalg.norm(gradients, axis=1).clip(1e-12)
    units = gradients / lengths[:, None]
    if independence == "none":
        ways = units
    elif independence == "symmetric":
        u, _, vt = np.linalg.svd(units, full_matrices=False)
        ways = u @ vt
    else:
        others = _others(units, certainties, groups)
        ways = np.array([_alone(units, k, held) for k, held in enumerate(others)])
        ways = ways.reshape(units.shape)
    # Each as long as moves its own attribute by one.
    return ways / np.einsum("ak,ak->a", ways, gradients).clip(1e-3 * lengths)[:, None]


def _others(units: Array, certainties: Array, groups: Sequence[str]) -> list[NDArray[np.intp]]:
    """Return which attributes each attribute is to leave alone.

    Words for the same thing exclude each other, so they are not held against each other either.
    """
    alike = np.abs(units @ units.T) > _SAME
    same_group = np.array([[a == b for b in groups] for a in groups], bool).reshape(alike.shape)
    return [np.flatnonzero(~row & (certainties > _TELLING)) for row in alike | same_group]


def _alone(units: Array, index: int, others: NDArray[np.intp]) -> Array:
    """Return what is left of a gradient without what it shares with others'."""
    held, own = units[others], units[index]
    products = held @ held.T + _SLACK * np.eye(len(held))
    return own - held.T @ np.linalg.solve(products, held @ own)
