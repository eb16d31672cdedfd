"""Grow everything that grows on a person: hair, brows, lashes and beard."""

from __future__ import annotations

import numpy as np

from mien.avatar.rig import Rig
from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.person import Person
from mien.capture.synthetic.strands.beards import grow_beard
from mien.capture.synthetic.strands.brows import grow_brows
from mien.capture.synthetic.strands.distance import DistanceField
from mien.capture.synthetic.strands.hair import grow_hair
from mien.capture.synthetic.strands.lashes import grow_lashes
from mien.template.head import HeadTemplate


def grow(person: Person, rig: Rig, template: HeadTemplate) -> tuple[Strands, ...]:
    """Grow a person's hair, brows, lashes and beard; the same for equal persons.

    Args:
        person: Who.
        rig: The template's with the person's surface at rest.
        template: The head template.

    Raises:
        MienError: There is no hair style or beard like the person's.
    """
    faces = template.faces[template.part_faces("skin")]
    field = DistanceField.around(1000 * rig.rest.astype(np.float64), faces)
    return (
        *grow_hair(person, rig, template, field),
        grow_brows(person, rig, template),
        grow_lashes(person, rig, template),
        *grow_beard(person, rig, template, field),
    )
