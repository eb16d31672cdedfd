"""Where things are on the bust: soft masks, regions, landmarks; decimetres, body coordinates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree
from template.bust import PARTS, Bust
from template.makehuman import MakeHuman

REGIONS = ("eyes", "brows", "nose", "mouth", "jaw", "cheeks", "forehead", "ears", "scalp", "neck")
"""As in `mien.avatar.protocol`; a test holds the two together."""

MASKS = ("lips", "mouth_inside", "ears", "lid_rims", "sockets")


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What the builder needs to know about the neutral bust.

    Args:
        points: Vertices [V, 3].
        masks: Soft masks by name [V].
        eye_centres: Of the left and right eye [2, 3].
        eye_radius: Of both.
        mouth: Centre of the lips [3].
        chin: The lowest point of the chin in front [3].
        mirror: The vertex on the other side [V].
    """

    points: NDArray[np.float64]
    masks: dict[str, NDArray[np.float64]]
    eye_centres: NDArray[np.float64]
    eye_radius: float
    mouth: NDArray[np.float64]
    chin: NDArray[np.float64]
    mirror: NDArray[np.int64]


def mirrored(points: NDArray[np.float64], faces: NDArray, parts: NDArray) -> NDArray[np.int64]:
    """Return the mirror image [V] of each vertex in X, within its own part or its twin.

    Raises:
        ValueError: The mesh is not symmetric to a tenth of a millimetre.
    """
    kind = np.zeros(len(points))
    for number, name in enumerate(PARTS):
        twin = (
            PARTS.index(name.removesuffix("_right").removesuffix("_left") + "_left")
            if (name.endswith(("_left", "_right")))
            else number
        )
        kind[faces[parts == number]] = twin
    # Parts are told apart by a fourth coordinate far larger than the head.
    places = np.c_[points, 100 * kind]
    distance, other = cKDTree(places).query(places * [-1, 1, 1, 1])
    if distance.max() > 1e-3:
        raise ValueError(f"the bust is asymmetric by {distance.max() * 100:.2f} mm")
    return other


def neighbourhood(count: int, faces: NDArray[np.int64]) -> sparse.csr_matrix:
    """Return the averaging of each vertex with its neighbours [V, V]."""
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    pairs = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)
    graph = sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (count, count))
    graph = graph.tocsr() + sparse.identity(count)
    return sparse.diags(1 / np.asarray(graph.sum(axis=1)).ravel()) @ graph


def vertex_normals(points: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return unit normals [V, 3], weighted by area."""
    corners = points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.zeros_like(points)
    for k in range(3):
        np.add.at(sums, faces[:, k], normals)
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)


def survey(body: MakeHuman, bust: Bust, shape: NDArray[np.float64]) -> Anatomy:
    """Find the masks and the reference points on the neutral body shape [body V, 3]."""
    points = bust.vertices(shape)
    skin = bust.part_vertices("skin")
    mirror = mirrored(points, bust.faces, bust.face_parts)
    points = 0.5 * (points + points[mirror] * [-1, 1, 1])
    sources = {
        "lips": "lips",
        "mouth_inside": "inside-mouth",
        "ears": "ears",
        "lid_rims": "eyelids",
    }
    masks = {name: np.asarray(bust.rows @ body.mask(mask)) for name, mask in sources.items()}
    centre, radius = bust.eyes["eye_left"].place(shape)
    centres = np.array([centre, centre * [-1, 1, 1]])
    normals = vertex_normals(points, bust.faces)
    masks["sockets"] = np.zeros(len(points))
    for eye in centres:
        away = points[skin] - eye
        facing_in = (normals[skin] * away).sum(axis=1) < -0.2 * np.linalg.norm(away, axis=1)
        near = np.linalg.norm(away, axis=1) < 1.25 * radius
        masks["sockets"][skin[facing_in & near]] = 1
    lips = skin[masks["lips"][skin] > 0.5]
    front = skin[(np.abs(points[skin, 0]) < 0.15) & (masks["mouth_inside"][skin] < 0.1)]
    lip = points[lips, 1].min()
    below = front[
        (points[front, 1] < lip) & (points[front, 1] > lip - 0.5) & (points[front, 2] > 1.1)
    ]
    chin = points[below[points[below, 1].argmin()]] * [0, 1, 1]
    return Anatomy(points, masks, centres, radius, points[lips].mean(axis=0), chin, mirror)


def regions(bust: Bust, anatomy: Anatomy) -> NDArray[np.float64]:
    """Return how much each vertex belongs to each of REGIONS [V, R]; rows sum to one."""
    x, y, z = np.abs(anatomy.points[:, 0]), anatomy.points[:, 1], anatomy.points[:, 2]
    eye, mouth, chin = anatomy.eye_centres[0], anatomy.mouth, anatomy.chin
    dx, dy = x - eye[0], y - eye[1]
    label = np.full(len(x), REGIONS.index("neck"))

    def put(name: str, where: NDArray[np.bool_]) -> None:
        label[where] = REGIONS.index(name)

    jaw_line = chin[1] + 0.03 + 0.62 * np.clip(1.15 - z, 0, 1.2)
    head = y > np.where(z > 0.15, jaw_line, eye[1] - 0.55)
    put("scalp", head)
    face = head & (z > 0.45) & (dy < 0.78)
    put("cheeks", face & (dy < 0.2))
    put("forehead", face & (dy >= 0.2) & (z > 0.6))
    put("jaw", face & (y < mouth[1] - 0.02) & (z > 0.4))
    put("nose", face & (x < 0.21) & (dy < 0.13) & (y > mouth[1] + 0.16) & (z > 1.2))
    put("mouth", face & ((x / 0.36) ** 2 + ((y - mouth[1] + 0.02) / 0.19) ** 2 < 1) & (z > 0.9))
    put("brows", face & (x > 0.07) & (x < 0.6) & (dy > 0.1) & (dy < 0.3) & (z > 0.85))
    put("eyes", face & ((dx / 0.25) ** 2 + ((dy + 0.01) / 0.15) ** 2 < 1) & (z > 0.85))
    put("ears", anatomy.masks["ears"] > 0.4)
    put("mouth", (anatomy.masks["mouth_inside"] > 0.3) | (anatomy.masks["lips"] > 0.3))
    put("eyes", anatomy.masks["sockets"] > 0.5)
    for name in PARTS[1:]:
        region = {"te": "mouth", "to": "mouth", "gu": "mouth", "ba": "neck"}.get(name[:2], "eyes")
        put(region, _of(bust, name, len(x)))
    soft = np.eye(len(REGIONS))[label]
    average = neighbourhood(len(x), bust.faces[bust.face_parts == 0])
    for _ in range(9):
        soft = average @ soft
    return 0.5 * (soft + soft[anatomy.mirror])


def _of(bust: Bust, part: str, count: int) -> NDArray[np.bool_]:
    inside = np.zeros(count, bool)
    inside[bust.part_vertices(part)] = True
    return inside


def rim(faces: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the vertices on the outline of the faces that lie wholly inside a mask."""
    chosen = faces[inside[faces].all(axis=1)]
    edges = Counter(
        tuple(sorted((int(a), int(b))))
        for corners in chosen
        for a, b in zip(corners, np.roll(corners, -1), strict=True)
    )
    return np.unique([vertex for edge, count in edges.items() if count == 1 for vertex in edge])
