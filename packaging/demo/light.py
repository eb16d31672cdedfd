"""Baked light: a softbox studio, occluded by the head itself and by its hair."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Array = NDArray[np.float64]

NUM_DIRECTIONS = 72
DEPTH_SIZE = 320
VOXEL = 0.005
"""Edge of a cell of the hair's density, metres."""


def directions() -> Array:
    """Return evenly spread unit vectors [K, 3] (Fibonacci sphere)."""
    k = np.arange(NUM_DIRECTIONS) + 0.5
    polar = np.arccos(1 - 2 * k / NUM_DIRECTIONS)
    turn = np.pi * (1 + 5**0.5) * k
    return np.stack(
        [np.cos(turn) * np.sin(polar), np.cos(polar), np.sin(turn) * np.sin(polar)], axis=1
    )


def _lobe(towards: tuple[float, float, float], sharpness: float) -> Array:
    axis = np.array(towards) / np.linalg.norm(towards)
    return np.exp(sharpness * (directions() @ axis - 1))


def studio() -> Array:
    """Return the radiance [K, 3] of the studio from each of `directions`, linear RGB.

    A large warm key from above the camera's left, a cool fill from its right, two rims from behind
    and a soft room around it all: mild enough to stay plausible when the head turns with it.
    """
    up = directions()[:, 1:2]
    room = np.interp(up, [-1, -0.2, 0.5, 1], [0.17, 0.24, 0.35, 0.45]) * np.array(
        [0.97, 0.99, 1.04]
    )
    key = _lobe((-0.55, 0.62, 0.95), 6.0)[:, None] * np.array([2.60, 2.36, 2.10])
    fill = _lobe((0.85, 0.15, 0.75), 3.5)[:, None] * np.array([0.50, 0.54, 0.60])
    rim = _lobe((0.85, 0.45, -0.8), 7.0)[:, None] * np.array([0.95, 0.98, 1.05])
    other = _lobe((-0.95, 0.3, -0.75), 7.0)[:, None] * np.array([0.45, 0.48, 0.55])
    return room + key + fill + rim + other


@dataclass(frozen=True, eq=False)
class Shadows:
    """What stands in the way of the light: a surface and the density of the hair.

    Args:
        surface: Vertices [V, 3] and triangles [F, 3] that cast shadows.
        strands: Centres of the hair's Gaussians [H, 3] that cast shadows.
        weight: How much each of them does [H]; about 1 for a solid tuft.
    """

    points: Array
    faces: NDArray[np.int64]
    strands: Array
    weight: Array
    _maps: dict[bytes, tuple[Array, Array, float, Array]] = field(default_factory=dict, repr=False)

    def visibility(self, places: Array, normals: Array, *, hair_gain: float = 1.0) -> Array:
        """Return how much of each direction's light reaches places [P, 3]: [K, P], 0..1."""
        low = np.minimum(self.points.min(axis=0), places.min(axis=0)) - 0.02
        high = np.maximum(self.points.max(axis=0), places.max(axis=0)) + 0.02
        grid = self._hair_grid(low, high)
        start = places + 0.0015 * normals
        return np.stack([self._from(axis, start, grid, low, hair_gain) for axis in directions()])

    def _hair_grid(self, low: Array, high: Array) -> Array:
        shape = np.ceil((high - low) / VOXEL).astype(int) + 1
        grid = np.zeros(shape)
        if len(self.strands):
            cells = np.floor((self.strands - low) / VOXEL).astype(int)
            inside = ((cells >= 0) & (cells < shape)).all(axis=1)
            np.add.at(grid, tuple(cells[inside].T), self.weight[inside])
            # Where strands converge they share their room: no place is fuller than full.
            grid = np.minimum(grid, 1.0)
            for axis in range(3):
                grid = 0.5 * grid + 0.25 * (np.roll(grid, 1, axis) + np.roll(grid, -1, axis))
        return grid

    def _from(self, axis: Array, start: Array, grid: Array, low: Array, hair_gain: float) -> Array:
        turn, centre, scale, depth = self._depth_map(axis)
        shift = np.array([DEPTH_SIZE / 2, DEPTH_SIZE / 2, 0])
        gain = np.array([scale, scale, 1.0])
        seen = _compare((start @ turn.T - centre) * gain + shift, depth, 0.0028)
        return seen * _through(start, axis, grid, low, hair_gain)

    def _depth_map(self, axis: Array) -> tuple[Array, Array, float, Array]:
        """Draw the surface as seen from far along an axis; once for each axis."""
        key = axis.tobytes()
        if key in self._maps:
            return self._maps[key]
        side = np.cross(axis, [0.0, 1.0, 0.0] if abs(axis[1]) < 0.9 else [1.0, 0.0, 0.0])
        side /= np.linalg.norm(side)
        over = np.cross(side, axis)
        turn = np.stack([side, over, -axis])
        flat = self.points @ turn.T
        centre = 0.5 * (flat.min(axis=0) + flat.max(axis=0))
        scale = DEPTH_SIZE / (np.ptp(flat[:, :2], axis=0).max() * 1.04)
        shift = np.array([DEPTH_SIZE / 2, DEPTH_SIZE / 2, 0])
        gain = np.array([scale, scale, 1.0])
        depth = np.full((DEPTH_SIZE, DEPTH_SIZE), np.inf)
        _draw_depth((flat - centre) * gain + shift, self.faces, depth)
        self._maps[key] = turn, centre, scale, depth
        return self._maps[key]


