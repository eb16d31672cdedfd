"""The head that hair is dressed on: its guides' roots, its measures and its skin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.strands.children import Texture
from mien.capture.synthetic.strands.distance import DistanceField
from mien.capture.synthetic.strands.guides import Heights, Rule
from mien.transforms import Array


@dataclass(frozen=True, eq=False)
class Measures:
    """How a person's head lies over the template's, axis by axis: size and place."""

    scale: Array
    shift: Array

    @staticmethod
    def of(surface_mm: Array, neutral_mm: Array) -> Measures:
        """Compare vertices of the head [V, 3] with the same ones of the template [V, 3]."""
        spread, mean = neutral_mm.std(axis=0), neutral_mm.mean(axis=0)
        scale = surface_mm.std(axis=0) / spread
        return Measures(scale, surface_mm.mean(axis=0) - scale * mean)

    def to_template(self, points: Array) -> Array:
        """Return where on or about the template points about the person would be [.., 3]."""
        return (points - self.shift) / self.scale

    def to_person(self, points: Array) -> Array:
        """Return where about the person points about the template would be [.., 3]."""
        return points * self.scale + self.shift


@dataclass(frozen=True, eq=False)
class Scalp:
    """Places on a head, millimetres.

    Args:
        mm: Where they are on the neutral template [G, 3].
        points: Where they are on the person [G, 3].
        normals: Away from the person's skin [G, 3].
        density: How densely hair grows there [G], 0..1.
        measures: How the person's head compares with the template's.
        field: Distances from the person.
        seed: What chance decides.
    """

    mm: Array
    points: Array
    normals: Array
    density: Array
    measures: Measures
    field: DistanceField
    seed: int

    def __len__(self) -> int:
        return len(self.mm)


def _undivided(mm: Array) -> Array:
    return np.zeros(len(mm))


def _uncut(mm: Array) -> Array:
    return np.ones(len(mm))


@dataclass(frozen=True, eq=False)
class Knot:
    """Hair that is laid by hand instead of grown: a tail, a braid, a bun, or what holds it.

    Args:
        points: Its strands on the person [S, K, 3].
        width_mm: Of a strand; the style's own when left out.
        tint: A linear colour instead of the hair's.
    """

    points: NDArray[np.float32]
    width_mm: float | None = None
    tint: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Combing:
    """How one style wears its hair on one head.

    Args:
        lengths: Of the guides [G], millimetres.
        rule: Where guides grow.
        heights: How far off the skin they keep.
        texture: What the hair is like from near by.
        num_strands: On a full head.
        num_points: From root to tip.
        width_mm: Of a strand in its middle.
        stiffness: How much of its direction a guide keeps from step to step.
        side: Which side of a parting places on the template [M, 3] are combed to [M]; strands
            follow guides of their own side.
        cut: How long hair at places on the template [M, 3] is, as a share of its guides' [M].
        locks: Into how many the guides gather; 0 for none.
        gathering: How far [G], 0..1.
        raggedness: How uneven the lengths of neighbours are, 0..1.
        bare_forehead: Whether no strand may cross the forehead.
        knots: What the hair ends in.
    """

    lengths: Array
    rule: Rule
    heights: Heights
    texture: Texture
    num_strands: int = 16000
    num_points: int = 12
    width_mm: float = 0.28
    stiffness: float = 0.6
    side: Callable[[Array], Array] = _undivided
    cut: Callable[[Array], Array] = _uncut
    locks: int = 0
    gathering: Array | float = 0.0
    raggedness: float = 0.15
    bare_forehead: bool = False
    knots: tuple[Knot, ...] = ()
