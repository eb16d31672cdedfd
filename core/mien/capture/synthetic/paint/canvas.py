"""The texels a part's paint has: where each lies on the template, and the way back to an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.template.head import HeadTemplate
from mien.template.normals import vertex_normals
from mien.template.position_map import draw_position_map

Float32 = NDArray[np.float32]

_MARGIN = 0.02
"""Free edge of a small part's own map, so that filtering does not reach over its border."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """The T texels of a square map that show a part of a template. The same for everybody.

    Args:
        size: Texels along a side, S.
        texels: Which of the map's texels, row by row from the top, show the part [T].
        mm: Places on the neutral template [T, 3], millimetres.
        normals: Its unit normals there [T, 3].
        region: Weight of each of the template's regions by name [T].
        mask: Its soft masks by name [T].
        texel_mm: Length of a texel along u and along v [T, 2], millimetres.
        lean: Cosine of the angle between u and v on the surface [T]: an atlas is not square.
        filled: For each texel of the map, which of the T lies nearest [S * S].
    """

    size: int
    texels: NDArray[np.int64]
    mm: Float32
    normals: Float32
    region: Mapping[str, Float32]
    mask: Mapping[str, Float32]
    texel_mm: Float32
    lean: Float32
    filled: NDArray[np.int32]
    _kept: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def num_texels(self) -> int:
        """T."""
        return len(self.texels)

    def kept(self, name: str, paint: Callable[[Canvas], Any]) -> Any:
        """Return what `paint` makes of this canvas, painted once: it is the same for everybody."""
        if name not in self._kept:
            self._kept[name] = paint(self)
        return self._kept[name]

    def image(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values [T, ...] as a map [S, S, ...], carried on where it shows nothing."""
        return values[self.filled].reshape(self.size, self.size, *values.shape[1:])

    def slopes(self, height_mm: Float32) -> Float32:
        """Return the gradient [T, 2] of a relief [T], millimetres, along u's and v's directions.

        It is the steepest way up as a sum of unit vectors along u and v, which lean on each other.
        """
        relief = self.image(height_mm)
        across = 0.5 * (np.roll(relief, -1, axis=1) - np.roll(relief, 1, axis=1))
        upward = 0.5 * (np.roll(relief, 1, axis=0) - np.roll(relief, -1, axis=0))
        along_u = across.ravel()[self.texels] / self.texel_mm[:, 0]
        along_v = upward.ravel()[self.texels] / self.texel_mm[:, 1]
        square = 1 - self.lean**2
        sides = (along_u - self.lean * along_v, along_v - self.lean * along_u)
        return np.stack([side / square for side in sides], axis=1).astype(np.float32)


def atlas_uv(template: HeadTemplate, part: str) -> Float32:
    """Return the texture coordinates [F, 3, 2] of a part's triangles in its own paint.

    The skin keeps its place in the template's atlas; a smaller part is enlarged to fill a map.
    """
    corners = template.uv[template.uv_faces[template.part_faces(part)]]
    if part == "skin":
        return corners
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    scale = (1 - 2 * _MARGIN) / max(float((high - low).max()), 1e-6)
    return ((corners - low) * scale + _MARGIN).astype(np.float32)


@lru_cache(maxsize=16)
def canvas_of(template: HeadTemplate, part: str, size: int) -> Canvas:
    """Return the canvas of a part; made once for a template and a size."""
    corner_uv = atlas_uv(template, part)
    uv_faces = np.arange(corner_uv.shape[0] * 3).reshape(-1, 3)
    drawn = draw_position_map(corner_uv.reshape(-1, 2), uv_faces, size)
    faces = template.faces[template.part_faces(part)]
    texels = np.flatnonzero(drawn.covered)
    corners = faces[drawn.triangles.ravel()[texels]]
    shares = drawn.barycentric.reshape(-1, 3)[texels]

    def at(values: NDArray[Any]) -> Float32:
        return np.einsum("tk,tk...->t...", shares, values[corners], dtype=np.float32)

    mm = 1000 * at(template.neutral)
    normals = at(vertex_normals(template.neutral, template.faces).astype(np.float32))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    regions = at(template.region_weights)
    filled = _nearest(drawn.covered, texels)
    return Canvas(
        size,
        texels,
        mm,
        normals,
        {name: regions[:, k].copy() for k, name in enumerate(template.region_names)},
        {name: at(mask) for name, mask in template.masks.items()},
        *_metric(mm, texels, filled, size),
        filled,
    )


def _nearest(covered: NDArray[np.bool_], texels: NDArray[np.int64]) -> NDArray[np.int32]:
    from scipy.ndimage import distance_transform_edt

    found: Any = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    row, column = found
    order = np.zeros(covered.size, np.int32)
    order[texels] = np.arange(len(texels), dtype=np.int32)
    return order[(row * covered.shape[1] + column).ravel()]


def _metric(
    mm: Float32, texels: NDArray[np.int64], filled: NDArray[np.int32], size: int
) -> tuple[Float32, Float32]:
    """Return the lengths of texels [T, 2] and how their sides lean on each other [T]."""
    places = mm[filled].reshape(size, size, 3)
    along_u = 0.5 * (np.roll(places, -1, axis=1) - np.roll(places, 1, axis=1))
    along_v = 0.5 * (np.roll(places, 1, axis=0) - np.roll(places, -1, axis=0))
    sides = [side.reshape(-1, 3)[texels] for side in (along_u, along_v)]
    lengths = np.stack([np.linalg.norm(side, axis=1) for side in sides], axis=1)
    cosine = np.einsum("tc,tc->t", *sides) / np.maximum(lengths.prod(axis=1), 1e-9)
    clipped = np.clip(lengths, 0.02, 4.0).astype(np.float32)
    return clipped, np.clip(cosine, -0.8, 0.8).astype(np.float32)
