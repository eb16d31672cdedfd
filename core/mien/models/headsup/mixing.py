"""Mix latents: by weights everywhere, and by the face's regions with soft borders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.avatar.protocol import DEFAULT_SOFTNESS, REGIONS
from mien.avatar.regions import UNLABELLED, region_distances, soft_masks, to_gaussians
from mien.avatar.surface import Topology
from mien.models.headsup.canvas import Canvas
from mien.template.head import HeadTemplate

Float32 = NDArray[np.float32]

_LEAST = 0.4
"""What a vertex must belong to a region at least to be of it."""


def mixed_latents(
    latents: Sequence[ArrayLike],
    weights: ArrayLike,
    *,
    regions: Mapping[str, int] | None = None,
    masks: Float32 | None = None,
) -> Float32:
    """Return a latent [D, g, g] between people's.

    Args:
        latents: Of each person [A, D, g, g].
        weights: How much of each [A], not negative; scaled to sum to one.
        regions: Which person (an index) a region of REGIONS is taken from instead.
        masks: How much each latent texel belongs to each of REGIONS [R, g, g]; see `region_masks`.

    Raises:
        ValueError: Weights or regions are not as they must be.
    """
    held = np.asarray(latents, np.float32)
    shares = np.asarray(weights, np.float32)
    if shares.shape != (len(held),) or not (shares >= 0).all() or not shares.sum() > 0:
        raise ValueError(f"{len(held)} people need as many weights, not negative, got {weights}")
    blend = np.tensordot(shares / shares.sum(), held, 1)
    if not regions:
        return blend
    if masks is None:
        raise ValueError("regions cannot be taken without their masks")
    result = blend.copy()
    for region, person in regions.items():
        if region not in REGIONS or not 0 <= person < len(held):
            raise ValueError(f"{region} of person {person}: there are {len(held)} people and the"
                             f" regions {', '.join(REGIONS)}")  # fmt: skip
        result += masks[REGIONS.index(region)] * (held[person] - blend)
    return result


@lru_cache(maxsize=4)
def region_masks(
    template: HeadTemplate, grid: int, *, softness: float = DEFAULT_SOFTNESS
) -> Float32:
    """Return how much each latent texel belongs to each of REGIONS [R, g, g]; sums are at most one.

    Texels beside the map belong to where the nearest one on it does: the decoder looks there, too.

    Args:
        template: The head template.
        grid: Texels along a side of the latent, g.
        softness: Width of the borders, metres.
    """
    from scipy.spatial import KDTree

    weights = template.region_weights
    labels = np.full(template.num_vertices, UNLABELLED, np.int8)
    for column, region in enumerate(template.region_names):
        if region in REGIONS:
            ours = (weights[:, column] >= _LEAST) & (weights.argmax(axis=1) == column)
            labels[ours] = REGIONS.index(region)
    topology = Topology.of(template.faces, template.num_vertices)
    distances = region_distances(labels, template.neutral, topology)
    canvas = Canvas.of(template, grid)
    of_texels = to_gaussians(soft_masks(distances, softness), canvas.binding, template.faces)
    everywhere = np.indices((grid, grid)).reshape(2, -1).T
    _, nearest = KDTree(everywhere[canvas.cells]).query(everywhere)
    masks = of_texels[nearest].T.reshape(len(REGIONS), grid, grid)
    masks = np.ascontiguousarray(masks, np.float32)
    masks.setflags(write=False)
    return masks
