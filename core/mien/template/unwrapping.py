"""Give a mesh an atlas of its own, where it brings none that can be painted on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.template.head import Float32, Int32
from mien.template.position_map import draw_position_map

_PROBE = 512
_MOST_HIDDEN = 0.02
"""Share of a surface's texels that may lie under others before its atlas counts as overlapping."""


def unwrap(vertices: ArrayLike, faces: ArrayLike) -> tuple[Float32, Int32]:
    """Return texture coordinates [U, 2] and triangles into them [F, 3] without overlap.

    Charts are grown and packed by xatlas.

    Raises:
        ValueError: A triangle points at no vertex.
    """
    # Only for meshes that need it.
    import xatlas

    atlas: Any = xatlas.Atlas()
    corners = np.ascontiguousarray(faces, np.uint32)
    if corners.size and corners.max() >= len(np.asarray(vertices)):
        raise ValueError("a triangle with a vertex that is not there")
    atlas.add_mesh(np.ascontiguousarray(vertices, np.float32), corners)
    options: Any = xatlas.PackOptions()
    options.padding, options.resolution, options.bilinear = 2, 1024, True
    atlas.generate(pack_options=options)
    _, indices, uv = atlas[0]
    return np.asarray(uv, np.float32), np.asarray(indices, np.int32)


def overlapping(uv: ArrayLike, uv_faces: ArrayLike) -> bool:
    """Return whether a noticeable part of an atlas [U, 2], [F, 3] is drawn over itself.

    The area of all triangles is compared with the area they cover together.
    """
    places = np.asarray(uv, np.float64)
    triangles = places[np.asarray(uv_faces)]
    one, two = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    total = 0.5 * np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]).sum()
    covered = float(draw_position_map(places, uv_faces, _PROBE).covered.mean())
    return bool(total - covered > _MOST_HIDDEN * max(total, 1e-9) + 2e-3)


def one_tile(uv: NDArray[Any]) -> Float32:
    """Return texture coordinates [U, 2] moved into 0..1, where textures repeat."""
    return (uv - np.floor(uv.min(axis=0) + 1e-6)).astype(np.float32)
