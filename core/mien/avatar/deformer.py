"""A rig made ready to be posed: its tables in the order the kernels read them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.avatar import deformation
from mien.avatar.rig import Float32, Int32, Rig
from mien.avatar.state import AvatarState
from mien.avatar.surface import SurfaceFrames
from mien.template.arkit import ARKIT_INDEX
from mien.threads import kernel_turn

NECK_SHARE = 0.4
"""How much of a head's rotation its neck already does: vertebrae share a turn."""

_arrays = threading.local()


def _scratch(num_vertices: int) -> tuple[Float32, ...]:
    """Return this thread's arrays [V, 3], [V, 3], [V, 4], [V, 6].

    Fresh ones would cost a pose a quarter of its time in page faults.
    """
    held = getattr(_arrays, "held", None)
    if held is None or len(held[0]) != num_vertices:
        held = tuple(np.empty((num_vertices, width), np.float32) for width in (3, 3, 4, 6))
        _arrays.held = held
    return held


_STILL = np.empty((0, 8), np.float32)


@dataclass(frozen=True, eq=False)
class Surface:
    """A posed surface: vertices [V, 3], rotations from rest [V, 4], stretches [V, 6]."""

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
    entry_shapes: Int32
    entry_deltas: Float32

    @staticmethod
    def of(rig: Rig, *, sibling: Deformer | None = None) -> Deformer:
        """Arrange a rig, taking over what a sibling with the same tables has arranged."""
        topology = None
        if sibling is not None and sibling.rig.faces is rig.faces:
            topology = sibling.frames.topology
        frames = SurfaceFrames.of(rig, topology)
        if sibling is not None and sibling.rig.shape_deltas is rig.shape_deltas:
            return replace(sibling, rig=rig, frames=frames)
        shapes = np.repeat(np.arange(len(rig.expression_names)), np.diff(rig.shape_starts))
        order = np.argsort(rig.shape_vertices, kind="stable")
        counts = np.bincount(rig.shape_vertices, minlength=rig.num_vertices)
        return Deformer(
            rig,
            frames,
            np.array([ARKIT_INDEX[name] for name in rig.expression_names], np.intp),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            shapes[order].astype(np.int32),
            np.ascontiguousarray(rig.shape_deltas[order]),
        )

    def deform(self, state: AvatarState) -> Surface | None:
        """Return the surface of a state, or None where the state moves nothing.

        Its arrays are this thread's own and are overwritten by the thread's next call.
        """
        weights = state.expression[self.expression_indices]
        motions = self._motions(state)
        expressive = bool(weights.any())
        if not expressive and motions is None:
            return None
        rig, frames, v = self.rig, self.frames, self.rig.num_vertices
        displacements, points, quats, stretches = _scratch(v)
        with kernel_turn():
            if expressive:
                deformation.displace(
                    self.entry_starts, self.entry_shapes, self.entry_deltas, weights, displacements
                )
            else:
                displacements.fill(0)
            deformation.deform(
                rig.rest,
                displacements,
                frames.topology.ring_starts,
                frames.topology.ring_vertices,
                frames.ring_gradients,
                frames.tangents,
                rig.skin_joints,
                rig.skin_weights,
                _STILL if motions is None else motions,
                points,
                quats,
                stretches,
            )
        return Surface(points, quats, stretches)

    def _motions(self, state: AvatarState) -> Float32 | None:
        """Return the joints' motions as dual quaternions [J, 8], or None where all rest."""
        names = self.rig.joint_names
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
        deformation.joint_motions(
            self.rig.joint_parents, self.rig.joint_positions, rotations, translations, motions
        )
        return motions
