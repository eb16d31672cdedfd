"""The edge of a garment as cloth with thickness: a band sewn round the neck, riding on the skin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.avatar.rig import Rig
from mien.capture.synthetic.figure import Part
from mien.capture.synthetic.paint.band import paint_band
from mien.capture.synthetic.paint.cloth import NECK, UP_THE_NECK, inside_neckline
from mien.capture.synthetic.person import Person
from mien.template.head import HeadTemplate
from mien.template.normals import vertex_normals

Array = NDArray[np.float64]
Int32 = NDArray[np.int32]

NUM_AROUND = 160
REPEATS = 10
"""How often the band's paint is laid round the neck."""

_STEP_MM = 0.25
_LOWEST_MM, _HIGHEST_MM = -150.0, 52.0

PROFILES: dict[str, tuple[tuple[float, float], ...]] = {
    "crew": (
        (0.8, -1.0), (-0.7, 0.2), (-1.1, 1.5), (-0.4, 2.5), (1.5, 2.9), (5.5, 2.7), (8.3, 2.2),
        (9.1, 0.9), (9.3, -0.8),
    ),
    "vee": (
        (0.8, -1.0), (-0.6, 0.2), (-1.0, 1.4), (-0.3, 2.3), (1.5, 2.6), (4.5, 2.4), (7.3, 1.9),
        (8.1, 0.8), (8.3, -0.8),
    ),
    "boat": (
        (0.8, -1.0), (-0.5, 0.2), (-0.8, 1.1), (-0.2, 1.8), (1.2, 2.1), (3.0, 1.9), (4.8, 1.4),
        (5.3, 0.5), (5.5, -0.8),
    ),
    "collar": (
        (2.0, -1.0), (-1.0, 1.0), (-2.0, 3.5), (-1.2, 5.6), (2.0, 6.8), (10.0, 7.0), (22.0, 6.2),
        (30.0, 5.2), (31.0, 4.0), (30.0, 3.0), (20.0, 3.2),
    ),
    "turtleneck": (
        (5.0, -1.0), (1.0, 1.2), (-1.2, 3.0), (-1.6, 4.8), (-0.4, 6.2), (3.0, 6.8), (12.0, 6.8),
        (22.0, 6.6), (26.0, 6.0), (27.2, 4.6), (26.4, 3.2), (24.0, 2.0),
    ),
}  # fmt: skip
"""Across each neckline's band, from the skin over the edge to the cloth: (inside the neckline,
above the skin), millimetres."""


@dataclass(frozen=True, eq=False)
class Seam:
    """Where the vertices of a band are held on the template: A round the neck, R across the band.

    Args:
        triangles: The triangle of the template [A, R].
        barycentric: The place in it [A, R, 3].
    """

    triangles: Int32
    barycentric: Array


def dress(person: Person, rig: Rig, template: HeadTemplate) -> tuple[Rig, Part]:
    """Sew the band of a person's garment on.

    Args:
        person: Whose.
        rig: Their rig, on the template's vertices.
        template: The head template.

    Returns:
        The rig with the band's vertices and triangles after its own, and the band's part.
    """
    neckline = person.garment.neckline
    seam = seam_of(template, neckline)
    corners = rig.faces[seam.triangles.ravel()]
    shares = seam.barycentric.reshape(-1, 3)
    rest = _rest(rig, corners, shares, seam.triangles.shape, neckline)
    faces, corner_uv = _quads(*seam.triangles.shape)
    faces = faces + rig.num_vertices
    part = Part("band", "cloth", faces, corner_uv, paint_band(person))
    return _sewn(rig, rest, faces, corners, shares), part


def _rest(
    rig: Rig, corners: Int32, shares: Array, shape: tuple[int, ...], neckline: str
) -> NDArray[np.float32]:
    """Return the band's vertices [A * R, 3] over a person's skin."""
    normals = vertex_normals(rig.rest, rig.faces)
    base = np.einsum("nk,nkc->nc", shares, rig.rest[corners]).reshape(*shape, 3)
    toward = np.einsum("nk,nkc->nc", shares, normals[corners]).reshape(*shape, 3)
    # Cloth spans the skin's small dents.
    for _ in range(6):
        base = 0.5 * base + 0.25 * (np.roll(base, 1, axis=0) + np.roll(base, -1, axis=0))
    toward = toward.mean(axis=1, keepdims=True)
    for _ in range(12):
        toward = 0.5 * toward + 0.25 * (np.roll(toward, 1, axis=0) + np.roll(toward, -1, axis=0))
    toward = toward / np.linalg.norm(toward, axis=2, keepdims=True)
    lift = np.array([above for _, above in PROFILES[neckline]]) / 1000
    return (base + lift[None, :, None] * toward).reshape(-1, 3).astype(np.float32)


def _quads(around: int, across: int) -> tuple[Int32, NDArray[np.float32]]:
    """Return the triangles [F, 3] of a closed band and their texture coordinates [F, 3, 2]."""
    turn, row = (grid.ravel() for grid in np.mgrid[0:around, 0 : across - 1])
    corner = np.stack([turn, turn + 1, turn + 1, turn], axis=1)
    rows = np.stack([row, row, row + 1, row + 1], axis=1)
    vertices = (corner % around) * across + rows
    uv = np.stack([corner * (REPEATS / around), 1 - rows / (across - 1)], axis=2)
    halves = [[0, 2, 1], [0, 3, 2]]
    faces = np.concatenate([vertices[:, half] for half in halves])
    return faces.astype(np.int32), np.concatenate([uv[:, h] for h in halves]).astype(np.float32)


