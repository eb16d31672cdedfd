"""Fill a head of guides with hair: wisps, curls, flyaways, kept off the skin. Millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from mien.capture.synthetic.paint.noise import fractal_noise
from mien.capture.synthetic.strands.distance import DistanceField
from mien.capture.synthetic.strands.kernels.filling import finish_strands, follow_guides
from mien.transforms import Array

Float32 = NDArray[np.float32]

_NUM_GUIDES = 3


@dataclass(frozen=True)
class Texture:
    """What hair is like from near by. Lengths in millimetres.

    Args:
        wisps: How many strands come together in a wisp, about.
        clump: How far the tips of a wisp come together, 0..1.
        clump_power: Above 1 they come together late, below early.
        frizz: How far single strands stray at their tips.
        flyaway: Share of strands that keep to nothing.
        curl_radius: Of the coils or waves at the tip.
        curl_root: The same near the root, as a share of it.
        curl_length: From one turn to the next along the hair.
        flatness: 0 coils, 1 waves in a plane.
        coherence: How much neighbouring wisps curl alike, 0..1.
        scatter: How much the strands of a wisp curl apart, 0..1.
        base_height: How far off the skin the lowest strands are.
        layers: How much higher the highest.
    """

    wisps: int = 14
    clump: float = 0.6
    clump_power: float = 1.0
    frizz: float = 1.2
    flyaway: float = 0.03
    curl_radius: float = 0.0
    curl_root: float = 0.3
    curl_length: float = 60.0
    flatness: float = 0.0
    coherence: float = 0.0
    scatter: float = 0.15
    base_height: float = 0.5
    layers: float = 2.0


@dataclass(frozen=True, eq=False)
class Guided:
    """Which guides a strand follows.

    Args:
        guides: Indices [S, 3].
        weights: How much of each [S, 3]; rows sum to one.
    """

    guides: NDArray[np.int32]
    weights: Float32

    @staticmethod
    def between(strand_places: Array, guide_places: Array) -> Guided:
        """Let strands follow the guides that grow near them.

        Args:
            strand_places: Roots on the template [S, D]; a style may add dimensions that keep
                apart what is combed apart.
            guide_places: The same for the guides [G, D].
        """
        away, guides = KDTree(guide_places).query(strand_places, k=_NUM_GUIDES)
        near = 1 / (away**2 + 0.25)
        # The furthest fades out, so that nothing jumps where another takes its place.
        near = near - 0.85 * near[:, -1:]
        weights = near / near.sum(axis=1, keepdims=True)
        return Guided(np.asarray(guides, np.int32), weights.astype(np.float32))


def fill(
    roots: Array,
    places: Array,
    guides: Array,
    guided: Guided,
    lengths: Array,
    texture: Texture,
    field: DistanceField,
    *,
    num_points: int,
    seed: int,
) -> Float32:
    """Return strands [S, num_points, 3] between guides [G, K, 3].

    Args:
        roots: Where strands begin on the person [S, 3].
        places: Where on the template [S, D]: near ones share a wisp.
        guides: What `grow_guides` returned.
        guided: Which of them each strand follows.
        lengths: As shares of the guides' [S].
        texture: How the hair is from near by.
        field: Distances from the person.
        num_points: From root to tip.
        seed: What chance decides.
    """
    rng = np.random.default_rng(seed)
    count = len(roots)
    leaders = np.arange(0, count, max(1, texture.wisps))
    wisp = leaders[KDTree(places[leaders]).query(places)[1]].astype(np.int32)
    own = rng.random((count, 8)).astype(np.float32)
    phase = 1.6 * fractal_noise(places[:, :3] / 1000, 22, 71 + seed, 2)
    phase = texture.coherence * phase + (1 - texture.coherence) * own[:, 0]
    loose = rng.random(count) < texture.flyaway
    strands = np.empty((count, num_points, 3), np.float32)
    follow_guides(
        roots.astype(np.float32),
        np.ascontiguousarray(guides, np.float32),
        guided.guides,
        guided.weights,
        lengths.astype(np.float32),
        strands,
    )
    reach = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1)
    finished = np.empty_like(strands)
    finish_strands(
        strands,
        wisp,
        own,
        phase.astype(np.float32),
        loose,
        reach.astype(np.float32),
        np.array(
            [
                texture.clump, texture.clump_power, texture.frizz, texture.curl_radius,
                texture.curl_root, texture.curl_length, texture.flatness, texture.scatter,
                texture.base_height, texture.layers,
            ],
            np.float32,
        ),
        field.low,
        field.distances,
        finished,
    )  # fmt: skip
    return finished
