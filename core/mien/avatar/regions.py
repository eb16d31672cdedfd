"""Face regions of rigged avatars: hard labels, distances to their borders, and soft masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from mien.avatar.protocol import REGIONS
from mien.avatar.rig import Float32, Int32, Rig, SurfaceBinding
from mien.avatar.surface import Topology
from mien.template.head import HeadTemplate
from mien.threads import kernel_turn

UNLABELLED = -1

# Places and half axes of the regions, in eye distances from the middle between the eyes: x to the
# side, y up, z forward. A point belongs to the region it is nearest to, measured in half axes; a
# mirrored twin stands on the other side of the face where x is not zero. Mouth heights are
# relative to the mouth instead, which people have higher or lower.
_PLACES: tuple[tuple[str, tuple[float, float, float], tuple[float, float, float]], ...] = (
    ("eyes", (0.50, -0.02, 0.10), (0.42, 0.21, 0.60)),
    ("brows", (0.52, 0.36, 0.15), (0.52, 0.19, 0.70)),
    ("nose", (0.00, -0.50, 0.55), (0.27, 0.30, 0.60)),
    ("nose", (0.00, -0.10, 0.35), (0.14, 0.40, 0.60)),
    ("mouth", (0.00, 0.00, 0.30), (0.50, 0.27, 0.60)),
    ("cheeks", (0.85, -0.62, -0.05), (0.42, 0.50, 0.75)),
    ("forehead", (0.00, 0.95, 0.10), (0.85, 0.36, 0.85)),
    # The temples: without them the eyes would reach into the hair.
    ("forehead", (1.10, 0.18, -0.50), (0.30, 0.45, 0.55)),
    ("ears", (1.45, -0.30, -1.35), (0.36, 0.62, 0.55)),
    ("jaw", (0.00, -0.75, 0.10), (0.80, 0.42, 0.80)),
    ("jaw", (0.95, -0.45, -0.60), (0.35, 0.55, 0.70)),
    ("scalp", (0.00, 1.30, -1.30), (1.30, 1.00, 1.10)),
    ("scalp", (0.00, -0.40, -2.10), (1.10, 1.20, 0.80)),
)
_FROM_MOUTH = {"mouth", "jaw"}


def label_regions(rig: Rig) -> NDArray[np.int8] | None:
    """Return the region (index into REGIONS) of each vertex [V] of a head that obeys ARKit.

    The eyes and the mouth are found where their expressions move the surface; the other regions
    stand around them in a face's proportions. What the skeleton moves less than half with the head
    is the neck. None where the rig lacks the expressions to tell.
    """
    eyes = [_centre(rig, name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]
    mouth = _centre(rig, "mouthPucker")
    if eyes[0] is None or eyes[1] is None or mouth is None:
        return None
    middle, unit = (eyes[0] + eyes[1]) / 2, float(np.linalg.norm(eyes[0] - eyes[1]))
    if unit < 1e-6:
        return None
    points = (rig.rest - middle) / unit
    points[:, 0] = np.abs(points[:, 0])
    drop = (mouth[1] - middle[1]) / unit
    nearest = np.full(rig.num_vertices, np.inf)
    labels = np.full(rig.num_vertices, UNLABELLED, np.int8)
    for region, place, axes in _PLACES:
        centre = np.array(place) + (np.array([0, drop, 0]) if region in _FROM_MOUTH else 0)
        distances = np.sum(np.square((points - centre) / np.array(axes)), axis=1)
        closer = distances < nearest
        nearest[closer], labels[closer] = distances[closer], REGIONS.index(region)
    labels[head_share(rig) < 0.5] = REGIONS.index("neck")
    return labels


def region_distances(labels: NDArray[np.integer], points: Float32, topology: Topology) -> Float32:
    """Return how deep inside each region each vertex lies [V, R], metres; negative outside.

    Distances run along the surface's edges, so that an upper lid is far from the lower one even
    while they touch. A piece of surface without border lies infinitely deep, or far.

    Args:
        labels: Index into REGIONS of each vertex [V], UNLABELLED for none.
        points: Vertices [V, 3].
        topology: What surrounds each vertex.
    """
    distances = np.empty((len(REGIONS), len(labels)), np.float32)
    with kernel_turn():
        _border_distances(
            np.ascontiguousarray(labels, np.int8),
            points,
            topology.ring_starts,
            topology.ring_vertices,
            distances,
        )
    return np.ascontiguousarray(distances.T)


def owned_masks(regions: Mapping[str, int], masks: Float32) -> dict[int, Float32]:
    """Return how much each place belongs to what is taken from each person [P], by their number.

    Args:
        regions: Which person (a number) a region is taken from.
        masks: How much each place belongs to each of REGIONS [P, R].
    """
    columns: dict[int, list[int]] = {}
    for region, owner in regions.items():
        columns.setdefault(owner, []).append(REGIONS.index(region))
    return {owner: masks[:, held].sum(axis=1) for owner, held in columns.items()}


def soft_masks(distances: Float32, softness: float) -> Float32:
    """Return masks [V, R] that rise smoothly over a width in metres around each border.

    They sum to at most one; where everything is labelled, to one.
    """
    depth = np.clip(distances / max(softness, 1e-6) + 0.5, 0, 1)
    masks = depth * depth * (3 - 2 * depth)
    totals = masks.sum(axis=1, keepdims=True)
    return (masks / np.maximum(totals, 1)).astype(np.float32)


def labels_of_masks(masks: Float32) -> NDArray[np.int8]:
    """Return the region [V] that soft masks [V, R] favour, UNLABELLED where none reaches half."""
    best = np.argmax(masks, axis=1)
    strength = np.take_along_axis(masks, best[:, None], axis=1)[:, 0]
    outside = 1 - masks.sum(axis=1)
    return np.where(strength >= np.maximum(outside, 1e-6), best, UNLABELLED).astype(np.int8)


def to_vertices(values: Float32, binding: SurfaceBinding, topology: Topology) -> Float32:
    """Spread per-Gaussian values [N, C] over the vertices [V, C] of the surface they are bound to.

    A vertex without Gaussians takes the mean of its neighbours that have some, ring by ring.
    """
    num_vertices = len(topology.ring_starts) - 1
    corners = topology.faces[binding.triangles]
    sums = np.zeros((num_vertices, values.shape[1] + 1))
    for corner in range(3):
        share = binding.barycentric[:, corner, None]
        np.add.at(sums, corners[:, corner], np.hstack([values * share, share]))
    starts = topology.ring_starts
    reached = sums[:, -1] > 1e-6
    linked = np.diff(starts) > 0
    while not reached[linked].all():
        known = np.where(reached[:, None], sums / np.maximum(sums[:, -1:], 1e-6), 0)
        around = np.add.reduceat(known[topology.ring_vertices], starts[:-1][linked])
        found = np.flatnonzero(linked)[around[:, -1] > 0]
        fresh = found[~reached[found]]
        if not len(fresh):
            break
        sums[fresh] = around[around[:, -1] > 0][~reached[found]]
        reached[fresh] = True
    return (sums[:, :-1] / np.maximum(sums[:, -1:], 1e-6)).astype(np.float32)


def to_gaussians(values: Float32, binding: SurfaceBinding, faces: Int32) -> Float32:
    """Return per-vertex values [V, C] where the Gaussians are bound [N, C]."""
    corners = values[faces[binding.triangles]]
    # Without the products with zero, which are not numbers for infinite distances.
    shares = binding.barycentric[:, :, None]
    with np.errstate(invalid="ignore"):
        return np.where(shares != 0, corners * shares, 0).sum(axis=1, dtype=np.float32)


def template_regions(template: HeadTemplate, binding: SurfaceBinding) -> Float32:
    """Return how much Gaussians on a template's surface belong to each of REGIONS [N, R]."""
    corners = template.faces[binding.triangles]
    found = np.einsum("nk,nkr->nr", binding.barycentric, template.region_weights[corners])
    weights = np.zeros((len(corners), len(REGIONS)), np.float32)
    for column, region in enumerate(template.region_names):
        if region in REGIONS:
            weights[:, REGIONS.index(region)] = found[:, column]
    return np.clip(weights, 0, 1)


