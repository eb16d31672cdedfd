"""Subject: what a slot shows, as somebody who can be posed and measured."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mien.avatar.protocol import Avatar
from mien.avatar.state import NEUTRAL, AvatarState
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.marks import Marks
from mien.gaussians.transform import fixed_up
from mien.session.request import Blend


class Subject:
    """A blend with what was hidden of it left out, upright. Safe to pose from any thread.

    Args:
        name: For people.
        blend: Who.
        marks: Which Gaussians are left out, or None.
        up_fix: How a foreign file is turned upright; empty for not at all.
    """

    def __init__(self, name: str, blend: Blend, marks: Marks | None = None, up_fix: str = ""):
        self.name = name
        self._blend = blend
        self._marks = marks
        self._up_fix = up_fix

    @property
    def head_from_world(self) -> NDArray[np.float64] | None:
        """Where its own world lies in the capture's it was fitted to [4, 4], if it knows."""
        return getattr(self._avatar, "head_from_world", None)

    def pose(self, state: AvatarState = NEUTRAL) -> GaussianCloud:
        """Return the Gaussians of a state that are seen."""
        cloud = self._avatar.pose(self._blend.state(state))
        if self._up_fix:
            cloud = fixed_up(cloud, self._up_fix)
        marks = self._marks
        if marks is None or len(marks.bits) != cloud.num_gaussians or marks.visible.all():
            return cloud
        return cloud.take(marks.visible)

    @cached_property
    def _avatar(self) -> Avatar:
        return self._blend.blended()
