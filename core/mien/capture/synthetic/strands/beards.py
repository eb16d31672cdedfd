"""Beards: full, short and boxed, moustache, goatee, stubble. Millimetres on the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from mien.avatar.rig import Rig
from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, value_noise
from mien.capture.synthetic.paint.places import beard_area
from mien.capture.synthetic.person import Person
from mien.capture.synthetic.strands.children import Guided, Texture, fill
from mien.capture.synthetic.strands.coloring import hair_colors
from mien.capture.synthetic.strands.distance import DistanceField
from mien.capture.synthetic.strands.guides import Moment, grow_guides, unit
from mien.capture.synthetic.strands.roots import Roots, spread
from mien.errors import MienError
from mien.template.head import HeadTemplate
from mien.transforms import Array

NUM_ROOTS = 42000
NUM_GUIDES = 900

LIP_EDGE = ((0, 4, 9, 16, 24, 30), (-58.5, -57.0, -58.5, -62.0, -66.5, -70.0))
"""Height of the upper lip's red by the distance from the middle."""


def _all(mm: Array) -> Array:
    return np.ones(len(mm))


def _boxed(mm: Array) -> Array:
    x, y, z = np.abs(mm[:, 0]), mm[:, 1], mm[:, 2]
    cheek = np.interp(x, [28, 40, 52, 66], [-64, -58, -42, -8])
    neck = np.interp(z, [15, 50, 75], [-96, -108, -113])
    on_cheek = (x > 30) * smoothstep(-1.5, 1.5, y - cheek)
    return (1 - on_cheek) * smoothstep(-2, 2, y - neck)


def _moustache(mm: Array) -> Array:
    x, y = np.abs(mm[:, 0]), mm[:, 1]
    return smoothstep(-71, -68, y) * smoothstep(31, 27, x)


def _goatee(mm: Array) -> Array:
    x, y = np.abs(mm[:, 0]), mm[:, 1]
    return np.maximum(_moustache(mm), smoothstep(31, 27, x) * smoothstep(-62, -66, y))


BEARDS: Mapping[str, Callable[[Array], Array] | None] = MappingProxyType(
    {
        "none": None,
        "stubble": _all,
        "full": _all,
        "short_boxed": _boxed,
        "moustache": _moustache,
        "goatee": _goatee,
    }
)
"""Which part of where beards grow [M], 0..1, each style leaves standing on the template [M, 3]."""


def _shape_of(style: str) -> Callable[[Array], Array] | None:
    if style not in BEARDS:
        raise MienError(f"no beard {style!r}", hint=f"Choose one of {', '.join(BEARDS)}")
    return BEARDS[style]


def beard_density(mm: Array, clear: Array, style: str) -> Array:
    """Return how densely a beard grows at places on the template [M, 3], 0..1.

    Args:
        mm: Places, millimetres.
        clear: How much hair keeps away from them: lips, the mouth's inside [M].
        style: One of BEARDS.

    Raises:
        MienError: There is no such style.
    """
    shape = _shape_of(style)
    if shape is None:
        return np.zeros(len(mm))
    ragged = 1 + 0.5 * value_noise(mm / 1000, 240, 611)
    grown = np.asarray(beard_area(mm, clear), np.float64) * shape(mm)
    return np.clip(grown * ragged, 0, 1)


@lru_cache(maxsize=4)
def _roots(template: HeadTemplate) -> tuple[Roots, Array]:
    mm = 1000 * template.neutral
    faces = template.part_faces("skin")
    centre = mm[template.faces[faces]].mean(axis=1)
    low = (centre[:, 1] < 0) & (centre[:, 1] > -135) & (centre[:, 2] > -5)
    roots = spread(template, faces[low & (np.abs(centre[:, 0]) < 85)], NUM_ROOTS)
    clear = template.masks["lips"] + template.masks["mouth_inside"]
    return roots, roots.on(clear[:, None], template.faces)[:, 0]


