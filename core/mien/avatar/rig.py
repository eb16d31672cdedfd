"""What moves a head: a surface with expressions and joints, and the Gaussians bound to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.gaussians.cloud import GaussianCloud

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

JOINT_NAMES: tuple[str, ...] = ("root", "neck", "head", "jaw", "eye_left", "eye_right")
"""The joints an AvatarState moves; a rig has `root` and any of the others."""


def _frozen(values: ArrayLike, dtype: Any, shape: tuple[int, ...], name: str) -> NDArray:
    array = np.ascontiguousarray(values, dtype=dtype)
    if array.shape != shape:
        raise ValueError(f"{name} must be {shape}, got {array.shape}")
    if array is values and array.flags.writeable:
        array = array.view()  # So that the caller's own array stays writable for the caller.
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Rig:
    """A triangle surface with ARKit morph targets and a small skeleton.

    The morph targets are sparse: the entries of expression `s` are
    `shape_starts[s]:shape_starts[s + 1]` of `shape_vertices` (ascending) and `shape_deltas`.

    Args:
        rest: The neutral surface [V, 3], metres, Y up, face toward +Z.
        faces: Its triangles [F, 3], counter-clockwise from outside.
        expression_names: The ARKit name of each of the S morph targets.
        shape_starts: Where each target's entries begin [S + 1].
        shape_vertices: The vertex of each entry [M].
        shape_deltas: How far it moves at weight one [M, 3], metres.
        joint_names: Some of JOINT_NAMES, `root` first [J].
        joint_parents: Index of each joint's parent [J], before the joint itself; -1 for the root.
        joint_positions: Where the joints pivot at rest [J, 3], metres.
        skin_joints: The joints that move each vertex [V, 4].
        skin_weights: How much each of them does [V, 4]; rows sum to one.

    Raises:
        ValueError: Shapes do not belong together, or an index points nowhere.
    """

    rest: Float32
    faces: Int32
    expression_names: tuple[str, ...]
    shape_starts: Int32
    shape_vertices: Int32
    shape_deltas: Float32
    joint_names: tuple[str, ...]
    joint_parents: Int32
    joint_positions: Float32
    skin_joints: Int32
    skin_weights: Float32

    def __post_init__(self) -> None:
        v, f, j = len(self.rest), len(self.faces), len(self.joint_names)
        s, m = len(self.expression_names), len(self.shape_vertices)
        expected: dict[str, tuple[Any, tuple[int, ...]]] = {
            "rest": (np.float32, (v, 3)),
            "faces": (np.int32, (f, 3)),
            "shape_starts": (np.int32, (s + 1,)),
            "shape_vertices": (np.int32, (m,)),
            "shape_deltas": (np.float32, (m, 3)),
            "joint_parents": (np.int32, (j,)),
            "joint_positions": (np.float32, (j, 3)),
            "skin_joints": (np.int32, (v, 4)),
            "skin_weights": (np.float32, (v, 4)),
        }
        for name, (dtype, shape) in expected.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), dtype, shape, name))
        object.__setattr__(self, "expression_names", tuple(self.expression_names))
        object.__setattr__(self, "joint_names", tuple(self.joint_names))
        self._check_indices()

    def _check_indices(self) -> None:
        v, j = self.num_vertices, len(self.joint_names)
        if v == 0 or not np.isfinite(self.rest).all():
            raise ValueError("a rig needs at least one vertex, and all of them finite")
        starts = self.shape_starts
        if starts[0] != 0 or starts[-1] != len(self.shape_vertices) or (np.diff(starts) < 0).any():
            raise ValueError("shape_starts must ascend from 0 to the number of entries")
        for name, indices, count in (
            ("faces", self.faces, v),
            ("shape_vertices", self.shape_vertices, v),
            ("skin_joints", self.skin_joints, j),
        ):
            if indices.size and (indices.min() < 0 or indices.max() >= count):
                raise ValueError(f"{name} has indices outside 0..{count - 1}")
        if set(self.joint_names) - set(JOINT_NAMES) or self.joint_names[:1] != ("root",):
            raise ValueError(f"joints must be root and some of {JOINT_NAMES}: {self.joint_names}")
        if (
            self.joint_parents[0] != -1
            or (self.joint_parents[1:] >= np.arange(1, j)).any()
            or (self.joint_parents[1:] < 0).any()
        ):
            raise ValueError("every joint but the root must have a parent before it")

    @staticmethod
    def from_dense(
        rest: ArrayLike,
        faces: ArrayLike,
        *,
        expression_names: Sequence[str] = (),
        deltas: ArrayLike | None = None,
        joint_names: Sequence[str] = ("root",),
        joint_parents: ArrayLike = (-1,),
        joint_positions: ArrayLike = ((0.0, 0.0, 0.0),),
        skin_joints: ArrayLike | None = None,
        skin_weights: ArrayLike | None = None,
        threshold: float = 1e-7,
    ) -> Rig:
        """Make a rig from dense morph targets [S, V, 3].

        Entries that move less than `threshold` metres are left out. Without skinning, every vertex
        follows the root.
        """
        points = np.asarray(rest, np.float32)
        v = len(points)
        shapes = (
            np.zeros((0, v, 3), np.float32) if deltas is None else np.asarray(deltas, np.float32)
        )
        moved = np.abs(shapes).max(axis=2) > threshold
        which, vertices = np.nonzero(moved)
        starts = np.searchsorted(which, np.arange(len(shapes) + 1))
        rooted = np.tile(np.array([1, 0, 0, 0], np.float32), (v, 1))
        return Rig(
            points,
            np.asarray(faces, np.int32).reshape(-1, 3),
            tuple(expression_names),
            starts.astype(np.int32),
            vertices.astype(np.int32),
            shapes[which, vertices],
            tuple(joint_names),
            np.asarray(joint_parents, np.int32),
            np.asarray(joint_positions, np.float32),
            np.zeros((v, 4), np.int32)
            if skin_joints is None
            else np.asarray(skin_joints, np.int32),
            rooted if skin_weights is None else np.asarray(skin_weights, np.float32),
        )

    @property
    def num_vertices(self) -> int:
        """V."""
        return len(self.rest)

    def dense_deltas(self) -> Float32:
        """Return the morph targets as dense offsets [S, V, 3]."""
        dense = np.zeros((len(self.expression_names), self.num_vertices, 3), np.float32)
        which = np.repeat(np.arange(len(dense)), np.diff(self.shape_starts))
        dense[which, self.shape_vertices] = self.shape_deltas
        return dense

    def replace(self, **changes: Any) -> Rig:
        """Return a rig with other values of some fields."""
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class SurfaceBinding:
    """Where on a surface each of N Gaussians is held.

    A Gaussian that belongs to a vertex has that vertex's corner of some triangle, weight one.

    Args:
        triangles: The triangle [N].
        barycentric: The weights of its three corners [N, 3]; rows sum to one.
    """

    triangles: Int32
    barycentric: Float32

    def __post_init__(self) -> None:
        n = len(self.triangles)
        triangles = _frozen(self.triangles, np.int32, (n,), "triangles")
        barycentric = _frozen(self.barycentric, np.float32, (n, 3), "barycentric")
        object.__setattr__(self, "triangles", triangles)
        object.__setattr__(self, "barycentric", barycentric)

    @staticmethod
    def to_vertices(faces: ArrayLike, vertices: ArrayLike) -> SurfaceBinding:
        """Bind Gaussian i to vertex `vertices[i]`.

        Raises:
            ValueError: A vertex is in no triangle.
        """
        corners = np.asarray(faces, np.int32).reshape(-1)
        wanted = np.asarray(vertices, np.int64)
        corner_of = np.full(max(int(corners.max(initial=-1)), int(wanted.max(initial=-1))) + 1, -1)
        # Backwards, so that a vertex gets the first triangle it is in.
        corner_of[corners[::-1]] = np.arange(len(corners))[::-1]
        found = corner_of[wanted]
        if (found < 0).any():
            raise ValueError(f"vertex {wanted[found < 0][0]} is in no triangle")
        return SurfaceBinding(found // 3, np.eye(3, dtype=np.float32)[found % 3])

    def points(self, vertices: ArrayLike, faces: ArrayLike) -> Float32:
        """Return the bound places [N, 3] on a surface with vertices [V, 3]."""
        held = np.asarray(vertices, np.float32)
        first, second, third = np.asarray(faces).take(self.triangles, axis=0).T
        # Corner by corner: gathering all three first takes twice as long, with every face anew.
        points = held.take(first, axis=0) * self.barycentric[:, :1]
        points += held.take(second, axis=0) * self.barycentric[:, 1:2]
        points += held.take(third, axis=0) * self.barycentric[:, 2:]
        return points


@dataclass(frozen=True, eq=False)
class BoundGaussians:
    """N Gaussians relative to the surface that carries them.

    Offsets and rotations are in the axes of the neutral surface; posing turns both by the rotation
    of the surface under them, from neutral to deformed, so the neutral pose is the file's own.

    Args:
        binding: Where on the surface each is held.
        offsets: From there to the centre at rest [N, 3], metres.
        quats: Rotations at rest [N, 4], wxyz.
        log_scales: Logarithms of the standard deviations at rest [N, 3].
        logit_opacities: Logits of the opacities [N].
        sh: Spherical harmonic coefficients [N, K, 3].
    """

    binding: SurfaceBinding
    offsets: Float32
    quats: Float32
    log_scales: Float32
    logit_opacities: Float32
    sh: Float32

    def __post_init__(self) -> None:
        n = len(self.binding.triangles)
        k = self.sh.shape[1] if np.ndim(self.sh) == 3 else 0
        shapes: dict[str, tuple[int, ...]] = {
            "offsets": (n, 3),
            "quats": (n, 4),
            "log_scales": (n, 3),
            "logit_opacities": (n,),
            "sh": (n, k, 3),
        }
        for name, shape in shapes.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), np.float32, shape, name))

    @staticmethod
    def from_cloud(rig: Rig, binding: SurfaceBinding, cloud: GaussianCloud) -> BoundGaussians:
        """Bind the Gaussians of a neutral cloud to a rig's rest surface."""
        return BoundGaussians(
            binding,
            cloud.means - binding.points(rig.rest, rig.faces),
            cloud.quats,
            cloud.log_scales,
            cloud.logit_opacities,
            cloud.sh,
        )

    @property
    def num_gaussians(self) -> int:
        """N."""
        return len(self.offsets)
