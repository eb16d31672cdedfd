"""Where the Gaussians sit: the same places on the template for every person.

Surfaces are covered by a centroidal Voronoi tessellation of many sample points, so that the
Gaussians are evenly spaced at any density and paint can be averaged over their cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mien.template.head import HeadTemplate

Array = NDArray[np.float64]

NUM_SKIN = 20_500
NUM_EYE = 1_000
NUM_TEETH = 880
NUM_GUMS = 330
NUM_TONGUE = 420
TEETH_IN_A_ROW = 14
NUM_BASE = 420
SAMPLES_PER_CELL = 26
NORMAL_METRES = 0.004
"""How far apart opposite normals are made to look, so that lips and lids do not share a cell."""

DENSITY = {
    "eyes": 3.2, "brows": 1.9, "nose": 1.7, "mouth": 2.5, "jaw": 1.3, "cheeks": 1.35,
    "forehead": 1.15, "ears": 1.35, "scalp": 0.62, "neck": 0.55,
}  # fmt: skip
"""Gaussians per length in each region, relative to each other."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Points of the template's surface: triangle [M], corner weights [M, 3], area share [M]."""

    triangles: NDArray[np.int64]
    barycentric: Array
    area: Array

    def at(self, values: NDArray, faces: NDArray) -> Array:
        """Interpolate values [V, ...] of vertices at the samples [M, ...]."""
        corners = np.asarray(values, np.float64)[faces[self.triangles]]
        return np.einsum("mk,mk...->m...", self.barycentric, corners)

    def take(self, which: NDArray) -> Samples:
        """Return some of the samples."""
        return Samples(self.triangles[which], self.barycentric[which], self.area[which])


@dataclass(frozen=True, eq=False)
class Cover:
    """A covering of a piece of surface by cells.

    Args:
        samples: Fine points to paint at [M].
        cells: The cell of each of them [M].
        sites: The point that stands for each cell [N].
        sizes: The side of a square of each cell's area [N], metres on the average person.
    """

    samples: Samples
    cells: NDArray[np.int64]
    sites: Samples
    sizes: Array

    @property
    def num_cells(self) -> int:
        """N."""
        return len(self.sizes)

    def average(self, values: Array) -> Array:
        """Return the mean [N, C] over each cell of values [M, C] at its samples."""
        weights = self.samples.area
        total = np.bincount(self.cells, weights, self.num_cells)
        columns = [
            np.bincount(self.cells, weights * column, self.num_cells) / total
            for column in np.atleast_2d(values.T)
        ]
        return np.stack(columns, axis=1)


def reference(head: HeadTemplate) -> Array:
    """Return the surface [V, 3] cells are laid out on: lids closed, or they would open in folds."""
    blink = head.expression("eyeBlinkLeft") + head.expression("eyeBlinkRight")
    return (head.neutral + blink).astype(np.float64)


def scatter(
    head: HeadTemplate, triangles: NDArray, density: Array, count: int, rng: np.random.Generator
) -> Samples:
    """Draw points on triangles, as many per area as `density` [V] squared says."""
    corners = reference(head)[head.faces[triangles]]
    area = 0.5 * np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    weight = area * (density[head.faces[triangles]].mean(axis=1) ** 2)
    cumulative = np.cumsum(weight)
    # Stratified: one draw in each of `count` equal shares of the whole.
    draws = (np.arange(count) + rng.random(count)) * (cumulative[-1] / count)
    picked = np.minimum(np.searchsorted(cumulative, draws), len(triangles) - 1)
    a, b = rng.random(count), rng.random(count)
    swap = a + b > 1
    a[swap], b[swap] = 1 - a[swap], 1 - b[swap]
    barycentric = np.stack([1 - a - b, a, b], axis=1)
    per_draw = area[picked] / np.maximum(weight[picked], 1e-20) * (cumulative[-1] / count)
    return Samples(triangles[picked].astype(np.int64), barycentric, per_draw)


