"""A rig made ready to be posed: its tables in the order the kernels read them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.avatar.posing.chunks import CHUNK, NUM_ROWS, in_chunks, num_chunks
from mien.avatar.posing.deforming import POINT, QUAT, RECORD, STRETCH
from mien.avatar.posing.joints import joint_motions
from mien.avatar.posing.kernel import pose
from mien.avatar.rig import BoundGaussians, Float32, Int32, Rig, SurfaceBinding
from mien.avatar.state import AvatarState
from mien.avatar.surface import SurfaceFrames
from mien.rendering.cpu.teamwork import CONTROL_SIZE
from mien.template.arkit import ARKIT_INDEX
from mien.threads import kernel_turn, num_threads

NECK_SHARE = 0.4
"""How much of a head's rotation its neck already does: vertebrae share a turn."""

_arrays = threading.local()


@dataclass(frozen=True, eq=False)
class _Scratch:
    """What a pose is worked out in: displacements [V, 4], records [V, RECORD], each thread's rows.

    The vertices are filled up to whole chunks.
    """

    control: NDArray[np.int64]
    displacements: Float32
    surface: Float32
    rows: Float32

    @staticmethod
    def of_this_thread(num_vertices: int) -> _Scratch:
        """Return the calling thread's own; fresh arrays cost a quarter of a pose in page faults."""
        held = getattr(_arrays, "held", None)
        count, threads = num_chunks(num_vertices) * CHUNK, num_threads()
        if held is None or len(held.surface) != count or len(held.rows) != threads:
            held = _Scratch(
                np.zeros(CONTROL_SIZE, np.int64),
                np.zeros((count, 4), np.float32),
                np.zeros((count, RECORD), np.float32),
                np.zeros((threads, NUM_ROWS * CHUNK), np.float32),
            )
            _arrays.held = held
        return held


_STILL = np.empty((0, 8), np.float32)


@dataclass(frozen=True, eq=False)
class Bound:
    """Gaussians on a surface as the kernel reads and writes them.

    Args:
        corners: The vertices around each [N, 3].
        shares: Their barycentric weights [N, 3], the largest first.
        gaussians: The Gaussians at rest.
    """

    corners: Int32
    shares: Float32
    gaussians: BoundGaussians

    @staticmethod
    def of(gaussians: BoundGaussians, faces: Int32) -> Bound:
        """Look up the corners of what is bound to a surface with triangles [F, 3]."""
        shares = gaussians.binding.barycentric
        corners = faces[gaussians.binding.triangles]
        # The heaviest corner leads: a Gaussian that belongs to a vertex then needs only that one.
        turned = (shares.argmax(axis=1)[:, None] + np.arange(3)) % 3
        return Bound(
            np.take_along_axis(corners, turned, axis=1),
            np.take_along_axis(shares, turned, axis=1),
            gaussians,
        )


_NOTHING = Bound.of(
    BoundGaussians(
        SurfaceBinding(np.empty(0, np.int32), np.empty((0, 3), np.float32)),
        offsets=np.empty((0, 3), np.float32),
        quats=np.empty((0, 4), np.float32),
        log_scales=np.empty((0, 3), np.float32),
        logit_opacities=np.empty(0, np.float32),
        sh=np.empty((0, 1, 3), np.float32),
    ),
    np.empty((0, 3), np.int32),
)


@dataclass(frozen=True, eq=False)
class PosedSurface:
    """How a state moves a surface.

    Args:
        points: The vertices [V, 3].
        quats: How the surface turned at each, from rest [V, 4], wxyz.
        stretches: And how it was stretched before, in the axes of rest: the symmetric matrix minus
            the identity, xx xy xz yy yz zz [V, 6].
    """

    points: Float32
    quats: Float32
    stretches: Float32


