"""Distances from a surface on a grid of cells, in millimetres."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mien.rendering.cpu.compiling import device, serial_kernel

CELL_MM = 3.0
"""Edge of a cell; distances are interpolated between them."""

_SPACING_MM = 2.0


@device
def _parts(surface: Any, a: Any, b: Any, c: Any) -> int:
    """Return into how many parts the edges of a triangle are cut to keep to the spacing."""
    longest = 0.0
    for axis in range(3):
        longest = max(longest, abs(surface[b, axis] - surface[a, axis]))
        longest = max(longest, abs(surface[c, axis] - surface[a, axis]))
        longest = max(longest, abs(surface[c, axis] - surface[b, axis]))
    return max(1, math.ceil(longest / _SPACING_MM))


@serial_kernel
def sprinkle(surface: Any, normals: Any, faces: Any) -> Any:
    """Return points no further apart than the spacing on triangles, and the normals there."""
    count = 0
    for f in range(len(faces)):
        parts = _parts(surface, faces[f, 0], faces[f, 1], faces[f, 2])
        count += (parts + 1) * (parts + 2) // 2
    points = np.empty((count, 3), np.float32)
    facing = np.empty((count, 3), np.float32)
    at = 0
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        parts = _parts(surface, a, b, c)
        for i in range(parts + 1):
            for j in range(parts + 1 - i):
                u, v = i / parts, j / parts
                w = 1 - u - v
                for axis in range(3):
                    points[at, axis] = (
                        w * surface[a, axis] + u * surface[b, axis] + v * surface[c, axis]
                    )
                    facing[at, axis] = (
                        w * normals[a, axis] + u * normals[b, axis] + v * normals[c, axis]
                    )
                at += 1
    return points, facing


@device
def _squared(points: Any, index: Any, x: Any, y: Any, z: Any) -> Any:
    dx, dy, dz = points[index, 0] - x, points[index, 1] - y, points[index, 2] - z
    return dx * dx + dy * dy + dz * dz


@serial_kernel
def seed_cells(points: Any, low: Any, nearest: Any) -> None:
    """Give the eight cells around every point the nearest of the points that they hear of."""
    for p in range(len(points)):
        i = int((points[p, 0] - low[0]) / CELL_MM)
        j = int((points[p, 1] - low[1]) / CELL_MM)
        k = int((points[p, 2] - low[2]) / CELL_MM)
        for corner in range(8):
            a, b, c = i + (corner & 1), j + (corner >> 1 & 1), k + (corner >> 2)
            x, y, z = low[0] + a * CELL_MM, low[1] + b * CELL_MM, low[2] + c * CELL_MM
            known = nearest[a, b, c]
            if known < 0 or _squared(points, p, x, y, z) < _squared(points, known, x, y, z):
                nearest[a, b, c] = p


@device
def _ask(points: Any, nearest: Any, known: Any, i: int, j: int, k: int, x: Any, y: Any, z: Any):
    other = nearest[i, j, k]
    if other >= 0 and (
        known < 0 or _squared(points, other, x, y, z) < _squared(points, known, x, y, z)
    ):
        return other
    return known


@serial_kernel
def sweep_cells(points: Any, low: Any, nearest: Any) -> None:
    """Hand the nearest point on from cell to cell, there and back (Danielsson 1980)."""
    nx, ny, nz = nearest.shape
    for way in range(2):
        step = 1 if way == 0 else -1
        for a in range(nx):
            i = a if way == 0 else nx - 1 - a
            x = low[0] + i * CELL_MM
            for b in range(ny):
                j = b if way == 0 else ny - 1 - b
                y = low[1] + j * CELL_MM
                for c in range(nz):
                    k = c if way == 0 else nz - 1 - c
                    z = low[2] + k * CELL_MM
                    known = nearest[i, j, k]
                    if 0 <= i - step < nx:
                        known = _ask(points, nearest, known, i - step, j, k, x, y, z)
                    if 0 <= j - step < ny:
                        known = _ask(points, nearest, known, i, j - step, k, x, y, z)
                    if 0 <= k - step < nz:
                        known = _ask(points, nearest, known, i, j, k - step, x, y, z)
                    nearest[i, j, k] = known
                # A cell may hear of its nearest from the other end of its row as well.
                for c in range(nz - 2, -1, -1) if way == 0 else range(1, nz):
                    z = low[2] + c * CELL_MM
                    near = c + 1 if way == 0 else c - 1
                    nearest[i, j, c] = _ask(points, nearest, nearest[i, j, c], i, j, near, x, y, z)


@serial_kernel
def measure_cells(points: Any, facing: Any, low: Any, nearest: Any) -> Any:
    """Return every cell's distance, negative behind the point that is nearest to it."""
    distances = np.empty(nearest.shape, np.float32)
    for i in range(nearest.shape[0]):
        x = low[0] + i * CELL_MM
        for j in range(nearest.shape[1]):
            y = low[1] + j * CELL_MM
            for k in range(nearest.shape[2]):
                z = low[2] + k * CELL_MM
                p = nearest[i, j, k]
                outward = (
                    (x - points[p, 0]) * facing[p, 0]
                    + (y - points[p, 1]) * facing[p, 1]
                    + (z - points[p, 2]) * facing[p, 2]
                )
                distance = math.sqrt(_squared(points, p, x, y, z))
                distances[i, j, k] = distance if outward >= 0 else -distance
    return distances


@device
def distance_at(low: Any, distances: Any, x: Any, y: Any, z: Any) -> Any:
    """Return the distance at a point and its gradient, trilinear between cells."""
    nx, ny, nz = distances.shape
    fx = min(max((x - low[0]) / CELL_MM, 0.0), nx - 1.001)
    fy = min(max((y - low[1]) / CELL_MM, 0.0), ny - 1.001)
    fz = min(max((z - low[2]) / CELL_MM, 0.0), nz - 1.001)
    i, j, k = int(fx), int(fy), int(fz)
    u, v, w = fx - i, fy - j, fz - k
    a000, a001 = distances[i, j, k], distances[i, j, k + 1]
    a010, a011 = distances[i, j + 1, k], distances[i, j + 1, k + 1]
    a100, a101 = distances[i + 1, j, k], distances[i + 1, j, k + 1]
    a110, a111 = distances[i + 1, j + 1, k], distances[i + 1, j + 1, k + 1]
    b00, b01 = a000 + w * (a001 - a000), a010 + w * (a011 - a010)
    b10, b11 = a100 + w * (a101 - a100), a110 + w * (a111 - a110)
    c0, c1 = b00 + v * (b01 - b00), b10 + v * (b11 - b10)
    gx = c1 - c0
    gy = (1 - u) * (b01 - b00) + u * (b11 - b10)
    gz = (1 - u) * ((1 - v) * (a001 - a000) + v * (a011 - a010)) + u * (
        (1 - v) * (a101 - a100) + v * (a111 - a110)
    )
    length = math.sqrt(gx * gx + gy * gy + gz * gz) + 1e-9
    return c0 + u * (c1 - c0), gx / length, gy / length, gz / length


@serial_kernel
def look_up(low: Any, distances: Any, points: Any, heights: Any, away: Any) -> None:
    """Write the distances at points and the directions away from the surface."""
    for p in range(len(points)):
        height, x, y, z = distance_at(low, distances, points[p, 0], points[p, 1], points[p, 2])
        heights[p], away[p, 0], away[p, 1], away[p, 2] = height, x, y, z
