"""Head hair: guides combed by a style, filled with strands, coloured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from mien.avatar.rig import Rig
from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep
from mien.capture.synthetic.person import Person
from mien.capture.synthetic.strands.children import Guided, fill
from mien.capture.synthetic.strands.coloring import hair_colors
from mien.capture.synthetic.strands.distance import DistanceField
from mien.capture.synthetic.strands.guides import gather, grow_guides
from mien.capture.synthetic.strands.hairline import hair_density
from mien.capture.synthetic.strands.roots import Roots, scalp_roots
from mien.capture.synthetic.strands.scalp import Combing, Knot, Measures, Scalp
from mien.capture.synthetic.strands.styles import style_named
from mien.template.head import HeadTemplate
from mien.transforms import Array

NUM_ROOTS = 40000
"""Places on the template's head that strands choose from; about two of three lie in hair."""

NUM_GUIDES = 2600

FACE = np.array([0.0, -38.0, 75.0])
FACE_RADII = np.array([57.0, 61.0, 62.0])
"""What hair keeps clear of, millimetres on the template."""


def grow_hair(
    person: Person, rig: Rig, template: HeadTemplate, field: DistanceField
) -> tuple[Strands, ...]:
    """Grow the head hair of a person: nothing for who has none.

    Raises:
        MienError: There is no such style.
    """
    style = style_named(person.hair.style)
    if style is None:
        return ()
    measures = _measures(rig, template)
    places = scalp_roots(template, NUM_ROOTS)
    density = hair_density(places.mm, places.ears, person.hair.recede_mm)
    guide_roots = places.take(np.flatnonzero(density > 0.02)[:NUM_GUIDES])
    scalp = _scalp(person, rig, guide_roots, measures, field)
    combing = style(scalp, person.hair)
    guides = grow_guides(
        scalp.points, combing.lengths, combing.rule, combing.heights, field,
        stiffness=combing.stiffness,
    )  # fmt: skip
    guide_places = _apart(scalp.mm, combing)
    if combing.locks:
        strength = np.broadcast_to(combing.gathering, len(scalp))
        guides = gather(
            guides, guide_places, locks=combing.locks, strength=strength, seed=person.seed
        )
    rng = np.random.default_rng([person.seed, 1])
    roots, density = _strand_roots(places, density, combing.num_strands, rng)
    lengths = combing.cut(roots.mm) * rng.uniform(1 - combing.raggedness, 1.0, len(roots))
    # At the edge of the scalp hair is shorter and finer: baby hairs.
    grown = 0.45 + 0.55 * smoothstep(0.1, 0.75, density)
    strand_places = _apart(roots.mm, combing)
    points = fill(
        1000 * roots.on(rig.rest, rig.faces),
        strand_places,
        guides,
        Guided.between(strand_places, guide_places),
        lengths * (1 - (1 - grown) * rng.random(len(roots))),
        combing.texture,
        field,
        num_points=combing.num_points,
        seed=person.seed,
    )
    clear = ~_before_face(points, measures, combing.bare_forehead)
    roots, points, grown = roots.take(clear), points[clear], grown[clear]
    taper = np.interp(np.linspace(0, 1, combing.num_points), [0, 0.08, 0.55, 1], [0.8, 1, 1, 0.2])
    width = combing.width_mm * (0.6 + 0.4 * grown) * rng.uniform(0.75, 1.25, len(roots))
    tone = 1 + 0.5 * fractal_noise(roots.mm / 1000, 55, 61 + person.seed, 2)
    temples = smoothstep(45, 75, np.abs(roots.mm[:, 0])) * smoothstep(60, 10, roots.mm[:, 1])
    grey = np.clip(person.hair.grey * (0.85 + 0.6 * temples), 0, 1)
    colors = hair_colors(
        rng, person.hair.root, person.hair.tip, shape=points.shape[:2], grey=grey, tone=tone
    )
    grown_hair = Strands(
        "hair",
        roots.binding.triangles,
        roots.binding.barycentric,
        (points / 1000).astype(np.float32),
        (width[:, None] * taper / 1000).astype(np.float32),
        colors,
        shine=person.hair.shine,
        softness=0.5,
    )
    knots = (_knot_strands(knot, combing, person, rig, places, rng) for knot in combing.knots)
    return (grown_hair, *knots)


def _before_face(points: Array, measures: Measures, forehead: bool) -> NDArray[np.bool_]:
    """Return which strands [S] would hang before the eyes, the nose or the mouth."""
    place = measures.to_template(points.astype(np.float64))
    depth = np.linalg.norm((place - FACE) / FACE_RADII, axis=2)
    ahead = (place[..., 2] > 66) & (place[..., 1] < 8)
    if forehead:
        ahead |= (np.abs(place[..., 0]) < 42) & (place[..., 1] < 56) & (place[..., 2] > 60)
    return ((depth < 1) | ahead).any(axis=1)


def _knot_strands(
    knot: Knot,
    combing: Combing,
    person: Person,
    rig: Rig,
    places: Roots,
    rng: np.random.Generator,
) -> Strands:
    """Bind what was laid by hand to the scalp that is nearest to its beginning."""
    hair, shape = person.hair, knot.points.shape[:2]
    near = KDTree(1000 * places.on(rig.rest, rig.faces)).query(knot.points[:, 0])[1]
    roots = places.take(np.asarray(near))
    if knot.tint is None:
        # What is tied is far from the root: it has the colour of tips along its whole length.
        middle = tuple(0.5 * (a + b) for a, b in zip(hair.root, hair.tip, strict=True))
        colors = hair_colors(rng, middle, hair.tip, shape=shape, grey=hair.grey)
    else:
        colors = np.broadcast_to(np.array(knot.tint, np.float32), (*shape, 3)).copy()
    along = np.linspace(0, 1, shape[1])
    taper = np.interp(along, [0, 0.7, 1], [1, 1, 0.5]) * rng.uniform(0.75, 1.25, (shape[0], 1))
    width = combing.width_mm if knot.width_mm is None else knot.width_mm
    return Strands(
        "hair",
        roots.binding.triangles,
        roots.binding.barycentric,
        (knot.points / 1000).astype(np.float32),
        (width * taper / 1000).astype(np.float32),
        colors,
        shine=hair.shine if knot.tint is None else 0.2,
        softness=0.5,
    )


def _measures(rig: Rig, template: HeadTemplate) -> Measures:
    skin = template.part_vertices("skin")
    head = skin[template.neutral[skin, 1] > -0.11]
    return Measures.of(
        1000 * rig.rest[head].astype(np.float64), 1000 * template.neutral[head].astype(np.float64)
    )


def _scalp(
    person: Person, rig: Rig, roots: Roots, measures: Measures, field: DistanceField
) -> Scalp:
    points = 1000 * roots.on(rig.rest, rig.faces)
    density = hair_density(roots.mm, roots.ears, person.hair.recede_mm)
    _, normals = field.at(points)
    return Scalp(
        roots.mm, points, normals.astype(np.float64), density, measures, field, person.seed
    )


def _apart(mm: Array, combing: Combing) -> Array:
    """Return places with one dimension more, in which the sides of a parting lie far apart."""
    return np.column_stack([mm, 18.0 * combing.side(mm)])


def _strand_roots(
    places: Roots, density: Array, count: int, rng: np.random.Generator
) -> tuple[Roots, Array]:
    """Choose about `count` roots, if the head is full, fewer where it is sparse."""
    full = int((density > 0.5).sum())
    chosen = rng.random(len(places)) < density * min(1.0, count / max(full, 1))
    return places.take(chosen), density[chosen]
