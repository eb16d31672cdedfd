"""68 named landmarks on the bust, found by geometry on its left and mirrored to its right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from template.anatomy import Anatomy, rim
from template.bust import Bust


def find_landmarks(bust: Bust, anatomy: Anatomy, jaw_open: NDArray[np.float64]) -> dict[str, int]:
    """Return the vertex of each landmark; `left` is the person's own left, at +X."""
    skin = bust.faces[bust.face_parts == 0]
    outside = np.zeros(len(anatomy.points), bool)
    outside[skin] = True
    outside &= (anatomy.masks["mouth_inside"] < 0.5) & (anatomy.masks["sockets"] < 0.5)
    found: dict[str, int] = {}
    find = _Finder(anatomy.points, np.flatnonzero(outside))
    eye, mouth, chin = anatomy.eye_centres[0], anatomy.mouth, anatomy.chin
    nose = find.foremost([0, (0.55 * eye[1] + 0.45 * mouth[1])], 0.25)
    tip = anatomy.points[nose]
    for k, share in enumerate((0.0, 0.36, 0.7, 1.0)):
        found[f"nose_bridge_{k}"] = find.front([0, eye[1] + share * (tip[1] - eye[1])])
    found["nose_bridge_3"] = nose
    base = tip[1] - 0.12
    found["nose_base"] = find.front([0, base])
    for k, x in enumerate((0.08, 0.16)):
        found[f"nose_base_left_{k}"] = find.front([x, base + 0.02 * k])
    for k, (x, y) in enumerate(
        ((0.1, 0.16), (0.2, 0.195), (0.31, 0.21), (0.42, 0.19), (0.52, 0.13))
    ):
        found[f"brow_left_{k}"] = find.front([x, eye[1] + y])
    lids = rim(skin, anatomy.masks["sockets"] < 0.5)
    lids = lids[(np.linalg.norm(anatomy.points[lids] - eye, axis=1) < 1.6 * anatomy.eye_radius)]
    find_lid = _Finder(anatomy.points, lids)
    inner, outer = find_lid.extreme(-0.99), find_lid.extreme(0.99)
    found["eye_left_inner"], found["eye_left_outer"] = inner, outer
    for name, share in (("inner", 0.33), ("outer", 0.67)):
        x = (1 - share) * anatomy.points[inner, 0] + share * anatomy.points[outer, 0]
        found[f"lid_left_upper_{name}"] = find_lid.nearest_column(x, top=True)
        found[f"lid_left_lower_{name}"] = find_lid.nearest_column(x, top=False)
    _mouth(found, anatomy, skin, jaw_open)
    _jaw(found, find, eye, chin)
    for name, vertex in list(found.items()):
        if "left" in name:
            found[name.replace("left", "right")] = int(anatomy.mirror[vertex])
    return dict(sorted(found.items()))


class _Finder:
    def __init__(self, points: NDArray[np.float64], vertices: NDArray[np.int64]) -> None:
        self._points, self._vertices = points, vertices

    def front(self, place: list[float]) -> int:
        """Return the vertex seen nearest to a place [x, y] from the front."""
        p = self._points[self._vertices]
        cost = ((p[:, :2] - place) ** 2).sum(axis=1) - 0.01 * p[:, 2] + (p[:, 2] < 0.5)
        return int(self._vertices[cost.argmin()])

    def foremost(self, place: list[float], radius: float) -> int:
        """Return the vertex on the midline with the largest Z within a radius."""
        p = self._points[self._vertices]
        near = (np.abs(p[:, 1] - place[1]) < radius) & (np.abs(p[:, 0]) < 1e-4)
        return int(self._vertices[near][p[near, 2].argmax()])

    def extreme(self, sign: float) -> int:
        """Return the vertex farthest along +X or -X."""
        return int(self._vertices[(sign * self._points[self._vertices, 0]).argmax()])

    def nearest_column(self, x: float, *, top: bool) -> int:
        """Return the upper or lower vertex of a ring at x."""
        p = self._points[self._vertices]
        upper = (p[:, 1] > np.median(p[:, 1])) == top
        return int(self._vertices[upper][np.abs(p[upper, 0] - x).argmin()])


def _mouth(
    found: dict[str, int], anatomy: Anatomy, skin: NDArray[np.int64], jaw_open: NDArray[np.float64]
) -> None:
    places = anatomy.points
    lips = (anatomy.masks["lips"] > 0.5) & (anatomy.masks["mouth_inside"] < 0.5)
    outline = rim(skin, lips)
    outline = outline[places[outline, 0] >= -1e-6]
    left = np.flatnonzero(lips & (places[:, 0] >= -1e-6))
    # Closed lips touch: which of the two a vertex belongs to shows when the jaw opens.
    drop = -jaw_open[:, 1]
    lower = drop > 0.5 * drop[left].max()
    corner = int(outline[places[outline, 0].argmax()])
    found["lip_left_corner"] = corner
    for k, share in enumerate((0.0, 0.33, 0.66)):
        suffix = "middle" if k == 0 else f"left_{k}"
        x = share * places[corner, 0]
        for name, is_lower, direction in (("upper", False, 1), ("lower", True, -1)):
            for prefix, ring, sign in (
                ("lip", outline, direction),
                ("lip_inner", left, -direction),
            ):
                column = ring[(np.abs(places[ring, 0] - x) < 0.025) & (lower[ring] == is_lower)]
                highest = (sign * places[column, 1]).argmax()
                found[f"{prefix}_{name}_{suffix}"] = int(column[highest])


def _jaw(
    found: dict[str, int], find: _Finder, eye: NDArray[np.float64], chin: NDArray[np.float64]
) -> None:
    """The contour of the face from the chin to before the ear, as seen from the front."""
    found["chin"] = find.front([0, chin[1] + 0.03])
    heights = np.linspace(chin[1] + 0.05, eye[1] - 0.05, 8)
    for k, y in enumerate(heights):
        widest = 0.66 * np.sin(np.pi / 2 * np.clip((k + 1) / 8, 0, 1)) ** 0.8
        found[f"jaw_left_{k}"] = find.front([widest, y])
