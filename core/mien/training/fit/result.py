"""From what was optimised to an avatar."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mien.avatar.kinds.rigged import Fitting, RiggedAvatar
from mien.avatar.regions import template_regions
from mien.training.fit.parameters import Parameters
from mien.training.fit.surface import FitSurface


def avatar_of(
    name: str,
    surface: FitSurface,
    parameters: Parameters,
    provenance: Mapping[str, str | float | int],
) -> RiggedAvatar:
    """Return the Gaussians as they are now, as an avatar that the surface's rig moves."""
    bound = parameters.bound()
    return RiggedAvatar(
        name,
        surface.rig,
        bound,
        region_weights=template_regions(surface.template, bound.binding),
        fitting=Fitting(
            np.asarray(surface.head_from_world, np.float64), surface.template.name, dict(provenance)
        ),
    )
