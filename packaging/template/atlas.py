"""The UV atlas: the skin as one chart with a seam down the back, small parts in a row below it.

The skin is embedded by Tutte's theorem (positive weights, convex boundary), so no two triangles can
overlap; its weights are then adapted until the face gets the area it deserves, after Yoshizawa,
Belyaev, Seidel: A fast and simple stretch-minimizing mesh parameterization (SMI 2004).
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve
from template.anatomy import Anatomy, regions
from template.bust import PARTS, Bust
from template.loops import boundary_loop

IMPORTANCE = {
    "eyes": 3.0, "brows": 2.2, "nose": 2.2, "mouth": 2.6, "jaw": 1.8, "cheeks": 1.9,
    "forehead": 1.6, "ears": 0.9, "scalp": 0.75, "neck": 0.55,
}  # fmt: skip
"""How much larger than its true size each region is on the map."""

HIDDEN = 0.35
"""The same for the inside of the mouth and the eye sockets."""

BOXES = {
    "eye_left": (0.005, 0.005, 0.135, 0.135), "eye_right": (0.145, 0.005, 0.275, 0.135),
    "teeth_upper": (0.285, 0.075, 0.585, 0.135), "teeth_lower": (0.285, 0.005, 0.585, 0.065),
    "gums_upper": (0.595, 0.075, 0.765, 0.135), "gums_lower": (0.595, 0.005, 0.765, 0.065),
    "tongue": (0.775, 0.005, 0.855, 0.135), "base": (0.865, 0.005, 0.995, 0.065),
    "lashes_left": (0.865, 0.110, 0.995, 0.135), "lashes_right": (0.865, 0.075, 0.995, 0.100),
    "skin": (0.005, 0.145, 0.995, 0.995),
}  # fmt: skip
"""Where each part lies on the map: left, bottom, right, top."""

ROUNDS = 24
DAMPING = 0.35
BOW = 0.012
"""How far the sides of the chart bulge: strictly convex, so that no triangle on it collapses."""


def build_atlas(bust: Bust, anatomy: Anatomy) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return texture coordinates [U, 2] in 0..1 and the triangles into them [F, 3]."""
    skin_faces = bust.faces[bust.face_parts == 0]
    points = anatomy.points[: int(skin_faces.max()) + 1]
    gain = regions(bust, anatomy) @ np.array(list(IMPORTANCE.values()))
    hidden = np.clip(anatomy.masks["mouth_inside"] + anatomy.masks["sockets"], 0, 1)
    gain = np.exp((1 - hidden) * np.log(gain) + hidden * np.log(HIDDEN))[: len(points)]
    seam = back_seam(points, skin_faces, anatomy.eye_centres[0, 1] + 0.66)
    places = {**bust.uvs}
    corners = {**bust.uv_faces}
    places["skin"], corners["skin"] = skin_chart(points, skin_faces, gain, seam)
    uv, uv_faces, offset = [], [], 0
    for part in PARTS:
        left, bottom, right, top = BOXES[part]
        low, high = places[part].min(axis=0), places[part].max(axis=0)
        box = np.array([right - left, top - bottom])
        uv.append([left, bottom] + box * (places[part] - low) / (high - low))
        uv_faces.append(corners[part] + offset)
        offset += len(uv[-1])
    return np.concatenate(uv), np.concatenate(uv_faces)


def back_seam(points: NDArray[np.float64], faces: NDArray[np.int64], top: float) -> list[int]:
    """Return the midline vertices from the chest's edge up the back to the height `top` in front.

    Args:
        points: Symmetric skin [V, 3].
        faces: Its triangles [F, 3].
        top: Where on the forehead the seam ends (Y).
    """
    middle = np.abs(points[:, 0]) < 1e-6
    neighbours: dict[int, set[int]] = defaultdict(set)
    for corners in faces:
        for a, b in zip(corners, np.roll(corners, -1), strict=True):
            if middle[a] and middle[b]:
                neighbours[int(a)].add(int(b))
                neighbours[int(b)].add(int(a))
    rim = [v for v in boundary_loop(faces) if middle[v]]
    path = [min(rim, key=lambda v: points[v, 2])]
    while True:
        onward = neighbours[path[-1]] - set(path)
        step = max(
            onward, key=lambda v: points[v, 1] if points[path[-1], 2] < 0.3 else -points[v, 1]
        )
        path.append(step)
        # Past the crown the midline descends; the seam ends on the forehead.
        if points[step, 2] > 0.6 and points[step, 1] < top:
            return path