def grow_beard(
    person: Person, rig: Rig, template: HeadTemplate, field: DistanceField
) -> tuple[Strands, ...]:
    """Grow a person's beard: nothing for who has none.

    Raises:
        MienError: There is no such style.
    """
    beard = person.beard
    if _shape_of(beard.style) is None or beard.length_mm <= 0:
        return ()
    rng = np.random.default_rng([person.seed, 4])
    places, clear = _roots(template)
    density = beard_density(places.mm, clear, beard.style)
    chosen = np.flatnonzero(rng.random(len(places)) < density)
    if not len(chosen):
        return ()
    roots = places.take(chosen)
    share = density[chosen]
    guides_at = np.sort(rng.permutation(len(roots))[:NUM_GUIDES])
    start = 1000 * roots.on(rig.rest, rig.faces)
    lengths = _lengths(roots.mm, share, beard.length_mm)
    guides = _guides(roots.mm[guides_at], start[guides_at], lengths[guides_at], field)
    long = smoothstep(3.0, 14.0, np.float64(beard.length_mm))
    num_points = 4 if beard.length_mm < 4 else 7 if beard.length_mm < 12 else 11
    points = fill(
        start,
        roots.mm,
        guides,
        Guided.between(roots.mm, roots.mm[guides_at]),
        rng.uniform(0.45, 1.0, len(roots)),
        Texture(
            wisps=9, clump=0.15 + 0.4 * long, clump_power=1.2, frizz=0.5 + 1.4 * long,
            flyaway=0.05, curl_radius=0.3 + 0.9 * long, curl_root=0.4,
            curl_length=9 + 12 * long, scatter=0.9, base_height=0.35, layers=0.5 + 3.0 * long,
        ),
        field,
        num_points=num_points,
        seed=person.seed,
    )  # fmt: skip
    along = np.linspace(0, 1, num_points)
    width = 0.15 * rng.uniform(0.7, 1.2, len(roots)) * (0.7 + 0.3 * share)
    chin = smoothstep(-72, -92, roots.mm[:, 1]) * smoothstep(40, 20, np.abs(roots.mm[:, 0]))
    tone = 1 + 0.35 * fractal_noise(roots.mm / 1000, 70, 91 + person.seed, 2)
    colors = hair_colors(
        rng, beard.color, beard.color, shape=points.shape[:2],
        grey=np.clip(beard.grey * (0.6 + 0.9 * chin), 0, 1), tone=tone, spread=0.15,
    )  # fmt: skip
    taper = np.interp(along, [0, 0.5, 1], [1.0, 0.95, 0.45])
    return (
        Strands(
            "beard",
            roots.binding.triangles,
            roots.binding.barycentric,
            (points / 1000).astype(np.float32),
            (width[:, None] * taper / 1000).astype(np.float32),
            colors,
            shine=0.5,
            softness=0.5,
        ),
    )


def _lengths(mm: Array, density: Array, length_mm: float) -> Array:
    """Return how long a beard's hairs are [S]: longest on the chin, no moustache over the lip."""
    x, y = np.abs(mm[:, 0]), mm[:, 1]
    chin = smoothstep(-70, -95, y) * smoothstep(48, 18, x)
    upper = smoothstep(-72, -66, y) * smoothstep(34, 28, x)
    cheek = smoothstep(-60, -20, y)
    lengths = length_mm * (0.7 + 0.45 * chin - 0.35 * cheek) * (0.45 + 0.55 * density)
    over = np.clip(y - np.interp(x, *LIP_EDGE), 0.5, 30)
    # Combed sideways a moustache's hair may be longer than the lip below it is far.
    most = 1.2 * over + 3.0 * smoothstep(4, 18, x) + 0.8
    return np.where(upper > 0.3, np.minimum(lengths, most), lengths)


def _guides(mm: Array, start: Array, lengths: Array, field: DistanceField) -> Array:
    x, y = mm[:, 0], mm[:, 1]
    upper = (smoothstep(-72, -66, y) * smoothstep(34, 28, np.abs(x)))[:, None]
    sideways = np.sign(x) * smoothstep(0, 5, np.abs(x))
    lip = np.stack([1.1 * sideways, -0.8 + 0 * x, 0.1 + 0 * x], axis=1)
    jaw = np.stack([0.10 * np.sign(x), -1.0 + 0 * x, 0.16 + 0 * x], axis=1)
    flow = unit(upper * lip + (1 - upper) * jaw)
    stray = np.stack([fractal_noise(mm / 1000, 60, 640 + k, 2) for k in range(3)], axis=1)

    def rule(moment: Moment) -> Array:
        out = 0.75 - 0.45 * moment.share
        return unit(moment.along_skin(flow + 0.6 * stray) + out * moment.normals + 0.35 * flow)

    def heights(moment: Moment) -> Array:
        return np.full(len(mm), 0.3 + 1.2 * min(1.0, moment.share * 2))

    return grow_guides(start, lengths, rule, heights, field, stiffness=0.55)