def cover(
    head: HeadTemplate, triangles: NDArray, density: Array, count: int, rng: np.random.Generator
) -> Cover:
    """Cover triangles with `count` evenly spaced cells, denser where `density` [V] is higher."""
    samples = scatter(head, triangles, density, count * SAMPLES_PER_CELL, rng)
    surface = reference(head)
    points = samples.at(surface, head.faces)
    normals = head_normals(head, surface)
    places = np.c_[points, NORMAL_METRES * samples.at(normals, head.faces)]
    sites = places[rng.choice(len(places), count, replace=False)]
    cells = np.zeros(len(places), np.int64)
    for _ in range(14):
        cells = cKDTree(sites).query(places)[1]
        members = np.bincount(cells, minlength=count)
        sums = np.stack([np.bincount(cells, column, count) for column in places.T], axis=1)
        lone = members == 0
        sites = sums / np.maximum(members, 1)[:, None]
        sites[lone] = places[rng.choice(len(places), int(lone.sum()), replace=False)]
    nearest = cKDTree(places).query(sites)[1]
    cells = cKDTree(places[nearest]).query(places)[1]
    area = np.bincount(cells, samples.area, count)
    around = cKDTree(points[nearest]).query(points[nearest], k=7)[1]
    return Cover(samples, cells, samples.take(nearest), np.sqrt(area[around].mean(axis=1)))


def head_normals(head: HeadTemplate, surface: NDArray) -> Array:
    """Return unit vertex normals [V, 3] of a surface [V, 3] with the template's triangles."""
    corners = np.asarray(surface, np.float64)[head.faces]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.zeros((head.num_vertices, 3))
    for k in range(3):
        np.add.at(sums, head.faces[:, k], face)
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)


def skin_density(head: HeadTemplate) -> Array:
    """Return the density [V] of Gaussians on the skin."""
    density = head.region_weights @ np.array([DENSITY[name] for name in head.region_names])
    density = density * (1 + 0.55 * head.masks["lips"] + 0.6 * head.masks["lid_rims"])
    density = density * (1 - 0.6 * head.masks["mouth_inside"])
    density = density * (1 - 0.8 * head.masks["sockets"])
    # Cloth is plain: fewer are enough on the chest, but for its edge and where necklines lie.
    chest = np.clip((-0.165 - head.neutral[:, 1]) / 0.04, 0, 1)
    edge = head.neutral[head.part_vertices("base")]
    edge = edge[np.linalg.norm(edge - edge.mean(axis=0), axis=1) > 0.08]
    rim = np.exp(-((cKDTree(edge).query(head.neutral)[0] / 0.012) ** 2))
    neck = np.linalg.norm((head.neutral - [0, -0.137, -0.049]) * [1, 0.7, 1], axis=1)
    collar = np.exp(-(((neck - 0.075) / 0.022) ** 2))
    return density * (1 - 0.25 * chest) * (1 + 0.5 * rim + 0.45 * collar)


def eye_density(head: HeadTemplate, part: str) -> Array:
    """Return the density [V] of Gaussians on an eyeball: the iris needs most, the back none."""
    centre = head.joint_positions[head.joint_names.index(part)]
    away = head.neutral - centre
    front = away[:, 2] / np.maximum(np.linalg.norm(away, axis=1), 1e-9)
    return np.interp(front, [-1, 0.2, 0.72, 0.86, 0.91, 1], [0.02, 0.25, 0.9, 1.5, 2.4, 2.4])


def teeth_density(head: HeadTemplate) -> Array:
    """Return the density [V] of Gaussians on teeth and gums: what a smile shows needs most."""
    front = head.neutral[head.landmarks["lip_upper_middle"]]
    away = head.neutral - front * [0, 1, 0] - [0, 0, 0.038]
    outward = away * [1, 0, 1] / np.maximum(np.hypot(away[:, :1], away[:, 2:]), 1e-9)
    facing = (head_normals(head, head.neutral) * outward).sum(axis=1)
    behind = front[2] - head.neutral[:, 2]
    shown = np.interp(behind, [0.018, 0.03, 0.05], [1.0, 0.6, 0.2])
    return shown * np.interp(facing, [-0.2, 0.3], [0.3, 1.0])


def tongue_density(head: HeadTemplate) -> Array:
    """Return the density [V] of Gaussians on the tongue: its root lies in the dark."""
    behind = head.neutral[head.landmarks["lip_upper_middle"], 2] - head.neutral[:, 2]
    return np.interp(behind, [0.03, 0.07], [1.0, 0.3])


def turn_of_tooth(head: HeadTemplate, part: str, samples: Samples) -> Array:
    """Return where round its tooth each sample [M] of a row lies, 0..1; 0.5 faces the lips.

    A row's map gives each tooth a column of its own.
    """
    columns = head.uv[head.uv_faces[head.part_faces(part)], 0]
    u = np.einsum("mk,mk->m", samples.barycentric, head.uv[head.uv_faces[samples.triangles], 0])
    low, high = columns.min(), columns.max()
    return np.clip((u - low) / (high - low) * TEETH_IN_A_ROW, 0, TEETH_IN_A_ROW - 1e-9) % 1
