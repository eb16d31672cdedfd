"""The rigged avatar: ARKit morph targets and a skeleton carry Gaussians on their surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.deformer import Bound, Deformer
from mien.avatar.protocol import LatentSpace
from mien.avatar.regions import labels_of_masks, region_distances, to_vertices
from mien.avatar.rig import BoundGaussians, Float32, Int32, Rig
from mien.avatar.state import NEUTRAL, AvatarState
from mien.avatar.tone import skin_tone
from mien.gaussians.cloud import GaussianCloud


@dataclass(frozen=True, eq=False)
class Fitting:
    """Where an avatar that was fitted to photographs comes from.

    Args:
        head_from_world: The similarity [4, 4] from the capture's world to the avatar's.
        rig_template: Name of the head template that the rig stands on.
        provenance: How it was made and how good it is, as plain values by name.
        latent: What a network made it of, half floats; None of one that no network made.
    """

    head_from_world: NDArray[np.float64]
    rig_template: str
    provenance: Mapping[str, str | float | int] = field(
        default_factory=lambda: dict[str, str | float | int]()
    )
    latent: NDArray[np.float16] | None = None


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
        sibling: Another avatar's deformer to share tables with, where the rigs agree.
        fitting: Of one that was fitted to photographs.
    """

    name: str
    rig: Rig
    gaussians: BoundGaussians
    template: str | None = None
    region_weights: NDArray[np.float32] | None = None
    source: Path | None = None
    sibling: Deformer | None = field(default=None, repr=False)
    fitting: Fitting | None = None
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

    @property
    def faces(self) -> Int32:
        """The triangles [F, 3] of the rig's surface."""
        return self.rig.faces

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        """The similarity [4, 4] from the world of the capture it was fitted to, or no change."""
        return np.eye(4) if self.fitting is None else self.fitting.head_from_world

    @cached_property
    def deformer(self) -> Deformer:
        """The rig in the order the kernels read it."""
        return Deformer.of(self.rig, sibling=self.sibling)

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
    def region_distances(self) -> Float32 | None:
        """How deep in each region each vertex lies [V, R], metres; None where unknown."""
        if self.region_weights is None:
            return None
        topology = self.deformer.frames.topology
        masks = to_vertices(self.region_weights, self.gaussians.binding, topology)
        return region_distances(labels_of_masks(masks), self.rig.rest, topology)

    @cached_property
    def tone(self) -> Float32:
        """The smoothed colour of the surface at each vertex [V, 3]."""
        return skin_tone(self.gaussians, self.deformer.frames.topology)

    @cached_property
    def _bound(self) -> Bound:
        return Bound.of(self.gaussians, self.rig.faces)

    def pose(self, state: AvatarState = NEUTRAL) -> GaussianCloud:
        """Return the Gaussians of a state, in metres; the neutral state gives `neutral` itself."""
        posed = self.deformer.pose(state, self._bound)
        if posed is None:
            return self.neutral
        means, quats, log_scales = posed
        return self.neutral.replace(means=means, quats=quats, log_scales=log_scales)

    def surface(self, state: AvatarState = NEUTRAL) -> Float32:
        """Return the posed vertices [V, 3] of the rig's surface."""
        points = self.deformer.points(state)
        return self.rig.rest if points is None else points