@njit(cache=True)
def _draw_depth(places, faces, depth):
    height, width = depth.shape
    for t in range(faces.shape[0]):
        x0, y0, z0 = places[faces[t, 0]]
        x1, y1, z1 = places[faces[t, 1]]
        x2, y2, z2 = places[faces[t, 2]]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-12:
            continue
        for row in range(max(0, int(min(y0, y1, y2))), min(height - 1, int(max(y0, y1, y2))) + 1):
            for column in range(
                max(0, int(min(x0, x1, x2))), min(width - 1, int(max(x0, x1, x2))) + 1
            ):
                x, y = column + 0.5, row + 0.5
                b = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
                c = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
                if b < -1e-9 or c < -1e-9 or b + c > 1 + 1e-9:
                    continue
                z = z0 + b * (z1 - z0) + c * (z2 - z0)
                depth[row, column] = min(depth[row, column], z)


@njit(cache=True, parallel=True)
def _compare(places, depth, slack):
    """Percentage-closer filtering over 3 x 3 texels."""
    height, width = depth.shape
    seen = np.zeros(len(places))
    for n in prange(len(places)):
        column, row = int(places[n, 0]), int(places[n, 1])
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                r = min(max(row + dy, 0), height - 1)
                c = min(max(column + dx, 0), width - 1)
                if places[n, 2] - slack <= depth[r, c]:
                    seen[n] += 1 / 9
    return seen


@njit(cache=True, parallel=True)
def _through(start, axis, grid, low, gain):
    """Beer-Lambert through the hair, one step a cell."""
    clear = np.ones(len(start))
    nx, ny, nz = grid.shape
    for n in prange(len(start)):
        thick = 0.0
        for step in range(1, 44):
            x = int((start[n, 0] + axis[0] * VOXEL * step - low[0]) / VOXEL)
            y = int((start[n, 1] + axis[1] * VOXEL * step - low[1]) / VOXEL)
            z = int((start[n, 2] + axis[2] * VOXEL * step - low[2]) / VOXEL)
            if x < 0 or y < 0 or z < 0 or x >= nx or y >= ny or z >= nz:
                break
            thick += grid[x, y, z]
        clear[n] = np.exp(-gain * thick)
    return clear


def diffuse(normals: Array, visibility: Array, wrap: Array) -> Array:
    """Return irradiance / pi [P, 3] on skin: light wraps round it by `wrap` [3] per channel."""
    cosine = normals @ directions().T
    bent = np.clip((cosine[..., None] + wrap) / (1 + wrap) ** 2, 0, None)
    weighted = bent * visibility.T[..., None] * studio()[None]
    return weighted.sum(axis=1) * (4 / NUM_DIRECTIONS)


def gloss(normals: Array, visibility: Array, view: Array, sharpness: float) -> Array:
    """Return the sheen [P, 3] seen from directions `view` [P, 3] (Blinn-Phong, normalised)."""
    total = np.zeros((len(normals), 3))
    for axis, radiance, seen in zip(directions(), studio(), visibility, strict=True):
        half = view + axis
        half /= np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-9)
        cosine = np.clip((half * normals).sum(axis=1), 0, 1)
        facing = np.clip(normals @ axis, 0, 1)
        lobe = (sharpness + 8) / 8 * cosine**sharpness * facing * seen
        total += lobe[:, None] * radiance
    return total * (4 / NUM_DIRECTIONS)


def hair_light(tangents: Array, visibility: Array, albedo: Array, shine: float) -> Array:
    """Return the colour [P, 3] of hair along unit tangents [P, 3] (Kajiya & Kay 1989).

    The highlight is made for a camera in front; a second one takes the hair's own colour and sits
    a little toward the roots (Marschner et al. 2003).
    """
    view = np.array([0.0, 0.1, 1.0]) / np.sqrt(1.01)
    along_view = tangents @ view
    across_view = np.sqrt(np.clip(1 - along_view**2, 0, 1))
    total = np.zeros_like(albedo)
    for axis, radiance, seen in zip(directions(), studio(), visibility, strict=True):
        along = tangents @ axis
        across = np.sqrt(np.clip(1 - along**2, 0, 1))
        body = 0.75 * across
        white = np.clip(across * across_view - along * along_view, 0, 1) ** 40
        tinted = np.clip(across * across_view - (along - 0.12) * along_view, 0, 1) ** 10
        glow = shine * (0.035 * white[:, None] + 1.1 * albedo * tinted[:, None])
        total += (seen[:, None] * radiance) * (albedo * body[:, None] + glow)
    return total * (4 / NUM_DIRECTIONS)


def to_display(linear: Array) -> Array:
    """Return sRGB [.., 3] 0..1 of linear light, with a soft shoulder for the highlights."""
    x = np.clip(linear, 0, None)
    x = np.where(x < 0.6, x, 0.6 + 0.4 * (1 - np.exp(-(x - 0.6) / 0.4)))
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)


def to_linear(srgb: Array | tuple[float, ...]) -> Array:
    """Return linear light of sRGB colours 0..1."""
    x = np.asarray(srgb, np.float64)
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
