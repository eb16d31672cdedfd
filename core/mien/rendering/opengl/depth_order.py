"""The order in which Gaussians are blended, found on the CPU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.protocol import NEAR_PLANE


def back_to_front(cloud: GaussianCloud, camera: Camera) -> NDArray[np.int32]:
    """Return the indices of the Gaussians before the near plane, farthest first.

    A radix sort in two passes: positive floats are in the order of their bits, and numpy's stable
    sort of 16-bit integers takes linear time, ten times less than its sort of floats.
    """
    # Not `@`: BLAS would start its threads for this little.
    depths = np.einsum("ij,j->i", cloud.means, camera.forward.astype(np.float32))
    depths -= np.float32(camera.position @ camera.forward)
    # The shader decides about the near plane; the slack keeps rounding from deciding before it.
    drawn = np.flatnonzero(depths >= NEAR_PLANE * 0.99)
    keys = ~depths[drawn].view(np.uint32)
    lower = np.argsort(keys.astype(np.uint16), kind="stable")
    upper = np.argsort((keys >> np.uint32(16)).astype(np.uint16)[lower], kind="stable")
    return drawn[lower[upper]].astype(np.int32)
