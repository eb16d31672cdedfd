"""Who people are: MakeHuman's phenotype (ancestry, sex, age, weight) and its face sliders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from template.makehuman import MakeHuman

from mien.template.attributes import AGE_RANGE

ANCESTRIES = ("african", "asian", "caucasian")

SLIDERS: tuple[tuple[str, str, str], ...] = (
    ("head/head-scale-depth", "decr", "incr"), ("head/head-scale-horiz", "decr", "incr"),
    ("head/head-scale-vert", "decr", "incr"), ("head/head-back-scale-depth", "decr", "incr"),
    ("head/head-angle", "in", "out"), ("head/head-fat", "decr", "incr"),
    ("forehead/forehead-nubian", "decr", "incr"), ("forehead/forehead-temple", "decr", "incr"),
    ("forehead/forehead-scale-vert", "decr", "incr"),
    ("forehead/forehead-trans", "backward", "forward"),
    ("eyebrows/eyebrows-angle", "down", "up"), ("eyebrows/eyebrows-trans", "backward", "forward"),
    ("nose/nose-base", "down", "up"), ("nose/nose-curve", "concave", "convex"),
    ("nose/nose-flaring", "decr", "incr"), ("nose/nose-greek", "decr", "incr"),
    ("nose/nose-hump", "decr", "incr"), ("nose/nose-nostrils-width", "decr", "incr"),
    ("nose/nose-point", "down", "up"), ("nose/nose-point-width", "decr", "incr"),
    ("nose/nose-scale-depth", "decr", "incr"), ("nose/nose-scale-horiz", "decr", "incr"),
    ("nose/nose-scale-vert", "decr", "incr"), ("nose/nose-volume", "decr", "incr"),
    ("nose/nose-width1", "decr", "incr"), ("nose/nose-width2", "decr", "incr"),
    ("nose/nose-width3", "decr", "incr"),
    ("mouth/mouth-scale-horiz", "decr", "incr"), ("mouth/mouth-scale-vert", "decr", "incr"),
    ("mouth/mouth-trans", "down", "up"), ("mouth/mouth-trans", "backward", "forward"),
    ("mouth/mouth-lowerlip-volume", "decr", "incr"),
    ("mouth/mouth-upperlip-volume", "decr", "incr"),
    ("mouth/mouth-cupidsbow", "decr", "incr"), ("mouth/mouth-angles", "down", "up"),
    ("chin/chin-bones", "decr", "incr"), ("chin/chin-height", "decr", "incr"),
    ("chin/chin-jaw-drop", "decr", "incr"), ("chin/chin-prognathism", "decr", "incr"),
    ("chin/chin-prominent", "decr", "incr"), ("chin/chin-width", "decr", "incr"),
    ("cheek/?-cheek-bones", "decr", "incr"), ("cheek/?-cheek-inner", "decr", "incr"),
    ("cheek/?-cheek-volume", "decr", "incr"), ("cheek/?-cheek-trans", "down", "up"),
    ("ears/?-ear-flap", "decr", "incr"), ("ears/?-ear-lobe", "decr", "incr"),
    ("ears/?-ear-scale", "decr", "incr"), ("ears/?-ear-wing", "decr", "incr"),
    ("eyes/?-eye-bag", "decr", "incr"), ("eyes/?-eye-corner1", "down", "up"),
    ("eyes/?-eye-corner2", "down", "up"), ("eyes/?-eye-epicanthus", "in", "out"),
    ("eyes/?-eye-eyefold", "down", "up"), ("eyes/?-eye-height2", "decr", "incr"),
    ("eyes/?-eye-scale", "decr", "incr"), ("eyes/?-eye-trans", "in", "out"),
    ("eyes/?-eye-trans", "down", "up"), ("eyes/?-eye-push1", "in", "out"),
    ("neck/neck-scale-horiz", "decr", "incr"), ("neck/neck-scale-depth", "decr", "incr"),
    ("neck/neck-double", "decr", "incr"),
)  # fmt: skip
"""Face sliders: name, and the suffixes of their two ends; `?` stands for both sides."""


@dataclass(frozen=True)
class Phenotype:
    """A person in MakeHuman's terms.

    Args:
        ancestry: Shares of ANCESTRIES; they need not sum to one.
        male: 0 female .. 1 male.
        old: 0 a young adult .. 1 old.
        heavy: -1 thin .. 1 heavy.
        sliders: Face sliders by name, -1..1.
    """

    ancestry: tuple[float, float, float] = (1.0, 1.0, 1.0)
    male: float = 0.5
    old: float = 0.2
    heavy: float = 0.0
    sliders: Mapping[str, float] = field(default_factory=dict)


class People:
    """Makes the MakeHuman body of a phenotype."""

    def __init__(self, body: MakeHuman) -> None:
        self._body = body
        self._targets: dict[str, NDArray[np.float64]] = {}

    def shape(self, person: Phenotype) -> NDArray[np.float64]:
        """Return all vertices [V, 3] of the mesh for a person."""
        points = self._body.points.copy()
        unknown = set(person.sliders) - {slider_key(name, high) for name, _, high in SLIDERS}
        if unknown:
            raise ValueError(f"no face sliders {sorted(unknown)}")
        shares = np.array(person.ancestry) / sum(person.ancestry)
        weights = {"minweight": max(0.0, -person.heavy), "maxweight": max(0.0, person.heavy)}
        weights["averageweight"] = 1 - sum(weights.values())
        for sex, of_sex in (("male", person.male), ("female", 1 - person.male)):
            for age, of_age in (("old", person.old), ("young", 1 - person.old)):
                for ancestry, share in zip(ANCESTRIES, shares, strict=True):
                    self._add(
                        points, f"macrodetails/{ancestry}-{sex}-{age}", share * of_sex * of_age
                    )
                for weight, amount in weights.items():
                    name = f"macrodetails/universal-{sex}-{age}-averagemuscle-{weight}"
                    self._add(points, name, amount * of_sex * of_age)
        for name, low, high in SLIDERS:
            amount = person.sliders.get(slider_key(name, high), 0.0)
            end = f"{name}-{low if amount < 0 else high}"
            for path in [end.replace("?", side) for side in "lr"] if "?" in end else [end]:
                self._add(points, path, abs(amount))
        return points

    def _add(self, points: NDArray[np.float64], name: str, amount: float) -> None:
        if amount:
            if name not in self._targets:
                self._targets[name] = self._body.shape_target(name)
            points += amount * self._targets[name]


def slider_key(name: str, high: str) -> str:
    """Return what a phenotype calls a slider, such as `nose-hump` or `eye-trans-up`."""
    key = name.partition("/")[2].removeprefix("?-")
    return key if high in ("incr", "out", "convex") and "trans" not in key else f"{key}-{high}"


def random_person(rng: np.random.Generator) -> Phenotype:
    """Draw a person: ancestry from a sparse Dirichlet, adults of any age, sliders at about 0.3."""
    ancestry = rng.dirichlet([0.6, 0.6, 0.6]) + 1e-9
    sliders = {
        slider_key(name, high): float(np.clip(rng.normal(0, 0.33), -1, 1))
        for name, _, high in SLIDERS
    }
    return Phenotype(
        (float(ancestry[0]), float(ancestry[1]), float(ancestry[2])),
        male=float(rng.beta(0.5, 0.5)),
        old=float(rng.beta(0.8, 1.6)),
        heavy=float(np.clip(rng.normal(0, 0.35), -1, 1)),
        sliders=sliders,
    )


def identity_basis(
    shapes: NDArray[np.float32], components: int, importance: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the principal components [D, V, 3] of people [P, V, 3], and their coefficients [P, D].

    Variance counts by the vertices' `importance` [V], so that eyes, nose and mouth are not lost
    among necks and shoulders; vertices that do not count (0) go along as the people's coefficients
    explain them. A component is scaled so that its coefficient has unit variance over the people,
    and signed so that its largest entry is positive: the same with every library.
    """
    people, vertices, _ = shapes.shape
    weight = np.sqrt(np.repeat(importance, 3))
    centred = (shapes - shapes.mean(axis=0)).reshape(people, -1)
    left, _, _ = np.linalg.svd(centred * weight, full_matrices=False)
    coefficients = left[:, :components].astype(np.float64) * np.sqrt(people - 1)
    basis = coefficients.T @ centred / (people - 1)
    largest = np.take_along_axis(basis, np.abs(basis).argmax(axis=1)[:, None], axis=1)
    sign = np.sign(largest)
    basis = (basis * sign).reshape(components, vertices, 3)
    return basis.astype(np.float32), coefficients * sign[:, 0]


def attributes_of(person: Phenotype) -> tuple[float, ...]:
    """Return a person's values of `mien.template.attributes.ATTRIBUTE_NAMES`."""
    youngest, oldest = AGE_RANGE
    shares = np.array(person.ancestry) / sum(person.ancestry)
    return (person.male, youngest + person.old * (oldest - youngest), person.heavy, *shares)


def attribute_model(
    people: list[Phenotype], coefficients: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit what attributes say of coefficients [P, D]: directions [A, D], residual factor [D, D]."""
    values = np.array([attributes_of(person) for person in people])
    directions = np.linalg.lstsq(values, coefficients, rcond=None)[0]
    unexplained = coefficients - values @ directions
    covariance = unexplained.T @ unexplained / (len(people) - values.shape[1])
    return directions.astype(np.float32), np.linalg.cholesky(covariance).astype(np.float32)