def _sewn(rig: Rig, rest: NDArray[np.float32], faces: Int32, corners: Int32, shares: Array) -> Rig:
    """Return a rig with more vertices that move as the skin under them does."""
    deltas = rig.dense_deltas()
    moved = np.einsum("nk,snkc->snc", shares, deltas[:, corners])
    weights = np.zeros((rig.num_vertices, len(rig.joint_names)))
    np.add.at(weights, (np.arange(rig.num_vertices)[:, None], rig.skin_joints), rig.skin_weights)
    mixed = np.einsum("nk,nkj->nj", shares, weights[corners])
    joints = np.argsort(-mixed, axis=1, kind="stable")[:, :4]
    strongest = np.take_along_axis(mixed, joints, axis=1)
    strongest /= strongest.sum(axis=1, keepdims=True)
    return Rig.from_dense(
        np.concatenate([rig.rest, rest]),
        np.concatenate([rig.faces, faces]),
        expression_names=rig.expression_names,
        deltas=np.concatenate([deltas, moved.astype(np.float32)], axis=1),
        joint_names=rig.joint_names,
        joint_parents=rig.joint_parents,
        joint_positions=rig.joint_positions,
        skin_joints=np.concatenate([rig.skin_joints, joints.astype(np.int32)]),
        skin_weights=np.concatenate([rig.skin_weights, strongest.astype(np.float32)]),
    )


@lru_cache(maxsize=16)
def seam_of(template: HeadTemplate, neckline: str) -> Seam:
    """Find where a neckline's band lies on the template; made once for each."""
    wanted = _widths(neckline)
    rows = [
        _along_half_plane(template, neckline, 2 * np.pi * k / NUM_AROUND, wanted[k])
        for k in range(NUM_AROUND)
    ]
    triangles, barycentric = (np.stack(column) for column in zip(*rows, strict=True))
    return Seam(triangles, barycentric)


def _widths(neckline: str) -> Array:
    """Return how far inside the neckline each vertex lies [A, R], millimetres."""
    inside = np.array([inside for inside, _ in PROFILES[neckline]])
    if neckline != "collar":
        return np.tile(inside, (NUM_AROUND, 1))
    # A shirt's collar has points beside its opening, and ends in a narrow placket.
    turn = np.abs((np.arange(NUM_AROUND) / NUM_AROUND + 0.5) % 1 - 0.5) * 360
    width = np.interp(turn, [0, 7, 11, 26, 60, 180], [0.22, 0.26, 1.75, 1.45, 1.05, 0.95])
    return np.where(inside > 2, inside * width[:, None], inside)


def _along_half_plane(
    template: HeadTemplate, neckline: str, turn: float, wanted: Array
) -> tuple[Int32, Array]:
    """Return triangles [R] and places in them [R, 3] of distances from the neckline, one way out.

    Args:
        template: The head template.
        neckline: Whose distances.
        turn: The way from the neck's axis: 0 is forward, then to the person's left.
        wanted: The distances [R], millimetres.
    """
    forward = np.cross([1.0, 0.0, 0.0], UP_THE_NECK)
    out = np.sin(turn) * np.array([1.0, 0.0, 0.0]) + np.cos(turn) * forward
    side = np.cross(UP_THE_NECK, out)
    which = template.part_faces("skin")
    faces = template.faces[which]
    away = 1000.0 * template.neutral - NECK
    off, height = away @ side, away @ UP_THE_NECK
    near = (away @ out > 0) & (height > _LOWEST_MM) & (height < _HIGHEST_MM)
    crossed = near[faces].all(axis=1) & (np.ptp(np.sign(off[faces]), axis=1) > 0)
    return _nearest(template, neckline, which[crossed], _cuts(off[faces[crossed]]), wanted)


def _cuts(off: Array) -> tuple[Array, Array]:
    """Return where a plane enters and leaves triangles [n, 3], given its distance [n, 3] there."""
    ends: list[Array] = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        share = off[:, a] / np.where(off[:, a] == off[:, b], 1.0, off[:, a] - off[:, b])
        point = np.zeros((len(off), 3))
        point[:, a], point[:, b] = 1 - share, share
        point[off[:, a] * off[:, b] > 0] = np.nan
        ends.append(point)
    stacked = np.stack(ends, axis=1)
    order = np.argsort(np.isnan(stacked[..., 0]), axis=1, kind="stable")
    picked = np.take_along_axis(stacked, order[..., None], axis=1)
    return picked[:, 0], picked[:, 1]


def _nearest(
    template: HeadTemplate,
    neckline: str,
    triangles: NDArray[Any],
    ends: tuple[Array, Array],
    wanted: Array,
) -> tuple[Int32, Array]:
    """Return the places on line segments in triangles that are nearest to the distances."""
    corners = 1000.0 * template.neutral[template.faces[triangles]]
    one, other = (np.einsum("nk,nkc->nc", end, corners) for end in ends)
    steps = int(np.ceil(np.linalg.norm(one - other, axis=1).max() / _STEP_MM)) + 1
    share = np.linspace(0, 1, steps)[:, None, None]
    inside = inside_neckline(neckline, (one * (1 - share) + other * share).reshape(-1, 3))
    best = np.abs(inside[None] - wanted[:, None]).argmin(axis=1)
    step, row = np.divmod(best, len(triangles))
    mix = np.linspace(0, 1, steps)[step][:, None]
    return triangles[row].astype(np.int32), ends[0][row] * (1 - mix) + ends[1][row] * mix
