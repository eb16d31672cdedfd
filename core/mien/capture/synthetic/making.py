"""Make a figure of a person: their rig, painted and grown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mien.avatar.rig import Rig
from mien.avatar.template_rig import reshaped, rig_from_template
from mien.capture.synthetic.figure import Figure, Material, Paint, Part, Strands
from mien.capture.synthetic.garments import dress
from mien.capture.synthetic.paint.canvas import atlas_uv, canvas_of
from mien.capture.synthetic.paint.cloth import paint_lining_of_bust
from mien.capture.synthetic.paint.eyes import eye_uv, paint_eye
from mien.capture.synthetic.paint.mouth import paint_gums, paint_lining, paint_teeth, paint_tongue
from mien.capture.synthetic.paint.skin import paint_skin
from mien.capture.synthetic.person import Person
from mien.template.head import HeadTemplate
from mien.template.sources.mien_head import mien_head

_INSIDE = 256
"""Texels along a side of the paints in the mouth."""

Painter = Callable[[Person, HeadTemplate, str], Paint]


def rig_of(person: Person, template: HeadTemplate) -> Rig:
    """Return a person's rig: their surface with the expression they rest in as its neutral."""
    rig = rig_from_template(template, person.identity)
    rest = rig.rest.copy()
    for name, weight in person.rest.items():
        rest += np.float32(weight) * template.expression(name)
    return reshaped(rig, template, rest)


def make_figure(
    person: Person, *, texture: int = 1024, template: HeadTemplate | None = None
) -> Figure:
    """Make a person ready for the stage.

    Args:
        person: Who.
        texture: Texels along a side of the skin's paint.
        template: The head template; Mien's own when left out.
    """
    from mien.capture.synthetic.strands.growing import grow

    head = template or mien_head()
    rig = rig_of(person, head)
    strands = grow(person, rig, head)
    dressed, band = dress(person, rig, head)
    parts = (*paint_parts(person, head, strands, texture), band)
    return Figure(person, head.name, dressed, parts, strands)


def paint_parts(
    person: Person, template: HeadTemplate, strands: Sequence[Strands], texture: int
) -> tuple[Part, ...]:
    """Return the painted pieces of a template that a figure shows."""
    skin = paint_skin(person, template, canvas_of(template, "skin", texture), strands)
    parts = [_part(template, "skin", "skin", skin)]
    for name in template.part_names:
        if name in _PAINTERS:
            material, paint = _PAINTERS[name]
            parts.append(_part(template, name, material, paint(person, template, name)))
    return tuple(parts)


def _part(template: HeadTemplate, name: str, material: Material, paint: Paint) -> Part:
    uv = eye_uv(template, name) if material == "eye" else atlas_uv(template, name)
    return Part(name, material, template.faces[template.part_faces(name)], uv, paint)


def _teeth(person: Person, template: HeadTemplate, name: str) -> Paint:
    row = name.removeprefix("teeth_")
    return paint_teeth(
        person,
        canvas_of(template, name, _INSIDE),
        upper=row == "upper",
        gums=f"gums_{row}" not in template.part_names,
    )


def _gums(person: Person, template: HeadTemplate, name: str) -> Paint:
    return paint_gums(person, canvas_of(template, name, _INSIDE))


def _tongue(person: Person, template: HeadTemplate, name: str) -> Paint:
    return paint_tongue(person, canvas_of(template, name, _INSIDE))


def _mouth(person: Person, template: HeadTemplate, name: str) -> Paint:
    return paint_lining(person, canvas_of(template, name, _INSIDE))


def _base(person: Person, template: HeadTemplate, name: str) -> Paint:
    return paint_lining_of_bust(person, canvas_of(template, name, 64))


_PAINTERS: dict[str, tuple[Material, Painter]] = {
    "eye_left": ("eye", paint_eye),
    "eye_right": ("eye", paint_eye),
    "teeth_upper": ("teeth", _teeth),
    "teeth_lower": ("teeth", _teeth),
    "gums_upper": ("wet", _gums),
    "gums_lower": ("wet", _gums),
    "tongue": ("wet", _tongue),
    "mouth": ("wet", _mouth),
    "base": ("cloth", _base),
}
"""How each piece but the skin answers light and is painted; lash cards are left to strands."""
