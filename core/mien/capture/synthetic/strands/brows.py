"""Eyebrows, hair by hair: up at the nose, sideways along the bone, down at the temple."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay, KDTree

from mien.avatar.rig import Rig
from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.paint.noise import smoothstep
from mien.capture.synthetic.person import Brows, Person
from mien.capture.synthetic.strands.coloring import hair_colors
from mien.capture.synthetic.strands.roots import Roots, spread
from mien.template.head import HeadTemplate
from mien.template.normals import vertex_normals
from mien.transforms import Array

NUM_HAIRS = 330
"""Of one brow of usual density."""

NUM_POINTS = 7

LINE = np.array(
    [[8.8, 14.0], [15, 15.8], [23, 17.1], [31, 17.6], [38.5, 16.2], [45, 12.8], [50.5, 8.2]]
)
"""The middle of the left brow on the template as seen from the front, millimetres."""

_ALONG = np.linspace(0, 1, len(LINE))
_HALF_WIDTH = ((0, 0.05, 0.15, 0.45, 0.75, 1), (2.0, 3.0, 3.6, 3.3, 2.1, 0.6))
_UPRIGHT = ((0, 0.10, 0.22, 0.5, 0.75, 1), (82, 66, 42, 22, 8, -2))
_LENGTH = ((0, 0.12, 0.3, 0.7, 1), (4.6, 6.4, 7.6, 7.0, 4.6))


def brow_line(brows: Brows, along: Array) -> Array:
    """Return points [M, 2] of the middle of the left brow, 0 at the nose to 1 at the temple."""
    line = np.stack([np.interp(along, _ALONG, LINE[:, k]) for k in range(2)], axis=1)
    arch = np.interp(along, [0, 0.4, 0.68, 1], [-0.3, 0.4, 1, 0.1])
    line[:, 1] += brows.raise_mm + brows.arch_mm * arch
    return line


def brow_half_width(brows: Brows, along: Array) -> Array:
    """Return how far a brow reaches to both sides of its middle [M], millimetres."""
    return brows.thickness * np.interp(along, *_HALF_WIDTH)


@dataclass(frozen=True, eq=False)
class _Front:
    """The template's skin about the eyes as seen from the front.

    Args:
        vertices: Its vertices [Q].
        triangulation: Of their places in the picture, millimetres.
        roots: Places close to each other all over it.
        tree: Of where those are in the picture.
    """

    vertices: NDArray[np.int64]
    triangulation: Any
    roots: Roots
    tree: Any

    def at(self, flat: Array, values: Array) -> Array:
        """Return vertices' values [V, C] at places in the picture [M, 2]."""
        from scipy.interpolate import LinearNDInterpolator

        return LinearNDInterpolator(self.triangulation, values[self.vertices])(flat)


@lru_cache(maxsize=4)
def _front(template: HeadTemplate) -> _Front:
    mm = 1000 * template.neutral.astype(np.float64)
    skin = template.part_vertices("skin")
    clear = (template.masks["sockets"] < 0.1) & (template.masks["lid_rims"] < 0.5)
    chosen = np.zeros(len(mm), bool)
    chosen[skin] = True
    chosen &= clear & (mm[:, 2] > 30) & (mm[:, 1] > 2) & (mm[:, 1] < 62)
    faces = template.part_faces("skin")
    faces = faces[chosen[template.faces[faces]].all(axis=1)]
    centre = mm[template.faces[faces]].mean(axis=1)
    near = (centre[:, 1] < 36) & (np.abs(centre[:, 0]) < 62)
    roots = spread(template, faces[near], 26000)
    vertices = np.flatnonzero(chosen)
    return _Front(vertices, Delaunay(mm[vertices, :2]), roots, KDTree(roots.mm[:, :2]))


