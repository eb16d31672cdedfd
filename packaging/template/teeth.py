"""Two rows of teeth in their gums, modelled after textbook crowns; millimetres.

Places are relative to where MakeHuman's upper incisors end in front: X to the person's left, Y up,
Z forward. Crowns are about as wide, long and deep as Wheeler's dental anatomy gives them for men;
the rows rise toward the back, as in life, so that smiles show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from template.pieces import Piece, grid, joined, symmetric, tube

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tooth:
    """A crown.

    Args:
        kind: Which of the shapes below.
        width: Along the row.
        length: From the gum to the edge.
        depth: From the lips to the tongue, at the gum.
        edge: How far the edge reaches past the row's zero toward the other row.
    """

    kind: Literal["incisor", "canine", "premolar", "molar"]
    width: float
    length: float
    depth: float
    edge: float


@dataclass(frozen=True)
class Row:
    """One half of a row, from the middle backward, on its arch.

    Args:
        teeth: From the first incisor to the second molar.
        side: -1 the upper row, whose edges point down; 1 the lower.
        front: Z of the incisors' necks.
        half_width: Of the arch, at the lips' side of the necks.
        depth: Of the arch.
        fold: How far above the gums' edge they turn into the lip.
        middle: Heights of palate or floor along the midline, front to back.
    """

    teeth: tuple[Tooth, ...]
    side: int
    front: float
    half_width: float
    depth: float
    fold: float
    middle: tuple[float, ...]


UPPER = Row(
    (
        Tooth("incisor", 9.0, 11.0, 6.8, 3.8), Tooth("incisor", 7.1, 9.8, 6.0, 2.9),
        Tooth("canine", 7.8, 11.0, 7.8, 2.7), Tooth("premolar", 7.2, 9.6, 8.8, 0.6),
        Tooth("premolar", 7.0, 9.0, 8.8, -0.6), Tooth("molar", 10.2, 8.4, 10.6, -1.2),
        Tooth("molar", 9.6, 8.0, 10.4, -1.6),
    ),
    side=-1, front=1.5, half_width=31.0, depth=46.0, fold=11.5,
    middle=(8.0, 12.5, 16.5, 19.0, 19.5, 18.0, 14.0),
)  # fmt: skip

LOWER = Row(
    (
        Tooth("incisor", 5.6, 8.8, 5.7, -1.0), Tooth("incisor", 6.1, 9.0, 6.0, -0.9),
        Tooth("canine", 7.1, 10.4, 7.4, -0.3), Tooth("premolar", 7.2, 8.6, 7.6, 0.0),
        Tooth("premolar", 7.3, 8.2, 8.0, 1.1), Tooth("molar", 11.2, 7.8, 10.2, 1.6),
        Tooth("molar", 10.6, 7.4, 10.0, 1.9),
    ),
    side=1, front=-1.8, half_width=28.6, depth=43.5, fold=10.0,
    middle=(-15.0, -18.0, -20.0, -21.0, -21.0, -20.5, -20.0),
)  # fmt: skip

SQUARENESS = 2.25
"""Exponent of the arch: 2 an ellipse; more is flatter in front."""

HEIGHTS = np.array([-0.28, 0.02, 0.3, 0.62, 0.86, 0.97])
"""Of a crown's rings: 0 at the gum, 1 at the edge."""

SEGMENTS = 12
SPACING = 0.975
"""Of a tooth's width: neighbours touch, and the line between them shows."""

FLANKS = {
    "incisor": (0.66, 0.76, 0.90, 0.985, 0.985, 0.93),
    "canine": (0.62, 0.74, 0.92, 1.0, 0.84, 0.46),
    "premolar": (0.66, 0.78, 0.95, 1.0, 0.88, 0.60), "molar": (0.76, 0.86, 0.97, 1.0, 0.93, 0.74),
}  # fmt: skip
"""Width of a crown at HEIGHTS."""

THICKNESS = {
    "incisor": (0.85, 1.0, 0.90, 0.58, 0.34, 0.20), "canine": (0.85, 1.0, 0.96, 0.70, 0.42, 0.22),
    "premolar": (0.86, 1.0, 1.04, 1.0, 0.86, 0.62), "molar": (0.90, 1.0, 1.03, 1.0, 0.90, 0.72),
}  # fmt: skip
"""Depth of a crown at HEIGHTS."""

