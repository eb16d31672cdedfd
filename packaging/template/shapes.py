"""From a phenotype to the shipped template's identity coefficients."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mien.template.head import HeadTemplate
from template.bust import Bust, build_bust
from template.makehuman import METRES_PER_UNIT, MakeHuman
from template.people import People, Phenotype

FACE, NECK = 1.0, 0.25
"""How much the fit minds each: the face is whom we know."""


@cache
def _studio() -> tuple[MakeHuman, People, NDArray[np.float64], Bust]:
    body = MakeHuman()
    people = People(body)
    average = people.shape(Phenotype())
    return body, people, average, build_bust(body, average)


def coefficients_of(
    person: Phenotype, head: HeadTemplate, limit: float = 3.0
) -> NDArray[np.float32]:
    """Return the coefficients [D] that come nearest to a phenotype, within +-limit."""
    body, people, average, bust = _studio()
    shape = people.shape(person)
    skull = (body.bone_weights["head"] > 0.9) & (np.arange(len(average)) < 13380)
    shape += (average - shape)[skull].mean(axis=0)
    wanted = METRES_PER_UNIT * (bust.vertices(shape) - bust.vertices(average))
    neck = head.region_weights[:, head.region_names.index("neck")]
    weight = np.repeat(FACE * (1 - neck) + NECK * neck, 3)
    columns = head.identity_basis.reshape(head.num_identity, -1).T * weight[:, None]
    target = wanted.ravel() * weight
    # A little ridge: coefficients are standard normal over people.
    gram = columns.T @ columns + 1e-6 * np.eye(head.num_identity)
    found = np.linalg.solve(gram, columns.T @ target)
    return np.clip(found, -limit, limit).astype(np.float32)
