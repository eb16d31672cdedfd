"""Neat edges: the garment's neckline and the rim of the bust, each a rope of Gaussians."""

from __future__ import annotations

import numpy as np
from demo.cast import Garment
from demo.garment import NECK, drape
from demo.layout import Samples
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mien.template.head import HeadTemplate

Array = NDArray[np.float64]

NUM_NECKLINE = 400
NUM_RIM = 300


def neckline(garment: Garment, samples: Samples, mm: Array) -> Samples:
    """Return where a garment's neckline runs: samples [NUM_NECKLINE] round the neck.

    Args:
        garment: Whose neckline.
        samples: Fine samples of the skin.
        mm: Their places on the template [M, 3], millimetres.
    """
    inside = drape(garment, mm).inside_mm
    near = np.flatnonzero((np.abs(inside) < 5) & (mm[:, 1] < -70))
    angle = np.arctan2(mm[near, 0] - NECK[0], mm[near, 2] - NECK[2])
    wanted = 2 * np.pi * (np.arange(NUM_NECKLINE) + 0.5) / NUM_NECKLINE - np.pi
    # In the plane of angle and distance, angles weigh by the neck's radius.
    found = cKDTree(np.c_[70 * angle, 4 * inside[near]]).query(np.c_[70 * wanted, 0 * wanted])[1]
    return samples.take(near[found])


def rim(head: HeadTemplate) -> Samples:
    """Return samples [NUM_RIM] along the edge where the skin meets the base of the bust."""
    faces = head.part_faces("skin")
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for triangle in faces:
        for corner in range(3):
            a, b = (int(head.faces[triangle, (corner + k) % 3]) for k in (0, 1))
            owner[a, b] = (int(triangle), corner)
    follows = {a: b for a, b in owner if (b, a) not in owner}
    start = min(follows)
    loop = [start]
    while follows[loop[-1]] != start:
        loop.append(follows[loop[-1]])
    ends = np.array([*loop, start])
    lengths = np.linalg.norm(np.diff(head.neutral[ends], axis=0), axis=1)
    along = np.r_[0, np.cumsum(lengths)]
    wanted = along[-1] * (np.arange(NUM_RIM) + 0.5) / NUM_RIM
    edge = np.searchsorted(along, wanted, side="right") - 1
    share = (wanted - along[edge]) / lengths[edge]
    triangles, barycentric = [], np.zeros((NUM_RIM, 3))
    for row, (k, s) in enumerate(zip(edge, share, strict=True)):
        triangle, corner = owner[ends[k], ends[k + 1]]
        triangles.append(triangle)
        barycentric[row, corner] = 1 - s
        barycentric[row, (corner + 1) % 3] = s
    return Samples(np.array(triangles), barycentric, np.ones(NUM_RIM))


def smooth_loop(values: Array, rounds: int) -> Array:
    """Return a closed line [n, C] averaged with its neighbours, some rounds of it."""
    for _ in range(rounds):
        values = 0.5 * values + 0.25 * (np.roll(values, 1, axis=0) + np.roll(values, -1, axis=0))
    return values