FACE = {
    "incisor": (-0.5, 0.0, 0.35, 0.25, -0.05, -0.35), "canine": (-0.5, 0.0, 0.55, 0.4, -0.3, -0.9),
    "premolar": (-0.5, 0.0, 0.5, 0.3, -0.5, -1.3), "molar": (-0.4, 0.0, 0.4, 0.1, -0.6, -1.3),
}  # fmt: skip
"""How far the face toward the lips stands out at HEIGHTS."""

PAPILLA_MM = 2.3
"""How far the gum reaches up between two teeth."""


class Arch:
    """The curve the necks stand on: places and directions at distances from the middle."""

    def __init__(self, row: Row) -> None:
        turn = np.linspace(-np.pi / 2, np.pi / 2, 4001)
        x = row.half_width * np.sign(turn) * np.abs(np.sin(turn)) ** (2 / SQUARENESS)
        z = row.front - row.depth * (1 - np.abs(np.cos(turn)) ** (2 / SQUARENESS))
        self._places = np.stack([x, z], axis=1)
        along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(self._places, axis=0), axis=1))]
        self._along = along - 0.5 * along[-1]

    def at(self, along: Array) -> tuple[Array, Array]:
        """Return places [n, 2] in X and Z, and unit directions [n, 2] toward the lips.

        Beyond its end the arch goes straight on.
        """
        here, ahead, behind = (self._places_at(along + step) for step in (0.0, 0.4, -0.4))
        step = (ahead - behind) / np.linalg.norm(ahead - behind, axis=1, keepdims=True)
        return here, np.stack([-step[:, 1], step[:, 0]], axis=1)

    def _places_at(self, along: Array) -> Array:
        place = np.stack([np.interp(along, self._along, column) for column in self._places.T], 1)
        place[:, 1] -= np.maximum(along - self._along[-1], 0)
        return place


def crown(tooth: Tooth) -> Piece:
    """Return a tooth: X along the row, Y from the gum toward the edge, Z toward the lips."""
    turn = 2 * np.pi * np.arange(SEGMENTS) / SEGMENTS
    power = 2 / (2.5 if tooth.kind in ("incisor", "canine") else 2.9)
    # From the tongue's side round by -X to the lips': the map's seam lies where nobody looks.
    across = -np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
    outward = -np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
    rings = []
    for k, height in enumerate(HEIGHTS):
        wide = 0.5 * SPACING * tooth.width * FLANKS[tooth.kind][k]
        deep = 0.5 * tooth.depth * THICKNESS[tooth.kind][k]
        rise = np.clip((height - 0.5) / 0.5, 0, 1) * _cusps(tooth.kind, across, outward)
        ring = [wide * across, tooth.length * height + rise]
        rings.append(np.stack([*ring, FACE[tooth.kind][k] + deep * (outward - 1)], axis=1))
    top = rings[-1].mean(axis=0)
    top[1] = {
        "incisor": tooth.length, "canine": tooth.length + 0.25,
        "premolar": tooth.length - 1.5, "molar": tooth.length - 1.3,
    }[tooth.kind]  # fmt: skip
    return tube(np.stack(rings), top)


def _cusps(kind: str, across: Array, outward: Array) -> Array:
    """Return how far the edge stands out round a crown."""
    if kind == "incisor":
        return -0.25 * np.abs(across) ** 3
    if kind == "canine":
        return -1.1 * np.abs(across) ** 1.3
    if kind == "premolar":
        return 0.35 * outward - 0.9 * np.abs(across) ** 2
    return 0.15 * outward - 0.5 * (1 - np.abs(across)) * (1 - np.abs(outward)) + 0.1


def stations(row: Row) -> Array:
    """Return where along the arch teeth begin and the last one ends [n + 1]."""
    return np.cumsum([0.0] + [tooth.width for tooth in row.teeth])


def teeth(row: Row) -> Piece:
    """Return a row of teeth, each in its own column of the map, as seen from the front."""
    ends, arch = stations(row), Arch(row)
    left = []
    for tooth, along in zip(row.teeth, 0.5 * (ends[1:] + ends[:-1]), strict=True):
        (x, z), (out_x, out_z) = (pair[0] for pair in arch.at(np.array([along])))
        made = crown(tooth)
        a, e, o = made.points.T
        # Toward the back along the row is +X turned with the arch.
        px, pz = x + a * out_z + o * out_x, z - a * out_x + o * out_z
        y = row.side * (tooth.edge - tooth.length + e)
        placed = made.moved(np.stack([px, y, pz], axis=1))
        left.append(placed if row.side > 0 else _upside_down(placed))
    both = [piece.mirrored() for piece in left[::-1]] + left
    step = 1 / len(both)
    pad = 0.04 * step
    boxes = [(k * step + pad, 0.0, (k + 1) * step - pad, 1.0) for k in range(len(both))]
    return joined(both, boxes)