def _centre(rig: Rig, expression: str) -> NDArray[np.float64] | None:
    """Return where an expression moves the surface most [3], or None where it moves nothing."""
    if expression not in rig.expression_names:
        return None
    shape = rig.expression_names.index(expression)
    entries = slice(rig.shape_starts[shape], rig.shape_starts[shape + 1])
    strengths = np.linalg.norm(rig.shape_deltas[entries].astype(np.float64), axis=1)
    if not len(strengths) or strengths.max() <= 0:
        return None
    places = rig.rest[rig.shape_vertices[entries]].astype(np.float64)
    return (places * strengths[:, None]).sum(axis=0) / strengths.sum()


def head_share(rig: Rig) -> NDArray[np.float32]:
    """Return how much the head and what hangs on it move each vertex [V]; all, without a head."""
    names = rig.joint_names
    if "head" not in names:
        return np.ones(rig.num_vertices, np.float32)
    above = np.array([name not in ("root", "neck") for name in names])
    return (rig.skin_weights * above[rig.skin_joints]).sum(axis=1)


@njit(cache=True, nogil=True, parallel=True)
def _border_distances(
    labels: Any, points: Any, ring_starts: Any, ring_vertices: Any, distances: Any
) -> None:
    count = len(labels)
    for region in prange(distances.shape[0]):
        to_border = distances[region]
        for v in range(count):
            to_border[v] = np.inf
            for k in range(ring_starts[v], ring_starts[v + 1]):
                other = ring_vertices[k]
                if (labels[v] == region) != (labels[other] == region):
                    # The border runs midway along the edge.
                    step = np.float32(0.5) * _edge(points, v, other)
                    to_border[v] = min(to_border[v], step)
        # Outward from the border, first come first served; a vertex reached by a shorter way waits
        # for another turn. It never waits twice at once, so the ring buffer cannot overflow.
        queue, waiting = np.empty(count, np.int32), np.zeros(count, np.bool_)
        head, length = 0, 0
        for v in range(count):
            if to_border[v] < np.inf:
                queue[length], waiting[v] = v, True
                length += 1
        while length > 0:
            v = queue[head]
            head, length, waiting[v] = (head + 1) % count, length - 1, False
            for k in range(ring_starts[v], ring_starts[v + 1]):
                other = ring_vertices[k]
                if (labels[v] == region) != (labels[other] == region):
                    continue
                reached = to_border[v] + _edge(points, v, other)
                if reached < to_border[other]:
                    to_border[other] = reached
                    if not waiting[other]:
                        queue[(head + length) % count], waiting[other] = other, True
                        length += 1
        for v in range(count):
            if labels[v] != region:
                to_border[v] = -to_border[v]


@njit(cache=True, nogil=True)
def _edge(points: Any, a: Any, b: Any) -> Any:
    x, y = points[a, 0] - points[b, 0], points[a, 1] - points[b, 1]
    z = points[a, 2] - points[b, 2]
    return np.float32(np.sqrt(x * x + y * y + z * z))
