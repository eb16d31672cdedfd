"""The static avatar: any cloud of Gaussians, which no state moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.protocol import LatentSpace
from mien.avatar.state import NEUTRAL, AvatarState
from mien.gaussians.cloud import GaussianCloud


@dataclass(frozen=True, eq=False)
class StaticAvatar:
    """A cloud that looks the same in every state.

    Args:
        name: What people call it.
        cloud: Its Gaussians.
        template: Gaussian i means the same place in all avatars with the same template.
        region_weights: How much each Gaussian belongs to each of REGIONS [N, R], or None.
        source: The file it came from.
        note: What its user should know, such as why it does not move; empty for nothing.
    """

    name: str
    cloud: GaussianCloud
    template: str | None = None
    region_weights: NDArray[np.float32] | None = None
    source: Path | None = None
    note: str = ""
    kind: str = field(default="static", init=False)

    @property
    def num_gaussians(self) -> int:
        """N."""
        return self.cloud.num_gaussians

    @property
    def expression_names(self) -> tuple[str, ...]:
        """None: it has no expressions."""
        return ()

    @property
    def joints(self) -> tuple[str, ...]:
        """None: it has no joints."""
        return ()

    @property
    def latent_space(self) -> LatentSpace | None:
        """None: its identity is fixed."""
        return None

    def pose(self, state: AvatarState = NEUTRAL) -> GaussianCloud:
        """Return the cloud, always the same object."""
        del state
        return self.cloud
