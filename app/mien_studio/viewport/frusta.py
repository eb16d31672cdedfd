"""Cameras as little pyramids: where their edges lie on the screen, and which one is pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, Split

SIZE = 0.11
"""Length of a pyramid as a share of its camera's distance to the middle of the rig."""

_NEAR = 0.02
_REACH = 10.0
"""Pixels beside a pyramid that still point at it."""

Array = NDArray[np.floating]

_EDGES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1), (5, 6), (6, 7))
"""Apex to corners, corners to corners, and the mark that says which side is up."""


@dataclass(frozen=True, eq=False)
class Frustum:
    """A camera of a rig as seen in a picture.

    Args:
        name: The camera's.
        split: What its pictures are for.
        depth: Distance along the picture's view axis, metres.
        edges: Line segments [L, 2, 2] in fractions of the picture's sides.
        outline: The corners of its image plane [4, 2], empty where some are behind the eye.
        apex: Where the camera itself is [2].
    """

    name: str
    split: Split
    depth: float
    edges: Array
    outline: Array
    apex: Array


def frusta_in(camera: Camera, cameras: Sequence[CaptureCamera]) -> tuple[Frustum, ...]:
    """Return the cameras of a rig that are in front of a picture's camera, the farthest first."""
    centre = np.mean([held.camera.position for held in cameras], axis=0)
    reach = float(np.median([np.linalg.norm(c.camera.position - centre) for c in cameras]))
    found = [_seen(camera, held, SIZE * max(reach, 0.2)) for held in cameras]
    return tuple(sorted((f for f in found if f is not None), key=lambda f: -f.depth))


def pointed_at(
    frusta: Sequence[Frustum], at: tuple[float, float], size: tuple[float, float]
) -> Frustum | None:
    """Return the nearest camera whose pyramid is under a point, or None.

    Args:
        frusta: The farthest first.
        at: The point, fractions of the picture's sides.
        size: Width and height of the picture on the screen, pixels.
    """
    point, scale = np.multiply(at, size), np.asarray(size)
    for frustum in reversed(frusta):
        if len(frustum.outline) and _inside(point, frustum.outline * scale):
            return frustum
        if np.linalg.norm(frustum.apex * scale - point) < _REACH:
            return frustum
    return None


def _seen(camera: Camera, held: CaptureCamera, length: float) -> Frustum | None:
    points = _pyramid(held.camera, length)
    local = points @ camera.camera_from_world[:3, :3].T + camera.camera_from_world[:3, 3]
    if local[0, 2] < _NEAR:
        return None
    edges = [_clipped(local[a], local[b]) for a, b in _EDGES]
    ahead = bool((local[1:5, 2] > _NEAR).all())
    return Frustum(
        held.name,
        held.split,
        float(local[0, 2]),
        np.array([_place(camera, edge) for edge in edges if edge is not None]),
        _place(camera, local[1:5]) if ahead else np.empty((0, 2)),
        _place(camera, local[:1])[0],
    )


def _pyramid(camera: Camera, length: float) -> Array:
    """Return apex, corners clockwise from the top left, and a roof over the top edge [8, 3]."""
    width, height = camera.size
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    roof = [(0.35 * width, 0), (0.5 * width, -0.18 * height), (0.65 * width, 0)]
    plane = camera.unproject(np.array(corners + roof, np.float64), np.full(7, length))
    return np.concatenate([camera.position[None], plane])


def _clipped(start: Array, end: Array) -> Array | None:
    """Return the part of a segment in front of the eye, or None."""
    if start[2] < _NEAR and end[2] < _NEAR:
        return None
    if start[2] < _NEAR or end[2] < _NEAR:
        share = (_NEAR - start[2]) / (end[2] - start[2])
        cut = start + share * (end - start)
        start, end = (cut, end) if start[2] < _NEAR else (start, cut)
    return np.stack([start, end])


def _place(camera: Camera, local: Array) -> Array:
    focal = np.diag(camera.intrinsics)[:2]
    return (local[:, :2] / local[:, 2:] * focal + camera.intrinsics[:2, 2]) / camera.size


def _inside(point: Array, corners: Array) -> bool:
    edges = np.roll(corners, -1, axis=0) - corners
    toward = point - corners
    turns = edges[:, 0] * toward[:, 1] - edges[:, 1] * toward[:, 0]
    return bool((turns >= 0).all() or (turns <= 0).all())
