"""From a phenotype to a surface on the shipped template."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from template.bust import Bust, build_bust
from template.makehuman import METRES_PER_UNIT, MakeHuman
from template.people import People, Phenotype

from mien.template.head import HeadTemplate


@cache
def _studio() -> tuple[MakeHuman, People, NDArray[np.float64], Bust]:
    body = MakeHuman()
    people = People(body)
    average = people.shape(Phenotype())
    return body, people, average, build_bust(body, average)


def surface_of(person: Phenotype, head: HeadTemplate) -> NDArray[np.float64]:
    """Return the neutral surface [V, 3] of a phenotype on the shipped template, metres.

    It is the phenotype's own shape, which the template's identity basis only comes near to.
    """
    body, people, average, bust = _studio()
    shape = people.shape(person)
    skull = (body.bone_weights["head"] > 0.9) & (np.arange(len(average)) < 13380)
    shape += (average - shape)[skull].mean(axis=0)
    return head.neutral + METRES_PER_UNIT * (bust.vertices(shape) - bust.vertices(average))
