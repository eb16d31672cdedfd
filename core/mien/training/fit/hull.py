"""The visual hull: the space that every mask allows, as a shell of points (Laurentini 1994)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.training.fit.views import Photograph
from mien.transforms import Array, normalize

_FEWEST_CAMERAS = 3
_FEWEST_SHARE = 0.3
"""Share of the cameras that must see a place: beyond the pictures' rims anything may stand."""
_SEEN = 96
"""Masks of hair fade out: less than half a pixel of it still fills space."""
_CHUNK = 1 << 18


@dataclass(frozen=True, eq=False)
class Hull:
    """A carved grid of voxels.

    Args:
        occupied: Whether each voxel is inside [X, Y, Z].
        origin: Centre of the first voxel [3], metres.
        spacing: Side of a voxel, metres.
    """

    occupied: NDArray[np.bool_]
    origin: Array
    spacing: float

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Say of points [P, 3] whether their voxel is inside; outside of the grid is outside."""
        cells = np.rint((points - self.origin) / self.spacing).astype(np.int64)
        within = ((cells >= 0) & (cells < self.occupied.shape)).all(axis=1)
        inside = np.zeros(len(points), bool)
        inside[within] = self.occupied[tuple(cells[within].T)]
        return inside

    def shell(self) -> tuple[Array, Array]:
        """Return the centres [P, 3] of the outermost voxels and their outward normals [P, 3]."""
        from scipy.ndimage import binary_erosion, gaussian_filter

        rim = self.occupied & ~np.asarray(binary_erosion(self.occupied), bool)
        cells = np.argwhere(rim)
        blurred = np.asarray(gaussian_filter(self.occupied.astype(np.float32), 2.0))
        normals = -np.stack([np.gradient(blurred, axis=axis)[rim] for axis in range(3)], axis=-1)
        return self.origin + cells * self.spacing, normalize(normals)


def carve(
    photographs: Sequence[Photograph], low: Array, high: Array, *, spacing: float
) -> Hull | None:
    """Carve a box by the masks of one frame; None where too few pictures have masks.

    A place that too few cameras see is not inside: nobody can tell.

    Args:
        photographs: Of one frame.
        low: Lowest corner of the box [3], metres.
        high: Highest corner [3].
        spacing: Side of a voxel, metres.
    """
    masked = [held for held in photographs if held.mask is not None]
    if len(masked) < _FEWEST_CAMERAS:
        return None
    axes = [np.arange(a, b, spacing) for a, b in zip(low, high, strict=True)]
    shape = tuple(len(axis) for axis in axes)
    origin = np.array([axis[0] for axis in axes])
    # Most of the box is gone after a camera or two: the others look at what is left.
    left = np.arange(int(np.prod(shape)))
    votes = np.zeros(len(left), np.uint8)
    for held in masked:
        stays: list[NDArray[np.bool_]] = []
        for first in range(0, len(left), _CHUNK):
            part = slice(first, first + _CHUNK)
            cells = np.stack(np.unravel_index(left[part], shape), axis=1)
            seen, covered = _covered(held, origin + cells * spacing)
            votes[part] += seen
            stays.append(covered | ~seen)
        stay = np.concatenate(stays) if stays else np.zeros(0, bool)
        left, votes = left[stay], votes[stay]
    occupied = np.zeros(shape, bool)
    enough = votes >= max(_FEWEST_CAMERAS, _FEWEST_SHARE * len(masked))
    occupied.reshape(-1)[left[enough]] = True
    return Hull(occupied, origin, spacing)


def _covered(held: Photograph, points: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whether each point is in the original picture, and whether on its mask.

    Beyond the crop lies background, unless the crop ends at the picture's own rim; there the
    person may go on, and nobody knows.
    """
    assert held.mask is not None
    pixels, depths = held.camera.project(points)
    height, width = held.mask.shape
    columns, rows = np.floor(pixels[:, 0]), np.floor(pixels[:, 1])
    within = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height) & (depths > 0)
    covered = np.zeros(len(points), bool)
    covered[within] = held.mask[rows[within].astype(int), columns[within].astype(int)] >= _SEEN
    left, top, right, bottom = held.cut
    unknown = (
        ((columns < 0) & left)
        | ((rows < 0) & top)
        | ((columns >= width) & right)
        | ((rows >= height) & bottom)
        | (depths <= 0)
    )
    return ~unknown, covered


def seen_colors(
    points: Array, normals: Array, photographs: Sequence[Photograph]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean colour [P, 3] of points in the pictures that they face, and its weight [P].

    Whether something stands before them is not asked: it is a start.
    """
    colors = np.zeros((len(points), 3))
    weights = np.zeros(len(points))
    for held in photographs:
        toward = normalize(held.camera.position - points)
        facing = np.clip(np.sum(toward * normals, axis=1) - 0.25, 0, 1) ** 2
        rows, columns, within = _pixels(held.camera, points)
        share = facing * within
        if held.mask is not None:
            share = share * (held.mask[rows, columns] / 255)
        colors += share[:, None] * held.image[rows, columns] / 255
        weights += share
    found = colors / np.maximum(weights, 1e-9)[:, None]
    return found.astype(np.float32), weights.astype(np.float32)


def _pixels(
    camera: Camera, points: Array
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the row and column of each point, clamped to the picture, and whether it is in it."""
    pixels, depths = camera.project(points)
    places = np.nan_to_num(np.floor(pixels), nan=-1.0, posinf=-1.0, neginf=-1.0)
    columns, rows = places[:, 0], places[:, 1]
    within = ((columns >= 0) & (columns < camera.width) & (rows >= 0) & (rows < camera.height)) & (
        depths > 0
    )
    return (
        np.clip(rows, 0, camera.height - 1).astype(np.int64),
        np.clip(columns, 0, camera.width - 1).astype(np.int64),
        within,
    )
