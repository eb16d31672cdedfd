"""Eyelashes: fans of curved hairs from the edges of the lids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mien.avatar.rig import Rig
from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.paint.noise import smoothstep
from mien.capture.synthetic.person import Person
from mien.capture.synthetic.strands.coloring import hair_colors
from mien.capture.synthetic.strands.guides import unit
from mien.capture.synthetic.strands.roots import Roots, spread
from mien.template.head import HeadTemplate
from mien.template.normals import vertex_normals
from mien.transforms import Array

NUM_POINTS = 9


@dataclass(frozen=True)
class Row:
    """The lashes of one lid.

    Args:
        count: How many.
        clusters: Into how many points they run together.
        length_mm: From the inner corner to the outer, at the middle between.
        width_mm: At the root.
        start: How far forward and how far up they set out.
        end: Where they head at the tips.
        fan: How far the outer ones lean outward.
    """

    count: int
    clusters: int
    length_mm: tuple[float, float, float, float]
    width_mm: float
    start: tuple[float, float]
    end: tuple[float, float]
    fan: float


UPPER = Row(116, 34, (4.2, 7.2, 9.2, 8.2), 0.135, (1.0, -0.16), (0.38, 1.0), 0.95)
LOWER = Row(54, 22, (2.4, 3.8, 4.8, 4.0), 0.085, (1.0, 0.05), (0.45, -0.85), 0.75)


@lru_cache(maxsize=4)
def _rims(template: HeadTemplate) -> dict[tuple[int, bool], tuple[Roots, Array]]:
    """Return, by side (1 left, -1 right) and whether it is the upper lid, the roots of lashes.

    They lie where the lid's edge turns from the slit to the front; with each comes how far it is
    from the inner corner to the outer, 0..1.
    """
    skin = template.part_faces("skin")
    rim = template.masks["lid_rims"][template.faces[skin]].min(axis=1)
    roots = spread(template, skin[rim > 0.55], 30000)
    normals = vertex_normals(template.neutral, template.faces[skin])
    facing = unit(roots.on(normals, template.faces))
    outer = roots.on(template.masks["sockets"][:, None], template.faces)[:, 0] < 0.25
    found = {}
    for name, sign in (("left", 1), ("right", -1)):
        inner, far = (
            1000 * template.neutral[template.landmarks[f"eye_{name}_{corner}"]].astype(np.float64)
            for corner in ("inner", "outer")
        )
        along = (roots.mm[:, 0] - inner[0]) / (far[0] - inner[0])
        middle = inner[1] + along * (far[1] - inner[1])
        between = (along > 0.10) & (along < 1.0) & outer & (facing[:, 2] > 0.15)
        for upper in (True, False):
            slit = -facing[:, 1] if upper else facing[:, 1]
            above = roots.mm[:, 1] > middle
            edge = (slit > 0.38) & (slit < 0.80) & (above == upper) & between
            which = np.flatnonzero(edge)
            which = which[np.argsort(along[which], kind="stable")]
            found[sign, upper] = (roots.take(which), along[which])
    return found


def grow_lashes(person: Person, rig: Rig, template: HeadTemplate) -> Strands:
    """Grow the lashes of all four lids."""
    rng = np.random.default_rng([person.seed, 3])
    parts = [
        _grow_row(person, rig, template, sign, row, rng)
        for sign in (1, -1)
        for row in (UPPER, LOWER)
    ]
    triangles, barycentric, points, widths, colors = (
        np.concatenate([part[k] for part in parts]) for k in range(5)
    )
    return Strands("lash", triangles, barycentric, points, widths, colors, shine=0.25, softness=0.2)


def _grow_row(
    person: Person,
    rig: Rig,
    template: HeadTemplate,
    sign: int,
    row: Row,
    rng: np.random.Generator,
) -> tuple[NDArray, ...]:
    rim, where = _rims(template)[sign, row is UPPER]
    count = max(2, int(row.count * person.lashes.density))
    wanted = np.clip((np.arange(count) + rng.uniform(0.1, 0.9, count)) / count, 0, 1)
    wanted = where[0] + wanted**0.92 * (where[-1] - where[0])
    pick = np.clip(np.searchsorted(where, wanted), 0, len(where) - 1)
    roots, along = rim.take(pick), where[pick]
    start = 1000 * roots.on(rig.rest, rig.faces)
    length = np.interp(along, [0.08, 0.35, 0.78, 1], row.length_mm) * person.lashes.length
    length = length * rng.uniform(0.62, 1.08, count)
    lean = row.fan * (along - 0.38) * 1.5 + 0.10 * rng.normal(size=count)
    # Neighbours run together at their tips.
    cluster = np.floor(along * row.clusters + 0.35 * rng.normal(size=count))
    middle = row.fan * ((cluster + 0.5) / row.clusters - 0.38) * 1.5
    tip_lean = middle + 0.30 * (lean - middle)
    first = unit(np.stack([sign * 0.6 * lean, 0 * lean + row.start[1], 0 * lean + row.start[0]], 1))
    last = unit(
        np.stack(
            [
                sign * 1.15 * tip_lean,
                row.end[1] + 0.08 * rng.normal(size=count),
                row.end[0] + 0.10 * rng.normal(size=count),
            ],
            axis=1,
        )
    )
    share = np.linspace(0, 1, NUM_POINTS)
    turn = smoothstep(0.0, 1.0, 0.08 + 0.92 * share)[None, :, None]
    heading = unit(first[:, None] * (1 - turn) + last[:, None] * turn)
    # Towards their tips the hairs of a cluster close up.
    centre = _cluster_means(cluster, start)
    steps = heading[:, :-1] * (length / (NUM_POINTS - 1))[:, None, None]
    line = start[:, None] + np.concatenate(
        [np.zeros((count, 1, 3)), np.cumsum(steps, axis=1)], axis=1
    )
    line = line + (0.55 * share**1.5)[None, :, None] * (centre - start)[:, None]
    taper = np.interp(share, [0, 0.3, 0.75, 1], [0.9, 1.0, 0.6, 0.2])
    width = row.width_mm * rng.uniform(0.75, 1.15, (count, 1)) * taper
    dark = 0.45 * (1 - 0.6 * person.skin.liner)
    tint = tuple(dark * channel for channel in person.brows.color)
    colors = hair_colors(rng, tint, tint, shape=(count, NUM_POINTS), spread=0.1)
    return (
        roots.binding.triangles,
        roots.binding.barycentric,
        (line / 1000).astype(np.float32),
        (width / 1000).astype(np.float32),
        colors,
    )


def _cluster_means(cluster: Array, points: Array) -> Array:
    """Return for each point [n, 3] the mean of its cluster's."""
    _, index = np.unique(cluster, return_inverse=True)
    counts = np.bincount(index)[:, None]
    sums = np.stack([np.bincount(index, points[:, axis]) for axis in range(3)], axis=1)
    return (sums / counts)[index]