def grow_brows(person: Person, rig: Rig, template: HeadTemplate) -> Strands:
    """Grow both brows of a person."""
    rng = np.random.default_rng([person.seed, 2])
    front = _front(template)
    mm = 1000 * rig.rest.astype(np.float64)
    normals = vertex_normals(rig.rest, template.faces[template.part_faces("skin")])
    sides = [_paths(person.brows, sign, rng) for sign in (1, -1)]
    paths = np.concatenate([path for path, _, _ in sides])
    weight = np.concatenate([weight for _, weight, _ in sides])
    roots = front.roots.take(front.tree.query(paths[:, 0])[1])
    count, points = paths.shape[:2]
    flat = paths.reshape(-1, 2)
    surface = front.at(flat, np.concatenate([mm, normals], axis=1)).reshape(count, points, 6)
    along = np.linspace(0, 1, points)
    # Hairs leave the skin, lie over their neighbours and come down again at the tip.
    lift = np.concatenate([lift for _, _, lift in sides])[:, None] * np.sin(2.4 * along)
    start = 1000 * roots.on(rig.rest, rig.faces)
    line = surface[..., :3] - surface[:, :1, :3] + start[:, None]
    line = line + (lift - 0.15 * (1 - along) ** 4)[..., None] * surface[..., 3:]
    whole = np.isfinite(line).all(axis=(1, 2))
    taper = np.interp(along, [0, 0.25, 0.6, 1], [0.85, 1.0, 0.75, 0.22])
    width = 0.105 * weight[:, None] * taper
    colors = hair_colors(
        rng, person.brows.color, person.brows.color, shape=(count, points),
        grey=0.5 * person.hair.grey**1.5, spread=0.22,
    )  # fmt: skip
    return Strands(
        "brow",
        roots.binding.triangles[whole],
        roots.binding.barycentric[whole],
        (line[whole] / 1000).astype(np.float32),
        (width[whole] / 1000).astype(np.float32),
        colors[whole],
        shine=0.35,
        softness=0.6,
    )


def _paths(brows: Brows, sign: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return one brow's hairs in the picture [n, K, 2], their thickness and lift [n]."""
    count = max(1, int(NUM_HAIRS * brows.density * (0.55 + 0.45 * brows.thickness)))
    along = (np.arange(count) * 0.6180339887 + rng.random()) % 1
    # The body is fuller than the head and the tail.
    along = np.clip(0.97 * along + 0.03 * rng.normal(size=count) * (along > 0.06), 0.0, 1.0)
    across = np.clip(rng.uniform(-1, 1, count) + 0.10 * rng.normal(size=count), -1.15, 1.15)
    edge = np.abs(across) ** 3
    line = brow_line(brows, along)
    step = brow_line(brows, np.clip(along + 0.02, 0, 1.02)) - brow_line(brows, along - 0.02)
    tangent = step / np.linalg.norm(step, axis=1, keepdims=True)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    length = np.interp(along, *_LENGTH) * rng.uniform(0.65, 1.1, count) * (1 - 0.3 * edge)
    # Upper hairs comb down to the middle, lower ones up to it: they meet in a ridge.
    body = smoothstep(0.08, 0.35, along)
    turn = np.interp(along, *_UPRIGHT) - 26 * across * body + rng.normal(0, 7, count)
    bend = -np.interp(along, [0, 0.2, 1], [38, 26, 14]) + rng.normal(0, 6, count)
    share = np.linspace(0, 1, NUM_POINTS)
    angle = np.radians(turn[:, None] + bend[:, None] * share)
    heading = (
        np.cos(angle)[..., None] * tangent[:, None] + np.sin(angle)[..., None] * normal[:, None]
    )
    # A hair's root lies back from where the brow wants it to be seen.
    half = brow_half_width(brows, along)
    root = line + normal * (half * across)[:, None] - 0.33 * length[:, None] * heading[:, 2]
    steps = heading[:, :-1] * (length / (NUM_POINTS - 1))[:, None, None]
    path = np.concatenate([root[:, None], root[:, None] + np.cumsum(steps, axis=1)], axis=1)
    path[..., 0] *= sign
    fade = 0.55 + 0.45 * smoothstep(0.0, 0.10, along) * (1 - 0.6 * edge)
    weight = fade * rng.uniform(0.75, 1.2, count)
    return path, weight, 0.45 * rng.uniform(0.5, 1.3, count)
