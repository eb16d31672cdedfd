"""The plan all demo people share: which Gaussian sits where on the template, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from demo.cast import Garment
from demo.edges import neckline, rim
from demo.face_parts import NUM_BROW, brow_line, brow_plan
from demo.hair import NUM_SEGMENTS, NUM_STRANDS
from demo.layout import (
    NUM_BASE,
    NUM_EYE,
    NUM_GUMS,
    NUM_SKIN,
    NUM_TEETH,
    NUM_TONGUE,
    Cover,
    Samples,
    cover,
    eye_density,
    head_normals,
    scatter,
    skin_density,
    teeth_density,
    tongue_density,
)
from demo.skin import Place, bearded
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mien.capture.synthetic.paint.places import scalp
from mien.template.head import HeadTemplate

Array = NDArray[np.float64]

SEED = 2
NUM_LASHES = 260
NUM_BEARD = 3200


@dataclass(frozen=True, eq=False)
class Plan:
    """Covers of the template's pieces, and the roots of everything that grows."""

    head: HeadTemplate
    covers: dict[str, Cover]
    lashes: dict[str, Samples]
    brow_along: Array
    brow_across: Array
    brows: dict[str, Samples]
    beard: Samples
    roots: Samples
    tufts: Samples
    neckline: Samples
    rim: Samples


def place_of(head: HeadTemplate, samples: Samples) -> Place:
    """Return what a painter needs to know about samples of the skin."""
    regions = samples.at(head.region_weights, head.faces)
    mm = 1000 * samples.at(head.neutral, head.faces)
    return Place(
        mm,
        {name: regions[:, k] for k, name in enumerate(head.region_names)},
        {name: samples.at(mask, head.faces) for name, mask in head.masks.items()},
        np.zeros(len(mm)),
    )


def make_plan(head: HeadTemplate) -> Plan:
    """Make the plan; always the same for the same template."""
    rng = np.random.default_rng(SEED)
    skin = head.part_faces("skin")
    even = np.ones(head.num_vertices)
    covers = {"skin": cover(head, skin, skin_density(head), NUM_SKIN, rng)}
    for part in ("eye_left", "eye_right"):
        covers[part] = cover(head, head.part_faces(part), eye_density(head, part), NUM_EYE, rng)
    teeth = teeth_density(head)
    for part, density, count in (
        ("teeth_upper", teeth, NUM_TEETH), ("teeth_lower", teeth, NUM_TEETH),
        ("gums_upper", teeth, NUM_GUMS), ("gums_lower", teeth, NUM_GUMS),
        ("tongue", tongue_density(head), NUM_TONGUE), ("base", even, NUM_BASE),
    ):  # fmt: skip
        covers[part] = cover(head, head.part_faces(part), density, count, rng)
    lashes = {
        part: scatter(head, head.part_faces(part), even, NUM_LASHES, rng)
        for part in ("lashes_left", "lashes_right")
    }
    along, across = brow_plan(rng)
    fine = covers["skin"].samples
    place = place_of(head, fine)
    hairy = scalp(place.mm, place.mask["ears"], -3) > 0.1
    roots = _spread(head, fine.take(hairy), NUM_STRANDS, rng)
    tufts = _tufts(head, fine.take(hairy), roots, rng)
    hairiness = bearded(place)
    chosen = rng.choice(len(hairiness), 40 * NUM_BEARD, p=_share(hairiness * fine.area))
    beard = _spread(head, fine.take(chosen), NUM_BEARD, rng)
    brows = {
        side: _brow_samples(head, fine, along, sign) for side, sign in (("left", 1), ("right", -1))
    }
    collar = neckline(Garment("crew", (0, 0, 0), (0, 0, 0)), fine, place.mm)
    edge = rim(head)
    return Plan(head, covers, lashes, along, across, brows, beard, roots, tufts, collar, edge)


def _share(weights: Array) -> Array:
    return weights / weights.sum()


def _spread(head: HeadTemplate, samples: Samples, count: int, rng: np.random.Generator) -> Samples:
    """Choose evenly spaced samples by area (Lloyd's relaxation)."""
    points = samples.at(head.neutral, head.faces)
    chosen = rng.choice(len(points), min(len(points), 40 * count), p=_share(samples.area))
    cloud = points[chosen]
    sites = cloud[rng.choice(len(cloud), count, replace=False)]
    for _ in range(10):
        cells = cKDTree(sites).query(cloud)[1]
        members = np.maximum(np.bincount(cells, minlength=count), 1)
        sums = np.stack([np.bincount(cells, column, count) for column in cloud.T], axis=1)
        sites = np.where((members > 1)[:, None], sums / members[:, None], sites)
    return samples.take(cKDTree(points).query(sites)[1])


def _tufts(
    head: HeadTemplate, samples: Samples, roots: Samples, rng: np.random.Generator
) -> Samples:
    """Choose NUM_SEGMENTS samples around each root, one for each Gaussian of its strand."""
    points = samples.at(head.neutral, head.faces)
    order = rng.choice(len(points), len(points), replace=True, p=_share(samples.area))
    around = cKDTree(points[order]).query(roots.at(head.neutral, head.faces), k=60)[1]
    picks = np.stack([rng.choice(row, NUM_SEGMENTS, replace=False) for row in around])
    return samples.take(order[picks.ravel()])


def _brow_samples(head: HeadTemplate, fine: Samples, along: Array, sign: int) -> Samples:
    """Return where on the skin the brow's line lies under each of its strands."""
    point, _ = brow_line(along)
    mm = 1000 * fine.at(head.neutral, head.faces)
    front = np.flatnonzero((mm[:, 2] > 50) & (mm[:, 1] > 3) & (mm[:, 1] < 40))
    near = cKDTree(mm[front, :2] * [sign, 1]).query(point)[1]
    assert len(near) == NUM_BROW
    return fine.take(front[near])


def normals_at(head: HeadTemplate, surface: NDArray, samples: Samples) -> Array:
    """Return unit normals [M, 3] of a person's surface at samples."""
    normals = samples.at(head_normals(head, surface), head.faces)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
