"""Pieces of surface made here and not by MakeHuman: grids, and halves that are mirrored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Piece:
    """A surface with a map of its own.

    Args:
        points: Vertices [n, 3], millimetres.
        faces: Triangles [f, 3], counter-clockwise from outside.
        uvs: Texture coordinates [m, 2], 0..1.
        uv_faces: The same triangles into `uvs` [f, 3].
    """

    points: Array
    faces: Indices
    uvs: Array
    uv_faces: Indices

    def mirrored(self) -> Piece:
        """Return the piece on the other side of X, of its map too."""
        return Piece(
            self.points * [-1, 1, 1], self.faces[:, ::-1], self.uvs * [-1, 1] + [1, 0],
            self.uv_faces[:, ::-1],
        )  # fmt: skip

    def moved(self, points: Array) -> Piece:
        """Return the piece with its vertices elsewhere."""
        return Piece(points, self.faces, self.uvs, self.uv_faces)


def joined(pieces: list[Piece], boxes: list[tuple[float, float, float, float]]) -> Piece:
    """Return several pieces as one, each in its own box (left, bottom, right, top) of the map."""
    sizes = np.cumsum([0] + [len(piece.points) for piece in pieces])
    uv_sizes = np.cumsum([0] + [len(piece.uvs) for piece in pieces])
    return Piece(
        np.concatenate([piece.points for piece in pieces]),
        np.concatenate([p.faces + n for p, n in zip(pieces, sizes, strict=False)]),
        np.concatenate(
            [
                np.array([left, bottom]) + p.uvs * [right - left, top - bottom]
                for p, (left, bottom, right, top) in zip(pieces, boxes, strict=True)
            ]
        ),
        np.concatenate([p.uv_faces + n for p, n in zip(pieces, uv_sizes, strict=False)]),
    )


def welded(piece: Piece, tolerance: float = 1e-6) -> Piece:
    """Return the piece with vertices that coincide made one; its map stays as it is."""
    keys = np.round(piece.points / tolerance).astype(np.int64)
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    order = np.sort(first)
    place = np.searchsorted(order, first)[which.reshape(-1)]
    return Piece(piece.points[order], place[piece.faces], piece.uvs, piece.uv_faces)


def symmetric(left: Piece) -> Piece:
    """Return a half at +X and its mirror image, joined along X = 0; the half maps to 0..1."""
    halves = [left, left.mirrored()]
    return welded(joined(halves, [(0.5, 0.0, 1.0, 1.0), (0.0, 0.0, 0.5, 1.0)]))


def grid(points: Array) -> Piece:
    """Return a sheet over points [columns, rows, 3]: counter-clockwise when columns run right.

    The map is the grid itself: columns along u, rows along v.
    """
    columns, rows = points.shape[:2]
    number = np.arange(columns * rows).reshape(columns, rows)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], axis=2).reshape(-1, 3)
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows), indexing="ij")
    return Piece(points.reshape(-1, 3), faces, np.stack([u, v], -1).reshape(-1, 2), faces)


def tube(rings: Array, tip: Array) -> Piece:
    """Return a tube over rings [rows, segments, 3], closed over its last row by a tip [3].

    Segments run counter-clockwise seen from the tip. The map unrolls it: the seam lies at the
    first segment, the tip is spread along the top.
    """
    rows, segments = rings.shape[:2]
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    sheet = grid(np.swapaxes(closed, 0, 1))
    # Rows end below the top of the map, where the tip's fan is.
    uvs = sheet.uvs * [1, (rows - 1) / rows]
    count, uv_count = len(sheet.points), len(uvs)
    k = np.arange(segments)
    low, high = k * rows + rows - 1, (k + 1) * rows + rows - 1
    fan = np.stack([low, high, np.full(segments, count)], axis=1)
    uv_fan = np.stack([low, high, uv_count + k], axis=1)
    tips = np.stack([(k + 0.5) / segments, np.ones(segments)], axis=1)
    piece = Piece(
        np.concatenate([sheet.points, tip[None]]), np.concatenate([sheet.faces, fan]),
        np.concatenate([uvs, tips]), np.concatenate([sheet.uv_faces, uv_fan]),
    )  # fmt: skip
    return welded(piece)
