"""From what was optimised to an avatar."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mien.avatar.kinds.rigged import Fitting, RiggedAvatar
from mien.avatar.protocol import REGIONS
from mien.avatar.rig import SurfaceBinding
from mien.template.head import HeadTemplate
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
        region_weights=_regions(surface.template, bound.binding),
        fitting=Fitting(
            np.asarray(surface.head_from_world, np.float64), surface.template.name, dict(provenance)
        ),
    )


def _regions(template: HeadTemplate, binding: SurfaceBinding) -> NDArray[np.float32]:
    corners = template.faces[binding.triangles]
    of_template = np.einsum("nk,nkr->nr", binding.barycentric, template.region_weights[corners])
    weights = np.zeros((len(corners), len(REGIONS)), np.float32)
    for column, region in enumerate(template.region_names):
        if region in REGIONS:
            weights[:, REGIONS.index(region)] = of_template[:, column]
    return np.clip(weights, 0, 1)
