"""Where hair and clothes end over the texels of a surface, as the depth of the views tells.

A network that is only told where the skin lies has to find out from pictures that hair stands off
it, and small ones paint hair on a bald head instead. Depth tells: over each texel, what is not free
in any view is taken to be the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.camera import Camera
from mien.training.headsup.person import Texels

Float32 = NDArray[np.float32]

STEP = 0.004
"""Metres between the places over a texel that are looked at."""
REACH = 0.14
"""How far from the skin hair is looked for, metres."""
_GAP = 3
"""How many places in a row may be free between skin and hair."""
_NEAR = 0.008
"""How far behind what a view sees first a place may lie to be what it sees, metres."""
_BESIDE = 0.004
"""How far before it a place is certainly free, metres."""


@dataclass(frozen=True, eq=False)
class DepthView:
    """What a view knows of depth.

    Args:
        camera: In the head's frame.
        depth: Metres along the view axis [H, W], 0 where nothing is.
    """

    camera: Camera
    depth: Float32


def texel_shells(texels: Texels, views: Sequence[DepthView]) -> tuple[Float32, Float32]:
    """Return how far out over each texel the person goes [P], metres, and how well that is known.

    It is known, 1 and not 0, where a view sees what is there: some views alone do not say how far
    hair goes behind a head. Where nothing covers the skin it is 0 metres.

    Args:
        texels: On the surface.
        views: At least one.
    """
    heights = np.zeros(len(texels.points), np.float32)
    known = np.zeros(len(texels.points), np.float32)
    sizes = np.array([view.depth.shape for view in views], np.int64)
    _rise(
        texels.points, texels.normals, texels.outer,
        np.stack([_packed(view.camera) for view in views]),
        sizes, np.cumsum(sizes.prod(axis=1)) - sizes.prod(axis=1),
        np.concatenate([view.depth.ravel() for view in views]), heights, known,
    )  # fmt: skip
    return heights, known


def _packed(camera: Camera) -> Float32:
    """Return the projection [3, 4] of a camera."""
    return (camera.intrinsics @ camera.camera_from_world[:3]).astype(np.float32)


@njit(cache=True, nogil=True, fastmath=True)
def _rise(
    points: Float32,
    normals: Float32,
    outer: NDArray[np.bool_],
    projections: Float32,
    sizes: NDArray[np.int64],
    starts: NDArray[np.int64],
    depths: Float32,
    heights: Float32,
    known: Float32,
) -> None:  # pragma: no cover (compiled)
    for p in range(len(points)):
        free_places = 0
        steps = int(REACH / STEP) + 1 if outer[p] else 1
        for step in range(steps):
            x = points[p, 0] + step * STEP * normals[p, 0]
            y = points[p, 1] + step * STEP * normals[p, 1]
            z = points[p, 2] + step * STEP * normals[p, 2]
            free, touched, looked = False, False, False
            for v in range(len(sizes)):
                k = projections[v]
                away = k[2, 0] * x + k[2, 1] * y + k[2, 2] * z + k[2, 3]
                if away <= 0.01:
                    continue
                column = int(np.floor((k[0, 0] * x + k[0, 1] * y + k[0, 2] * z + k[0, 3]) / away))
                row = int(np.floor((k[1, 0] * x + k[1, 1] * y + k[1, 2] * z + k[1, 3]) / away))
                height, width = sizes[v]
                if not (0 <= column < width and 0 <= row < height):
                    continue
                looked = True
                seen = depths[starts[v] + row * width + column]
                if seen <= 0 or away < seen - _BESIDE:
                    free = True
                    break
                touched |= away < seen + _NEAR
            if free or not looked:
                free_places += 1
                if free_places > _GAP:
                    break
            else:
                free_places = 0
                heights[p] = step * STEP
                known[p] = 1.0 if touched else 0.0
