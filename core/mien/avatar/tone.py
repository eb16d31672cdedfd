"""Match the skin tone of a region that is taken from somebody else to the skin around it.

As in seamless cloning (Perez et al. 2003), what is adapted is only a membrane: along the region's
border its tone becomes that of the surroundings, and inward the change varies as little as it can,
so brows, lips and stubble keep their contrast. The change goes with a colour's own brightness:
what is k times as bright as the region's skin becomes k times the skin around it, so dark hair
stays dark. Eyeballs, which no skin touches, keep their colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.avatar.regions import to_vertices
from mien.avatar.rig import BoundGaussians, Float32
from mien.avatar.surface import Topology, smooth_over_surface
from mien.gaussians.cloud import SH_C0, sigmoid

_SHADOW = np.float32(0.04)
"""Added to a tone's brightness, so that a black one does not ask for an infinite change."""

_MOST_DARKENING, _MOST_LIGHTENING = 3.0, 1.5
"""Bounds of the change per brightness: lightening a bearded chin further would bleach the lips."""

_BRIGHTNESS = np.array([0.3, 0.5, 0.2], np.float32)

_ROUNDS = 8
_SWEEPS = 60
_RELAXATION = 1.8


def skin_tone(bound: BoundGaussians, topology: Topology) -> Float32:
    """Return the smoothed colour of the surface at each vertex [V, 3], opaque Gaussians first."""
    colors = bound.sh[:, 0] * np.float32(SH_C0) + np.float32(0.5)
    opacities = sigmoid(bound.logit_opacities)[:, None]
    weighted = np.hstack([colors * opacities, opacities]).astype(np.float32)
    carried = to_vertices(weighted, bound.binding, topology)
    weights = carried[:, 3] + np.float32(1e-3)
    own = carried[:, :3] / weights[:, None]
    return smooth_over_surface(own, weights, topology, num_rounds=_ROUNDS).astype(np.float32)


def tone_changes(
    around: Float32, taken: Float32, mask: Float32, topology: Topology
) -> NDArray[np.float32]:
    """Return the colour changes per brightness [V, 3] that fit a region to its surroundings.

    Args:
        around: Tone of the surroundings at each vertex [V, 3].
        taken: Tone of whom the region is taken from [V, 3].
        mask: How much of the region each vertex has [V].
        topology: What surrounds each vertex.
    """
    changes = _changes(around, taken)
    inside = mask > 0.5
    changes[inside] = 0
    interior = np.flatnonzero(inside).astype(np.int32)
    _span(changes, interior, topology.ring_starts, topology.ring_vertices)
    return changes * mask[:, None]


def healing_changes(
    around: Float32,
    found: Float32,
    taken: Sequence[tuple[Float32, Float32]],
    topology: Topology,
) -> NDArray[np.float32]:
    """Return the colour changes per brightness [V, 3] that heal a head whose regions were mixed in.

    The head was not put together of its people's colours but decoded, so its borders are wherever
    the network blurred them to. What tone each place is to have is known all the same.

    Args:
        around: Tone before regions were taken at each vertex [V, 3].
        found: Tone with them [V, 3].
        taken: Of each person regions are taken from, their tone [V, 3] and how much of their
            regions each vertex has [V].
        topology: What surrounds each vertex.
    """
    wanted = around.copy()
    for tone, mask in taken:
        changes = tone_changes(around, tone, mask, topology)
        wanted += mask[:, None] * (tone - around) + _brightness(tone)[:, None] * changes
    return _changes(wanted, found)


def apply_changes(sh: Float32, changes: Float32) -> Float32:
    """Return harmonics [N, K, 3] whose colours are changed by so much per brightness [N, 3]."""
    brightness = np.clip(_brightness(sh[:, 0] * np.float32(SH_C0) + np.float32(0.5)), 0, 1)
    toned = sh.copy()
    toned[:, 0] += brightness[:, None] * changes / np.float32(SH_C0)
    return toned


def _changes(wanted: Float32, held: Float32) -> Float32:
    changes = (wanted - held) / (_brightness(held) + _SHADOW)[:, None]
    return np.clip(changes, -_MOST_DARKENING, _MOST_LIGHTENING).astype(np.float32)


def _brightness(colors: Float32) -> NDArray[np.float32]:
    # A sum and not a matrix product, whose threads would fight the kernels' for the cores.
    return np.maximum((colors * _BRIGHTNESS).sum(axis=1), 0)


@njit(cache=True, nogil=True)
def _span(values: Any, interior: Any, ring_starts: Any, ring_vertices: Any) -> None:
    """Relax interior vertices toward the mean of their neighbours (successive over-relaxation)."""
    for _ in range(_SWEEPS):
        for index in range(len(interior)):
            v = interior[index]
            first, end = ring_starts[v], ring_starts[v + 1]
            if end == first:
                continue
            for c in range(values.shape[1]):
                total = 0.0
                for k in range(first, end):
                    total += values[ring_vertices[k], c]
                mean = total / (end - first)
                values[v, c] += _RELAXATION * (mean - values[v, c])