def _upside_down(piece: Piece) -> Piece:
    """Turn a piece's map and its triangles over: what was mirrored in Y is right again."""
    return Piece(
        piece.points, piece.faces[:, ::-1], piece.uvs * [1, -1] + [0, 1], piece.uv_faces[:, ::-1]
    )


def gums(row: Row) -> Piece:
    """Return the gums of a row with the palate or the floor of the mouth between them."""
    ends, arch = stations(row), Arch(row)
    quarters = [np.linspace(a, b, 4, endpoint=False) for a, b in pairwise(ends)]
    along = np.concatenate([*quarters, ends[-1] + np.array([0.0, 2.5, 6.0])])
    centres = 0.5 * (ends[1:] + ends[:-1])
    neck = np.interp(along, centres, [t.edge - t.length for t in row.teeth])
    depth = np.interp(along, centres, [t.depth for t in row.teeth])
    tooth = np.clip(np.searchsorted(ends, along, side="right") - 1, 0, len(row.teeth) - 1)
    inside = (along - ends[tooth]) / (ends[tooth + 1] - ends[tooth])
    reach = np.where(inside <= 1, np.abs(2 * inside - 1) ** 2.2, 1.0) * np.minimum(
        1, np.clip(ends[-1] + 2.5 - along, 0, 1)
    )
    front = np.interp(along, ends[[0, 2, 4, 7]], [1.0, 1.0, 0.75, 0.55])
    edge = neck + PAPILLA_MM * front * reach - 2.0 * (along > ends[-1])
    place, out = arch.at(along)
    rows = []
    for outward, height in _sections(row, neck, edge, depth, reach):
        rows.append(np.c_[place + outward[:, None] * out, row.side * height][:, [0, 2, 1]])
    rows += _to_the_middle(row, rows[-1])
    points = np.stack(rows, axis=1)
    points[0, :, 0] = 0
    return _half_sheet(points, flip=row.side < 0)


def _sections(
    row: Row, neck: Array, edge: Array, depth: Array, reach: Array
) -> list[tuple[Array, Array]]:
    """Return the gum's profile from the fold of the lip over the necks to the tongue's side:
    distances toward the lips and heights toward the other row, each [columns]."""
    # Between two teeth the gum fills the cleft, on a tooth it is a thin seam round the neck.
    hollow = 0.9 * reach
    profile = (
        (-1.8, row.fold), (0.1, 0.66 * row.fold), (0.95, 0.36 * row.fold), (1.05, 1.9),
        (0.75, 0.55), (0.18, 0.0),
    )  # fmt: skip
    # The fold runs smoothly along the lip, whatever the gum's edge does.
    lips = [
        (
            out - hollow * (below < 2.0),
            edge - below - np.clip(below / row.fold, 0, 1) * (edge - neck),
        )
        for out, below in profile
    ]
    ridge = [(-0.5 * depth, edge - 0.3)]
    inner = ((-0.12, 0.0), (-0.8, 1.2), (-2.0, 4.0))
    tongue = [(out - depth + hollow * (below < 1.0), edge - below) for out, below in inner]
    return lips + ridge + tongue


def _to_the_middle(row: Row, start: Array) -> list[Array]:
    """Return rows [columns, 3] from the gums' inner side to the midline."""
    share = np.linspace(0, 1, len(start)) ** 1.15
    first, last = start[0, 2] - 4.0, start[-1, 2]
    heights = np.interp(share, np.linspace(0, 1, len(row.middle)), row.middle)
    middle = np.stack([0 * share, heights, first + (last - first) * share], axis=1)
    rows = []
    for t in (0.22, 0.46, 0.73, 1.0):
        flat = start + t * (middle - start)
        flat[:, 1] = start[:, 1] + np.sin(t * np.pi / 2) * (middle[:, 1] - start[:, 1])
        rows.append(flat)
    return rows


def _half_sheet(points: Array, *, flip: bool) -> Piece:
    """Make the sheet of a half whose first column and last row lie in the middle, and mirror it.

    The corner where both meet is no vertex: its triangle would lie in the plane between the halves.
    """
    sheet = grid(points)
    corner = points.shape[1] - 1
    kept = np.delete(np.arange(len(sheet.points)), corner)
    faces = np.searchsorted(kept, sheet.faces[(sheet.faces != corner).all(axis=1)])
    half = Piece(sheet.points[kept], faces, sheet.uvs[kept], faces)
    if flip:
        half = _upside_down(half)
    return symmetric(half)
