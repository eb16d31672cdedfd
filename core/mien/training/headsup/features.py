"""Features: where eyes and lips are in a picture, which are small, and looked at first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.training.headsup.person import Texels
from mien.training.headsup.texel_colors import facing_of, inside_of

Float32 = NDArray[np.float32]

_FACING = 0.2
"""The least cosine to a camera at which a texel is taken to be seen."""


def features_seen(texels: Texels, camera: Camera) -> Float32:
    """Return where a camera sees eyes and lips [H, W]: 1 there and a pixel around, else 0.

    Only what turns away is taken to be hidden: a finger or hair before an eye is not known of.

    Args:
        texels: Of the person, in the camera's world.
        camera: Any.
    """
    from scipy.ndimage import maximum_filter

    looked_at = texels.features & (facing_of(texels, camera) > _FACING)
    places, depths = camera.project(texels.points[looked_at])
    columns, rows = np.floor(places[depths > 0]).astype(int).T
    inside = inside_of(columns, rows, camera)
    seen = np.zeros((camera.height, camera.width), np.float32)
    seen[rows[inside], columns[inside]] = 1
    return maximum_filter(seen, size=3).astype(np.float32)
