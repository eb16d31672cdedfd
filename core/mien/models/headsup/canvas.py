"""The UV map that everything is drawn on: where its texels lie on the template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mien.avatar.rig import SurfaceBinding
from mien.template.head import HeadTemplate
from mien.transforms import quat_from_matrix

Float32 = NDArray[np.float32]

_FLATNESS = 0.25
"""How thick a Gaussian begins, in its smaller span."""

_OVERLAP = 0.6
"""A Gaussian's standard deviation at the start, in its texel's span."""

_NEIGHBOURS = 4

_UNCOVERED = ("mouth_inside", "lips", "lid_rims", "sockets")
"""Masks of the template over which nothing grows."""
_EYES = ("eye_left", "eye_right")
_LIPS = ("lips", "lid_rims")
"""Parts and masks of the template that people look at first."""
_BEFORE = 0.3
"""The least cosine between what of them is seen and the direction of the face."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """The covered texels of a template's UV map, row by row; N of them.

    Args:
        template: The head template; texels lie on its neutral, average surface.
        side: Texels along a side of the map, S.
        cells: Which texels are covered [N], row * S + column.
        binding: Where on the surface each lies.
        points: There [N, 3], metres.
        frames: Along u, across it, and outward [N, 3, 3], in columns.
        log_scales: What a Gaussian that fills a texel begins with [N, 3], in the axes of `frames`.
    """

    template: HeadTemplate
    side: int
    cells: NDArray[np.int64]
    binding: SurfaceBinding
    points: Float32
    frames: Float32
    log_scales: Float32

    @staticmethod
    def of(template: HeadTemplate, side: int) -> Canvas:
        """Lay a map over a template.

        Raises:
            ValueError: The side is not positive.
        """
        flat = template.position_map(side)
        covered = flat.covered
        binding = SurfaceBinding(flat.triangles[covered], flat.barycentric[covered])
        spans = _OVERLAP * template.texel_spans(side).astype(np.float32)[binding.triangles]
        scales = np.column_stack([spans, _FLATNESS * spans.min(axis=1)])
        return Canvas(
            template,
            side,
            np.flatnonzero(covered.ravel()),
            binding,
            binding.points(template.neutral, template.faces),
            template.tangent_frames()[binding.triangles],
            np.log(scales).astype(np.float32),
        )

    @property
    def num_texels(self) -> int:
        """N."""
        return len(self.cells)

    @cached_property
    def quats(self) -> Float32:
        """The frames as quaternions [N, 4], wxyz."""
        return quat_from_matrix(self.frames).astype(np.float32)

    @cached_property
    def parts(self) -> NDArray[np.int32]:
        """The piece of the surface [N] each texel shows, an index of the template's part names."""
        return self.template.face_parts[self.binding.triangles]

    @cached_property
    def outer(self) -> NDArray[np.bool_]:
        """Whether a texel is skin that hair or clothes may cover [N]: no eye, no inner mouth."""
        skin = self.parts == self.template.part_names.index("skin")
        return skin & ~self._masked(_UNCOVERED)

    @cached_property
    def features(self) -> NDArray[np.bool_]:
        """Whether a texel is of the front of an eye or of the lips [N]."""
        names = self.template.part_names
        eyes = [names.index(name) for name in _EYES if name in names]
        before = self.frames[:, 2, 2] > _BEFORE
        return (np.isin(self.parts, eyes) | self._masked(_LIPS)) & before

    def _masked(self, names: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return which texels [N] lie within any of some masks of the template."""
        corners = self.template.faces[self.binding.triangles]
        within = np.zeros(self.num_texels, np.bool_)
        for name in names:
            if name in self.template.masks:
                held = self.template.masks[name][corners]
                within |= (self.binding.barycentric * held).sum(axis=1) >= 0.5
        return within

    @cached_property
    def of_vertices(self) -> tuple[NDArray[np.int64], Float32]:
        """Return texels near each vertex [V, 4], on the same piece, and their shares [V, 4]."""
        from scipy.spatial import KDTree

        template = self.template
        near = np.zeros((template.num_vertices, _NEIGHBOURS), np.int64)
        shares = np.zeros((template.num_vertices, _NEIGHBOURS), np.float32)
        for part, name in enumerate(template.part_names):
            vertices = template.part_vertices(name)
            texels = np.flatnonzero(self.parts == part)
            # A piece too small for the map follows whatever lies nearest.
            held = texels if len(texels) >= _NEIGHBOURS else np.arange(self.num_texels)
            tree = KDTree(self.points[held])
            distances, found = tree.query(template.neutral[vertices], k=_NEIGHBOURS)
            weights = 1 / np.maximum(distances, 1e-5)
            near[vertices] = held[found]
            shares[vertices] = weights / weights.sum(axis=1, keepdims=True)
        return near, shares
