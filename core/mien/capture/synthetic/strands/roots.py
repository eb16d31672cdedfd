"""Where hair may grow: places spread evenly over a template's head, the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.avatar.rig import SurfaceBinding
from mien.template.head import HeadTemplate
from mien.transforms import Array

Float32 = NDArray[np.float32]

_GOLDEN = (0.7548776662466927, 0.5698402909980532)
"""Steps of the R2 sequence (Roberts 2018): even in a triangle however many are taken."""


@dataclass(frozen=True, eq=False)
class Roots:
    """Places on a template's surface.

    Args:
        binding: The triangles and the places in them [S].
        mm: Where they are on the neutral template [S, 3], millimetres.
        ears: How much they belong to an ear [S], 0..1.
    """

    binding: SurfaceBinding
    mm: Array
    ears: Array

    def take(self, which: NDArray) -> Roots:
        """Return some of the places, by a mask or by indices."""
        binding = SurfaceBinding(self.binding.triangles[which], self.binding.barycentric[which])
        return Roots(binding, self.mm[which], self.ears[which])

    def on(self, values: ArrayLike, faces: NDArray[np.int32]) -> Array:
        """Return vertices' values [V, C] at the places [S, C]."""
        return self.binding.points(values, faces).astype(np.float64)

    def __len__(self) -> int:
        return len(self.mm)


def spread(
    template: HeadTemplate, faces: NDArray[np.int64], count: int, density: ArrayLike = 1.0
) -> Roots:
    """Return places spread over triangles of the neutral surface, `count` of them or a few more.

    They come in an order that is even as well: any first part of them covers the whole.

    Args:
        template: The head template.
        faces: The triangles to use [F].
        count: How many places.
        density: How many an area gets, on a scale of one's own [F].
    """
    corners = template.neutral[template.faces[faces]].astype(np.float64)
    area = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    edges = np.cumsum(area * density)
    # A triangle's share need not be whole: stratified along the sum, so that neighbours make up.
    level = (np.arange(count) + 0.5) / count * edges[-1]
    which = np.searchsorted(edges, level)
    step = np.arange(count) + 1.0
    u, v = (step * _GOLDEN[0]) % 1, (step * _GOLDEN[1]) % 1
    folded = u + v > 1
    u, v = np.where(folded, 1 - u, u), np.where(folded, 1 - v, v)
    order = np.argsort((step * 0.6180339887498949) % 1, kind="stable")
    barycentric = np.stack([1 - u - v, u, v], axis=1)[order].astype(np.float32)
    binding = SurfaceBinding(faces[which][order].astype(np.int32), barycentric)
    mm = 1000 * binding.points(template.neutral, template.faces).astype(np.float64)
    ears = binding.points(template.masks["ears"][:, None], template.faces)[:, 0]
    return Roots(binding, mm, ears.astype(np.float64))


@lru_cache(maxsize=4)
def scalp_roots(template: HeadTemplate, count: int) -> Roots:
    """Return places over all of a head that hair ever grows on, temples and nape included."""
    faces = template.part_faces("skin")
    centres = 1000 * template.neutral[template.faces[faces]].mean(axis=1)
    ears = template.masks["ears"][template.faces[faces]].mean(axis=1)
    head = (centres[:, 1] > -90) & (np.hypot(centres[:, 0], centres[:, 2] + 20) < 140)
    face = (centres[:, 2] > 45) & (centres[:, 1] < 40)
    return spread(template, faces[head & ~face & (ears < 0.6)], count)