def open_seam(
    faces: NDArray[np.int64], seam: list[int], points: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut faces along a midline path: return faces with doubled vertices and each one's original.

    The last vertex of the path stays single; the copies belong to the triangles at +X.
    """
    count = int(faces.max()) + 1
    copies = {v: count + k for k, v in enumerate(seam[:-1])}
    original = np.concatenate([np.arange(count), np.array(seam[:-1])])
    left = points[faces].mean(axis=1)[:, 0] > 0
    cut = faces.copy()
    for vertex, copy in copies.items():
        cut[left[:, None] & (faces == vertex)] = copy
    return cut, original


def skin_chart(
    points: NDArray[np.float64],
    faces: NDArray[np.int64],
    importance: NDArray[np.float64],
    seam: list[int],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return texture coordinates [n, 2] in the unit square and the triangles into them [F, 3].

    Args:
        points: Skin vertices [V, 3], symmetric in X.
        faces: Triangles [F, 3] of a disc.
        importance: How much larger than its size each vertex should be on the map [V].
        seam: Where the disc is cut open.
    """
    cut, original = open_seam(faces, seam, points)
    place = points[original]
    loop = boundary_loop(cut)
    fixed = _boundary_places(loop, place, original, seam)
    edges = np.unique(
        np.sort(np.concatenate([cut[:, [0, 1]], cut[:, [1, 2]], cut[:, [2, 0]]]), axis=1), axis=0
    )
    weights = 1 / np.linalg.norm(place[edges[:, 0]] - place[edges[:, 1]], axis=1)
    both = np.concatenate([edges, edges[:, ::-1]])
    weights = np.concatenate([weights, weights])
    scale = importance[original]
    best, best_score = None, np.inf
    for _ in range(ROUNDS):
        uv = _solve(len(original), both, weights, fixed)
        stretch, score = _stretch(place, uv, cut, scale)
        if score < best_score:
            best, best_score = uv, score
        weights = weights / stretch[both[:, 1]] ** DAMPING
    assert best is not None
    return best, cut


def _boundary_places(
    loop: list[int], place: NDArray, original: NDArray, seam: list[int]
) -> dict[int, tuple[float, float]]:
    """Lay the chest along the bottom, the two sides of the seam up the sides and along the top."""
    end = seam[-1]
    copy_of_start = next(v for v in loop if original[v] == seam[0] and v != seam[0])
    ring = loop[loop.index(end) :] + loop[: loop.index(end)]
    turns = sorted((ring.index(seam[0]), ring.index(copy_of_start)))
    runs = [ring[: turns[0] + 1], ring[turns[0] : turns[1] + 1], [*ring[turns[1] :], end]]
    # Counter-clockwise from the middle of the top: down the left side, along the bottom, up again.
    fixed: dict[int, tuple[float, float]] = {}
    for run, start, stop in zip(runs, (2.5, 4.0, 5.0), (4.0, 5.0, 6.5), strict=True):
        along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(place[run], axis=0), axis=1))]
        for vertex, turn in zip(run, start + (stop - start) * along / along[-1], strict=True):
            fixed[vertex] = _square(turn)
    return fixed


def _square(turn: float) -> tuple[float, float]:
    """Return a point of the bowed unit square: one turn a side, counter-clockwise from (0, 0)."""
    side, s = int(turn) % 4, turn % 1
    out = -BOW * 4 * s * (1 - s)
    x, y = ((s, out), (1 - out, s), (1 - s, 1 - out), (out, 1 - s))[side]
    return (x + BOW) / (1 + 2 * BOW), (y + BOW) / (1 + 2 * BOW)


def _solve(
    count: int, edges: NDArray, weights: NDArray, fixed: dict[int, tuple[float, float]]
) -> NDArray[np.float64]:
    held = np.zeros(count, bool)
    held[list(fixed)] = True
    uv = np.zeros((count, 2))
    uv[list(fixed)] = list(fixed.values())
    matrix = sparse.coo_matrix((weights, (edges[:, 0], edges[:, 1])), (count, count)).tocsr()
    laplacian = (sparse.diags(np.asarray(matrix.sum(axis=1)).ravel()) - matrix).tocsr()
    free = np.flatnonzero(~held)
    right = -laplacian[free][:, np.flatnonzero(held)] @ uv[held]
    uv[free] = spsolve(laplacian[free][:, free].tocsc(), right)
    return uv


def _stretch(
    place: NDArray, uv: NDArray, faces: NDArray, scale: NDArray
) -> tuple[NDArray[np.float64], float]:
    """Return the stretch of each vertex, 1 on average, and that of the map (Sander et al. 2001)."""
    corners = place[faces] * scale[faces].mean(axis=1)[:, None, None]
    flat = uv[faces]
    one, two = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = 0.5 * np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
    area = np.maximum(area, 1e-12)
    along_u = sum(
        corners[:, k] * (flat[:, (k + 1) % 3, 1] - flat[:, (k + 2) % 3, 1])[:, None]
        for k in range(3)
    ) / (2 * area[:, None])
    along_v = sum(
        corners[:, k] * (flat[:, (k + 2) % 3, 0] - flat[:, (k + 1) % 3, 0])[:, None]
        for k in range(3)
    ) / (2 * area[:, None])
    squared = 0.5 * ((along_u**2).sum(axis=1) + (along_v**2).sum(axis=1))
    size = 0.5 * np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    top, bottom = np.zeros(len(place)), np.zeros(len(place))
    for k in range(3):
        np.add.at(top, faces[:, k], size * squared)
        np.add.at(bottom, faces[:, k], size)
    stretch = np.sqrt(top / np.maximum(bottom, 1e-12))
    return stretch / stretch.mean(), float(np.sqrt((size * squared).sum() / size.sum()))