@dataclass(frozen=True, eq=False)
class Deformer:
    """A rig rearranged for speed: morph entries by vertex, so that threads never share a sum."""

    rig: Rig
    frames: SurfaceFrames
    expression_indices: NDArray[np.intp]
    entry_starts: Int32
    entry_shapes: NDArray[np.uint8]
    entry_deltas: Float32
    rest: Float32
    tangents: Float32
    skin_weights: Float32

    @staticmethod
    def of(rig: Rig, *, sibling: Deformer | None = None) -> Deformer:
        """Arrange a rig, taking over what a sibling with the same tables has arranged."""
        topology = None
        if sibling is not None and sibling.rig.faces is rig.faces:
            topology = sibling.frames.topology
        frames = SurfaceFrames.of(rig, topology)
        rest = in_chunks(rig.rest)
        tangents = in_chunks(frames.tangents.reshape(-1, 6))
        if sibling is not None and _hang_alike(sibling.rig, rig):
            skin_weights = sibling.skin_weights
        else:
            skin_weights = in_chunks(_weights_of_joints(rig))
        if sibling is not None and sibling.rig.shape_deltas is rig.shape_deltas:
            return replace(
                sibling,
                rig=rig,
                frames=frames,
                rest=rest,
                tangents=tangents,
                skin_weights=skin_weights,
            )
        shapes = np.repeat(np.arange(len(rig.expression_names)), np.diff(rig.shape_starts))
        order = np.argsort(rig.shape_vertices, kind="stable")
        counts = np.bincount(rig.shape_vertices, minlength=rig.num_vertices)
        return Deformer(
            rig,
            frames,
            np.array([ARKIT_INDEX[name] for name in rig.expression_names], np.intp),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            shapes[order].astype(np.uint8),
            np.ascontiguousarray(rig.shape_deltas[order]),
            rest,
            tangents,
            skin_weights,
        )

    def points(self, state: AvatarState) -> Float32 | None:
        """Return the posed vertices [V, 3] of a state, or None where the state moves nothing."""
        if self.pose(state, _NOTHING) is None:
            return None
        surface = _Scratch.of_this_thread(self.rig.num_vertices).surface
        return surface[: self.rig.num_vertices, POINT : POINT + 3].copy()

    def surface(self, state: AvatarState) -> PosedSurface | None:
        """Return how a state moves the surface, or None where it moves nothing."""
        if self.pose(state, _NOTHING) is None:
            return None
        held = _Scratch.of_this_thread(self.rig.num_vertices).surface[: self.rig.num_vertices]
        return PosedSurface(
            held[:, POINT : POINT + 3].copy(),
            held[:, QUAT : QUAT + 4].copy(),
            held[:, STRETCH : STRETCH + 6].copy(),
        )

    def pose(self, state: AvatarState, bound: Bound) -> tuple[Float32, Float32, Float32] | None:
        """Return means, quats and log scales of a state, or None where the state moves nothing."""
        weights = state.expression[self.expression_indices]
        motions = motions_of(self.rig, state)
        if motions is None and not weights.any():
            return None
        rest, frames = bound.gaussians, self.frames
        means, quats = np.empty_like(rest.offsets), np.empty_like(rest.quats)
        log_scales = np.empty_like(rest.log_scales)
        scratch = _Scratch.of_this_thread(self.rig.num_vertices)
        scratch.control.fill(0)
        with kernel_turn():
            pose(
                scratch.control,
                self.entry_starts,
                self.entry_shapes,
                self.entry_deltas,
                weights,
                frames.topology.ring_starts,
                frames.topology.ring_vertices,
                frames.ring_gradients,
                self.rest,
                self.tangents,
                self.skin_weights,
                _STILL if motions is None else motions,
                bound.corners,
                bound.shares,
                rest.offsets,
                rest.quats,
                rest.log_scales,
                scratch.rows,
                scratch.displacements,
                scratch.surface,
                means,
                quats,
                log_scales,
            )
        return means, quats, log_scales


def motions_of(rig: Rig, state: AvatarState) -> Float32 | None:
    """Return the motions of a rig's joints from rest as dual quaternions [J, 8]; None at rest."""
    names = rig.joint_names
    share = NECK_SHARE if "neck" in names else 0.0
    rotations = np.zeros((len(names), 2, 3))
    translations = np.zeros((len(names), 3))
    for index, name in enumerate(names):
        if name == "neck":
            rotations[index] = state.neck_rotation, share * state.head_rotation
            translations[index] = share * state.head_translation
        elif name == "head":
            rotations[index, 0] = (1 - share) * state.head_rotation
            translations[index] = (1 - share) * state.head_translation
        elif name == "jaw":
            rotations[index, 0] = state.jaw_rotation
        elif name != "root":
            rotations[index, 0] = state.eye_rotations[0 if name == "eye_left" else 1]
    if not rotations.any() and not translations.any():
        return None
    motions = np.empty((len(names), 8), np.float32)
    joint_motions(rig.joint_parents, rig.joint_positions, rotations, translations, motions)
    return motions


def _hang_alike(one: Rig, other: Rig) -> bool:
    """Say cheaply whether two surfaces are known to hang on their joints in the same way."""
    return (
        one.skin_weights is other.skin_weights
        and one.skin_joints is other.skin_joints
        and one.joint_names == other.joint_names
    )


def _weights_of_joints(rig: Rig) -> Float32:
    """Return how much each joint moves each vertex, [V, J]."""
    dense = np.zeros((rig.num_vertices, len(rig.joint_names)), np.float32)
    for joints, weights in zip(rig.skin_joints.T, rig.skin_weights.T, strict=True):
        dense[np.arange(len(dense)), joints] += weights
    return dense
