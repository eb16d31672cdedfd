"""How the surface carries Gaussians into a frame: a fixed turn and a place for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from mien.avatar.deformer import Bound, Deformer
from mien.avatar.rig import BoundGaussians, Rig, SurfaceBinding
from mien.avatar.state import AvatarState
from mien.models.quaternions import composed, rotated
from mien.training.fit.surface import FitSurface

if TYPE_CHECKING:
    from mien.training.fit.initialisation import Start

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Motion:
    """Where a frame's surface holds each Gaussian.

    Args:
        points: The bound places [N, 3].
        quats: How the surface turned there [N, 4].
        still: Whether it stands as at rest.
    """

    points: Float32
    quats: Float32
    still: bool


def surface_motion(surface: FitSurface, binding: SurfaceBinding, frame: int) -> Motion:
    """Return how a frame holds what is bound, by the kernels that pose avatars."""
    return Mover(surface.rig).motion(binding, surface.states[frame])


class Mover:
    """Asks a rig's posing kernels for the motions they give to Gaussians.

    Args:
        rig: At rest.
    """

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._deformer = Deformer.of(rig)

    def motion(self, binding: SurfaceBinding, state: AvatarState) -> Motion:
        """Return where and how a state holds Gaussians."""
        count = len(binding.triangles)
        # Gaussians without offset and rotation end where the surface itself went.
        posed = self._posed(binding, state, _upright(count))
        if posed is None:
            points = binding.points(self._rig.rest, self._rig.faces)
            return Motion(points, _upright(count), still=True)
        return Motion(posed[0], posed[1], still=False)

    def lengthening(
        self, binding: SurfaceBinding, state: AvatarState, quats: Float32
    ) -> Float32 | None:
        """Return what a state adds to the log scales [N, 3] of so turned Gaussians."""
        posed = self._posed(binding, state, quats)
        return None if posed is None else posed[2]

    def _posed(
        self, binding: SurfaceBinding, state: AvatarState, quats: Float32
    ) -> tuple[Float32, Float32, Float32] | None:
        count = len(binding.triangles)
        none = np.zeros((count, 3), np.float32)
        bare = BoundGaussians(
            binding, none, quats, none, np.zeros(count, np.float32), none[:, None, :]
        )
        return self._deformer.pose(state, Bound.of(bare, self._rig.faces))


def posed_start(start: Start, motion: Motion) -> tuple[Float32, Float32]:
    """Return where a frame puts Gaussians that are not optimised yet: means and rotations."""
    turned = torch.from_numpy(motion.quats)
    offsets = rotated(turned, torch.from_numpy(start.offsets))
    quats = composed(turned, torch.from_numpy(start.quats))
    return motion.points + offsets.numpy(), quats.numpy()


def _upright(count: int) -> Float32:
    quats = np.zeros((count, 4), np.float32)
    quats[:, 0] = 1
    return quats
