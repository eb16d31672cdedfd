"""The rigged avatar: ARKit morph targets and a skeleton carry Gaussians on their surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar import deformation
from mien.avatar.protocol import LatentSpace
from mien.avatar.rig import BoundGaussians, Float32, Int32, Rig
from mien.avatar.state import NEUTRAL, AvatarState
from mien.avatar.surface import SurfaceFrames
from mien.gaussians.cloud import GaussianCloud
from mien.template.arkit import ARKIT_INDEX
from mien.threads import kernel_turn

NECK_SHARE = 0.4
"""How much of a head's rotation its neck already does: vertebrae share a turn."""


@dataclass(frozen=True, eq=False)
class RiggedAvatar:
    """Gaussians on a surface that obeys expressions and turns its head.

    What a pose needs of the rig is worked out at the first one and kept (`deformer`, `neutral`);
    both are values, so two threads that race for them at worst compute the same twice.

    Args:
        name: What people call it.
        rig: The surface, its morph targets and its skeleton.
        gaussians: What is bound to the surface.
        template: Gaussian i means the same place in all avatars with the same template.
        region_weights: How much each Gaussian belongs to each of REGIONS [N, R], or None.
        source: The file it came from.
    """

    name: str
    rig: Rig
    gaussians: BoundGaussians
    template: str | None = None
    region_weights: NDArray[np.float32] | None = None
    source: Path | None = None
    kind: str = field(default="rigged", init=False)

    @property
    def num_gaussians(self) -> int:
        """N; every pose has as many."""
        return self.gaussians.num_gaussians

    @property
    def expression_names(self) -> tuple[str, ...]:
        """The ARKit expressions it obeys."""
        return self.rig.expression_names

    @property
    def joints(self) -> tuple[str, ...]:
        """Which of `head`, `neck`, `jaw`, `eyes` it obeys."""
        names = self.rig.joint_names
        eyes = ("eyes",) if "eye_left" in names or "eye_right" in names else ()
        return (*(name for name in ("head", "neck", "jaw") if name in names), *eyes)

    @property
    def latent_space(self) -> LatentSpace | None:
        """None: its identity is fixed."""
        return None

    @cached_property
    def deformer(self) -> Deformer:
        """The rig in the order the kernels read it."""
        return Deformer.of(self.rig)

    @cached_property
    def neutral(self) -> GaussianCloud:
        """The Gaussians of the neutral state; always the same object."""
        bound = self.gaussians
        points = bound.binding.points(self.rig.rest, self.rig.faces)
        return GaussianCloud(
            points + bound.offsets,
            bound.quats,
            bound.log_scales,
            bound.logit_opacities,
            bound.sh,
        )

    @cached_property
    def _corners(self) -> Int32:
        return np.ascontiguousarray(self.rig.faces[self.gaussians.binding.triangles])

    def pose(self, state: AvatarState = NEUTRAL) -> GaussianCloud:
        """Return the Gaussians of a state, in metres; the neutral state gives `neutral` itself."""
        surface = self.deformer.deform(state)
        if surface is None:
            return self.neutral
        bound = self.gaussians
        means, quats = np.empty_like(bound.offsets), np.empty_like(bound.quats)
        log_scales = np.empty_like(bound.log_scales)
        with kernel_turn():
            deformation.carry(
                self._corners,
                bound.binding.barycentric,
                surface.points,
                surface.quats,
                surface.stretches,
                bound.offsets,
                bound.quats,
                bound.log_scales,
                means,
                quats,
                log_scales,
            )
        return self.neutral.replace(means=means, quats=quats, log_scales=log_scales)

    def surface(self, state: AvatarState = NEUTRAL) -> Float32:
        """Return the posed vertices [V, 3] of the rig's surface."""
        deformed = self.deformer.deform(state)
        return self.rig.rest if deformed is None else deformed.points


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
    def of(rig: Rig) -> Deformer:
        """Arrange a rig."""
        shapes = np.repeat(np.arange(len(rig.expression_names)), np.diff(rig.shape_starts))
        order = np.argsort(rig.shape_vertices, kind="stable")
        counts = np.bincount(rig.shape_vertices, minlength=rig.num_vertices)
        return Deformer(
            rig,
            SurfaceFrames.of(rig),
            np.array([ARKIT_INDEX[name] for name in rig.expression_names], np.intp),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            shapes[order].astype(np.int32),
            np.ascontiguousarray(rig.shape_deltas[order]),
        )

    def deform(self, state: AvatarState) -> Surface | None:
        """Return the surface of a state, or None where the state moves nothing."""
        weights = state.expression[self.expression_indices]
        motions = self._motions(state)
        expressive = bool(weights.any())
        if not expressive and motions is None:
            return None
        rig, frames, v = self.rig, self.frames, self.rig.num_vertices
        points = np.zeros((v, 3), np.float32)
        quats, stretches = np.empty((v, 4), np.float32), np.empty((v, 6), np.float32)
        displacements = np.zeros((v, 3), np.float32)
        with kernel_turn():
            if expressive:
                deformation.displace(
                    self.entry_starts, self.entry_shapes, self.entry_deltas, weights, displacements
                )
            deformation.turn(
                displacements,
                frames.ring_starts,
                frames.ring_vertices,
                frames.ring_gradients,
                frames.tangents,
                quats,
                stretches,
            )
            if motions is None:
                np.add(rig.rest, displacements, out=points)
            else:
                deformation.skin(
                    rig.rest, displacements, rig.skin_joints, rig.skin_weights, motions, points,
                    quats,
                )  # fmt: skip
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
