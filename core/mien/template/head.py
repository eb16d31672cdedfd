"""HeadTemplate: one head's surface, how people and expressions change it, and its flat map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.errors import MienError
from mien.template.attributes import IdentityAttributes
from mien.template.position_map import PositionMap, draw_position_map
from mien.template.texture import SurfaceTexture

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

_SPANS = 3e-4, 8e-3
"""Bounds of what a texel spans, metres: a sliver of a triangle says nothing about its texels."""


@dataclass(frozen=True, eq=False)
class HeadTemplate:
    """A head and neck with identities, expressions, joints and a UV atlas. Immutable.

    Metres, Y up, face toward +Z, the person's left at +X; the origin lies in the middle of the
    head.

    Args:
        name: What files that use it call it.
        neutral: The average person without expression [V, 3].
        faces: Triangles [F, 3], counter-clockwise from outside.
        part_names: The pieces of the surface: `skin`, `eye_left`, `teeth_upper`, ... [P].
        face_parts: The piece of each triangle [F].
        uv: Texture coordinates [U, 2], 0..1, v upward; no two triangles overlap.
        uv_faces: Triangles [F, 3] into `uv`.
        identity_basis: Offsets [D, V, 3] of coefficients with unit variance over people.
        expression_names: ARKit names [E].
        expression_offsets: Offsets [E, V, 3] at weight one.
        joint_names: `root`, `neck`, `head`, `jaw`, `eye_left`, `eye_right` [J].
        joint_parents: Each joint's parent [J], before it; -1 for the root.
        joint_positions: Where joints pivot on the average person [J, 3].
        skin_weights: How much each joint moves each vertex [V, J]; rows sum to one.
        region_names: The face's regions [R].
        region_weights: How much each vertex belongs to each region [V, R]; rows sum to one.
        masks: Further soft masks [V] by name: `lips`, `mouth_inside`, ...
        landmarks: The vertex of each named landmark.
        mirror: The vertex on the other side of the face [V].
        attributes: Which identities are likely for whom; None where nobody knows.
        expression_basis: The template's own statistical expressions [X, V, 3], besides those with
            ARKit names; None where it has none.
        pose_offsets: Corrections of the posed shape [9 (J - 1), V, 3], one for each number of the
            rotation matrix less the identity of each joint but the root (FLAME, eq. 4); or None.
        joint_regressor: Weights [J, V] that give the joints of a surface; None where they move as
            the mean of what they carry.
        shift: What was added to the coordinates of the template's own files [3], metres.
        texture: The colours its files bring; None where they bring none.

    Raises:
        ValueError: Shapes do not belong together, or an index points nowhere.
    """

    name: str
    neutral: Float32
    faces: Int32
    part_names: tuple[str, ...]
    face_parts: Int32
    uv: Float32
    uv_faces: Int32
    identity_basis: Float32
    expression_names: tuple[str, ...]
    expression_offsets: Float32
    joint_names: tuple[str, ...]
    joint_parents: Int32
    joint_positions: Float32
    skin_weights: Float32
    region_names: tuple[str, ...]
    region_weights: Float32
    masks: Mapping[str, Float32]
    landmarks: Mapping[str, int]
    mirror: Int32
    attributes: IdentityAttributes | None = None
    expression_basis: Float32 | None = None
    pose_offsets: Float32 | None = None
    joint_regressor: Float32 | None = None
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    texture: SurfaceTexture | None = None

    def __post_init__(self) -> None:
        v, f, j = len(self.neutral), len(self.faces), len(self.joint_names)
        shapes: dict[str, tuple[type, tuple[int, ...]]] = {
            "neutral": (np.float32, (v, 3)),
            "faces": (np.int32, (f, 3)),
            "face_parts": (np.int32, (f,)),
            "uv": (np.float32, (len(self.uv), 2)),
            "uv_faces": (np.int32, (f, 3)),
            "identity_basis": (np.float32, (len(self.identity_basis), v, 3)),
            "expression_offsets": (np.float32, (len(self.expression_names), v, 3)),
            "joint_parents": (np.int32, (j,)),
            "joint_positions": (np.float32, (j, 3)),
            "skin_weights": (np.float32, (v, j)),
            "region_weights": (np.float32, (v, len(self.region_names))),
            "mirror": (np.int32, (v,)),
        }
        if self.expression_basis is not None:
            shapes["expression_basis"] = (np.float32, (len(self.expression_basis), v, 3))
        if self.pose_offsets is not None:
            shapes["pose_offsets"] = (np.float32, (9 * (j - 1), v, 3))
        if self.joint_regressor is not None:
            shapes["joint_regressor"] = (np.float32, (j, v))
        for name, (dtype, shape) in shapes.items():
            array = np.ascontiguousarray(getattr(self, name), dtype=dtype)
            if array.shape != shape:
                raise ValueError(f"{name} must be {shape}, got {array.shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        for name, count in (("faces", v), ("mirror", v), ("uv_faces", len(self.uv))):
            indices = getattr(self, name)
            if indices.size and (indices.min() < 0 or indices.max() >= count):
                raise ValueError(f"{name} has indices outside 0..{count - 1}")
        if self.attributes is not None and len(self.attributes.residual) != self.num_identity:
            raise ValueError(f"attributes must be of {self.num_identity} coefficients")
        object.__setattr__(self, "masks", MappingProxyType(dict(self.masks)))
        object.__setattr__(self, "landmarks", MappingProxyType(dict(self.landmarks)))

    @property
    def num_vertices(self) -> int:
        """V."""
        return len(self.neutral)

    @property
    def num_identity(self) -> int:
        """D."""
        return len(self.identity_basis)

    def identity(self, coefficients: ArrayLike) -> Float32:
        """Return the neutral surface [V, 3] of a person.

        Args:
            coefficients: Identity [d], d at most D; those left out are zero.

        Raises:
            ValueError: There are more coefficients than D, or they are not finite.
        """
        values = np.asarray(coefficients, np.float32)
        if values.ndim != 1 or len(values) > self.num_identity or not np.isfinite(values).all():
            raise ValueError(
                f"identity takes up to {self.num_identity} finite numbers, got {values.shape}"
            )
        return self.neutral + np.tensordot(values, self.identity_basis[: len(values)], 1)

    def likely_identity(
        self,
        rng: np.random.Generator,
        *,
        masculinity: float = 0.5,
        age_years: float = 35.0,
        heaviness: float = 0.0,
        ancestry: tuple[float, float, float] = (1.0, 1.0, 1.0),
        variety: float = 0.6,
    ) -> Float32:
        """Draw identity coefficients [D] of somebody of an age, a sex, a weight and an ancestry.

        Args:
            rng: What to draw from; the same state draws the same person.
            masculinity: 0 female .. 1 male features.
            age_years: Adults, 25..90; younger and older people get the nearer end's shape.
            heaviness: -1 thin .. 1 heavy.
            ancestry: African, Asian and European shares; they need not sum to one.
            variety: How far people stray from the typical: 0 draws the typical person, 1 strays as
                far as those the basis was made from, whose features were drawn wide on purpose.

        Raises:
            MienError: The template does not know how its identities are distributed.
            ValueError: A number is not finite, or the shares are negative or sum to nothing.
        """
        if self.attributes is None:
            raise MienError(f"{self.name} does not know which identities are likely for whom")
        mean = self.attributes.mean(
            masculinity=masculinity, age_years=age_years, heaviness=heaviness, ancestry=ancestry
        )
        return self.attributes.draw(rng, mean, variety=variety)

    def joints_of(self, surface: ArrayLike) -> Float32:
        """Return where the joints [J, 3] of a person pivot, given their neutral surface [V, 3].

        A joint moves as the mean of what it carries does; an eye's is the centre of its ball.
        """
        if self.joint_regressor is not None:
            return self.joint_regressor @ np.asarray(surface, np.float32)
        moved = np.asarray(surface, np.float32) - self.neutral
        positions = self.joint_positions.copy()
        for joint, name in enumerate(self.joint_names):
            if name in self.part_names:
                vertices = self.part_vertices(name)
                positions[joint] += moved[vertices].mean(axis=0)
            else:
                share = self.skin_weights[:, joint]
                positions[joint] += share @ moved / max(float(share.sum()), 1e-6)
        return positions

    def expression(self, name: str) -> Float32:
        """Return the offsets [V, 3] of an expression at weight one.

        Raises:
            KeyError: The template has no such expression.
        """
        if name not in self.expression_names:
            raise KeyError(f"{self.name} has no expression {name!r}")
        return self.expression_offsets[self.expression_names.index(name)]

    def part_faces(self, name: str) -> NDArray[np.int64]:
        """Return the triangles of a piece of the surface.

        Raises:
            ValueError: There is no such piece.
        """
        return np.flatnonzero(self.face_parts == self.part_names.index(name))

    def part_vertices(self, name: str) -> NDArray[np.int32]:
        """Return the vertices of a piece of the surface, ascending."""
        return np.unique(self.faces[self.part_faces(name)])

    def position_map(self, resolution: int) -> PositionMap:
        """Return which point of the surface each texel of a square map shows.

        Raises:
            ValueError: The resolution is not positive.
        """
        return draw_position_map(self.uv, self.uv_faces, resolution)

    def tangent_frames(self, surface: ArrayLike | None = None) -> Float32:
        """Return a frame [F, 3, 3] per triangle: columns along u, across it, and the normal.

        The first column follows the map's u direction in the triangle's plane, so that frames
        vary smoothly over the surface wherever the map does.

        Args:
            surface: Vertices [V, 3]; the neutral surface when left out.
        """
        points = self.neutral if surface is None else np.asarray(surface, np.float32)
        edges, uv = _edges(points[self.faces]), self.uv[self.uv_faces]
        one, two = edges[:, :, 0], edges[:, :, 1]
        uv_one, uv_two = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        normal = _unit(np.cross(one, two))
        along = _unit(uv_two[:, 1:2] * one - uv_one[:, 1:2] * two)
        return np.stack([along, np.cross(normal, along), normal], axis=2).astype(np.float32)

    def texel_spans(self, resolution: int, surface: ArrayLike | None = None) -> Float64:
        """Return how far a texel of a square map reaches along and across u [F, 2], metres.

        The columns' lengths of the map's Jacobian, from texture to surface, on each triangle.

        Args:
            resolution: Texels along a side of the map.
            surface: Vertices [V, 3]; the neutral surface when left out.
        """
        points = self.neutral if surface is None else np.asarray(surface, np.float32)
        along = _edges(points[self.faces])
        across = _edges(self.uv[self.uv_faces]) + 1e-12 * np.eye(2)
        spans = np.linalg.norm(along @ np.linalg.pinv(across), axis=1) / resolution
        return np.clip(spans, *_SPANS)


def _edges(corners: Float32) -> Float64:
    """Return two edges of triangles [F, 3, C], in columns [F, C, 2]."""
    held = corners.astype(np.float64)
    return np.stack([held[:, 1] - held[:, 0], held[:, 2] - held[:, 0]], axis=2)


def _unit(vectors: NDArray[Any]) -> NDArray[Any]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-20)
