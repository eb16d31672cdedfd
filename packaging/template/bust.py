"""Cut a bust out of the body and give it eyes, teeth and a tongue of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from template import teeth, tongue
from template.eyeball import eyeball
from template.loops import boundary_loop
from template.makehuman import METRES_PER_UNIT, MakeHuman
from template.pieces import Piece

PARTS = ("skin", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue",
         "lashes_left", "lashes_right", "base", "gums_upper", "gums_lower")  # fmt: skip

LASHES = {
    "lashes_left": ("helper-l-eyelashes-1", "helper-l-eyelashes-2"),
    "lashes_right": ("helper-r-eyelashes-1", "helper-r-eyelashes-2"),
}

UPPER_JAW, LOWER_JAW = "helper-upper-teeth", "helper-lower-teeth"
"""MakeHuman's own teeth, of 68 vertices a row: they say where the jaws of a body are."""

MILLIMETRE = 0.001 / METRES_PER_UNIT
BASE_RINGS = 6
EYE_FIT = 0.975
"""Of the fitted radius: MakeHuman's lids touch its eyes, and would let them through."""


@dataclass(frozen=True, eq=False)
class Eye:
    """A sphere that follows MakeHuman's eye: its vertices, and where and how large it is."""

    vertices: NDArray[np.int64]
    offset: NDArray[np.float64]
    radius: float

    def place(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return the centre [3] and the radius for body vertices [body V, 3]."""
        corners = points[self.vertices]
        mean = corners.mean(axis=0)
        spread = float(np.linalg.norm(corners - mean))
        return mean + spread * self.offset, EYE_FIT * spread * self.radius


@dataclass(frozen=True, eq=False)
class Bust:
    """The parts of the template.

    Args:
        rows: Sparse [V, body V]: template vertices = rows @ body vertices, but for the eyes. Rows
            sum to one, so they carry offsets too.
        faces: Triangles [F, 3], counter-clockwise from outside.
        face_parts: Index into PARTS of each triangle [F].
        uvs: For parts that have a layout already: texture coordinates by part name [n, 2].
        uv_faces: The same part's triangles into `uvs` [f, 3], in the order of its faces.
        eye_places: An eye's vertices [n, 3] from its centre, in eye radii.
        eyes: Where the eyes are, by part name.
    """

    rows: sparse.csr_matrix
    faces: NDArray[np.int64]
    face_parts: NDArray[np.int64]
    uvs: dict[str, NDArray[np.float64]]
    uv_faces: dict[str, NDArray[np.int64]]
    eye_places: NDArray[np.float64]
    eyes: dict[str, Eye]

    def vertices(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the template's vertices [V, 3] for body vertices [body V, 3]."""
        placed = np.asarray(self.rows @ points)
        for name, eye in self.eyes.items():
            centre, radius = eye.place(points)
            placed[self.part_vertices(name)] = centre + radius * self.eye_places
        return placed

    def part_vertices(self, name: str) -> NDArray[np.int64]:
        """Return the vertices of a part, ascending."""
        return np.unique(self.faces[self.face_parts == PARTS.index(name)])


def keep(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a function [V] of the body (decimetres) that is positive on the bust.

    A superellipse seen from the front: straight at the shoulders, round at the chest, like the
    foot of a sculpted bust; a little higher at the back than in front.
    """
    below = np.maximum(0.0, 6.02 + 0.12 * (0.4 - points[:, 2]) - points[:, 1])
    return 1 - (np.abs(points[:, 0]) / 1.86) ** 3 - (below / 1.28) ** 3


def build_bust(body: MakeHuman, points: NDArray[np.float64]) -> Bust:
    """Cut the bust from the body in the shape `points` [body V, 3] and assemble its parts."""
    count = len(points)
    blocks, faces, face_parts = [], [], []
    uvs: dict[str, NDArray[np.float64]] = {}
    uv_faces: dict[str, NDArray[np.int64]] = {}
    offset = 0

    def add(part: str, rows: sparse.csr_matrix, triangles: NDArray[np.int64]) -> None:
        nonlocal offset
        blocks.append(rows)
        faces.append(triangles + offset)
        face_parts.append(np.full(len(triangles), PARTS.index(part)))
        offset += rows.shape[0]

    skin_rows, skin = _clip(_split(body.quads["body"], points), keep(points), count)
    add("skin", skin_rows, skin)
    eye_places, (ball, flat_ball), eye_uvs = eyeball()
    for name in ("eye_left", "eye_right"):
        add(name, sparse.csr_matrix((len(eye_places), count)), ball)
        uvs[name], uv_faces[name] = eye_uvs, flat_ball
    origin = mouth_origin(body, points)
    for part, (piece, jaw) in mouth_pieces().items():
        corners = body.group(jaw)
        add(part, _follow(origin + MILLIMETRE * piece.points, points, corners), piece.faces)
        uvs[part], uv_faces[part] = piece.uvs, piece.uv_faces
    for part, groups in LASHES.items():
        quads = np.concatenate([body.quads[group] for group in groups])
        uv_quads = np.concatenate([body.uv_quads[group] for group in groups])
        triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        corners = np.concatenate([uv_quads[:, [0, 1, 2]], uv_quads[:, [0, 2, 3]]])
        used, local = np.unique(triangles, return_inverse=True)
        add(part, _pick(used, count), local.reshape(-1, 3))
        used, local = np.unique(corners, return_inverse=True)
        uvs[part], uv_faces[part] = body.uvs[used], local.reshape(-1, 3)
    rows, triangles, uvs["base"] = _base(skin_rows, skin)
    add("base", rows, triangles)
    uv_faces["base"] = triangles
    return Bust(
        sparse.vstack(blocks).tocsr(),
        np.concatenate(faces),
        np.concatenate(face_parts),
        uvs,
        uv_faces,
        eye_places,
        {name: _fit_eye(body, name) for name in ("eye_left", "eye_right")},
    )


def mouth_pieces() -> dict[str, tuple[Piece, str]]:
    """Return what is modelled in the mouth by part, and the jaw that carries it."""
    return {
        "teeth_upper": (teeth.teeth(teeth.UPPER), UPPER_JAW),
        "teeth_lower": (teeth.teeth(teeth.LOWER), LOWER_JAW),
        "tongue": (tongue.tongue(), LOWER_JAW),
        "gums_upper": (teeth.gums(teeth.UPPER), UPPER_JAW),
        "gums_lower": (teeth.gums(teeth.LOWER), LOWER_JAW),
    }


def mouth_origin(body: MakeHuman, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where MakeHuman's upper incisors end in front [3]: the zero of what is modelled."""
    upper = points[body.group(UPPER_JAW)]
    return np.array([0.0, upper[:, 1].min(), upper[:, 2].max()])


def _follow(
    places: NDArray[np.float64], points: NDArray[np.float64], corners: NDArray[np.int64]
) -> sparse.csr_matrix:
    """Return rows [n, body V] that put `places` [n, 3] where the best affine fit of the movement
    of body vertices `corners` takes them."""
    support = np.c_[points[corners], np.ones(len(corners))]
    weights = np.c_[places, np.ones(len(places))] @ np.linalg.pinv(support)
    rows = np.repeat(np.arange(len(places)), len(corners))
    columns = np.tile(corners, len(places))
    return sparse.csr_matrix((weights.ravel(), (rows, columns)), (len(places), len(points)))


def _pick(vertices: NDArray[np.int64], count: int) -> sparse.csr_matrix:
    ones = np.ones(len(vertices))
    return sparse.csr_matrix((ones, (np.arange(len(vertices)), vertices)), (len(vertices), count))


def _split(quads: NDArray[np.int64], points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Split quads along their shorter diagonal, so that mirrored quads split alike."""
    first = np.linalg.norm(points[quads[:, 0]] - points[quads[:, 2]], axis=1)
    second = np.linalg.norm(points[quads[:, 1]] - points[quads[:, 3]], axis=1)
    across = (second < first - 1e-9)[:, None]
    one = np.where(across, quads[:, [0, 1, 3]], quads[:, [0, 1, 2]])
    two = np.where(across, quads[:, [1, 2, 3]], quads[:, [0, 2, 3]])
    return np.concatenate([one, two])


def _clip(
    triangles: NDArray[np.int64], inside: NDArray[np.float64], count: int
) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """Keep where `inside` is positive, cutting triangles at zero; the largest piece only."""
    cuts: dict[tuple[int, int], int] = {}
    kept: list[tuple[int, ...]] = []

    def cut(a: int, b: int) -> int:
        return cuts.setdefault((min(a, b), max(a, b)), count + len(cuts))

    for corners in triangles[(inside[triangles] > 0).any(axis=1)]:
        polygon: list[int] = []
        for a, b in zip(corners, np.roll(corners, -1), strict=True):
            if inside[a] > 0:
                polygon.append(int(a))
            if (inside[a] > 0) != (inside[b] > 0):
                polygon.append(cut(int(a), int(b)))
        kept += [(polygon[0], polygon[k], polygon[k + 1]) for k in range(1, len(polygon) - 1)]
    faces = np.array(kept)
    edges = np.array(list(cuts)).reshape(-1, 2)
    share = inside[edges[:, 0]] / (inside[edges[:, 0]] - inside[edges[:, 1]])
    # Away from the very ends: slivers would have no normal to speak of.
    share = np.clip(share, 0.04, 0.96)
    new = np.arange(len(edges))
    cut_rows = sparse.coo_matrix(
        (
            np.concatenate([1 - share, share]),
            (np.concatenate([new, new]), np.concatenate([edges[:, 0], edges[:, 1]])),
        ),
        (len(edges), count),
    )
    total = count + len(edges)
    graph = sparse.coo_matrix((np.ones(len(faces)), (faces[:, 0], faces[:, 1])), (total, total))
    graph += sparse.coo_matrix((np.ones(len(faces)), (faces[:, 1], faces[:, 2])), (total, total))
    _, label = connected_components(graph, directed=False)
    faces = faces[label[faces[:, 0]] == np.bincount(label[faces[:, 0]]).argmax()]
    used, local = np.unique(faces, return_inverse=True)
    rows = sparse.vstack([sparse.identity(count), cut_rows]).tocsr()[used]
    return rows, local.reshape(-1, 3)


def _base(
    rows: sparse.csr_matrix, skin: NDArray[np.int64]
) -> tuple[sparse.csr_matrix, NDArray[np.int64], NDArray[np.float64]]:
    """Close the bust below: rings from its edge to the middle, with rows, faces and uvs."""
    loop = boundary_loop(skin)[::-1]
    edge = rows[loop]
    middle = sparse.csr_matrix(edge.mean(axis=0))
    n = len(loop)
    spread = sparse.csr_matrix(np.ones((n, 1))) @ middle
    shares = 1 - np.arange(BASE_RINGS) / BASE_RINGS
    rings = [share * edge + (1 - share) * spread for share in shares]
    angles = 2 * np.pi * np.arange(n) / n
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places = np.concatenate([*[0.5 * share * circle for share in shares], [[0.0, 0.0]]]) + 0.5
    here = np.arange(n)
    onward = np.roll(here, -1)
    faces = []
    for ring in range(BASE_RINGS - 1):
        a, b = ring * n + here, ring * n + onward
        faces += [np.stack([a, b, b + n], 1), np.stack([a, b + n, a + n], 1)]
    last = (BASE_RINGS - 1) * n
    faces.append(np.stack([last + here, last + onward, np.full(n, BASE_RINGS * n)], axis=1))
    return sparse.vstack([*rings, middle]).tocsr(), np.concatenate(faces), places


def _fit_eye(body: MakeHuman, part: str) -> Eye:
    """Fit a sphere to MakeHuman's coarse eye by least squares."""
    vertices = body.group(f"helper-{part[4]}-eye")
    corners = body.points[vertices]
    # |p|^2 = 2 p.c + (r^2 - |c|^2) is linear in the centre and the bracket.
    system = np.c_[2 * corners, np.ones(len(corners))]
    solution = np.linalg.lstsq(system, (corners**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    mean = corners.mean(axis=0)
    spread = np.linalg.norm(corners - mean)
    radius = np.sqrt(solution[3] + centre @ centre)
    return Eye(vertices, (centre - mean) / spread, float(radius / spread))
