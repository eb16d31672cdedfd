"""An eyeball: a sphere that stays behind the lids, with a cornea set into its front."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RADIUS_MM = 15.05
"""Of MakeHuman's average eye, which its lids lie on; a living one has 12. What follows is true."""

CORNEA_MM = 8.0
"""The cornea's own radius of curvature (7.8 on average)."""

LIMBUS_MM = 5.85
"""Half the cornea's width."""

SCLERA_MM = 13.9
"""The ball's radius round the cornea: so much smaller that the cornea stays under the lids."""

SULCUS_DEGREES = (26.0, 72.0)
"""Between these polar angles the ball grows from SCLERA_MM to RADIUS_MM."""

SEGMENTS = 44
POLAR_DEGREES = np.concatenate(
    [np.linspace(0, 22, 10)[1:], [23.6, 24.8, 26, 27.6, 30, 33.5, 38, 43, 48.5, 54.5, 61, 68],
     np.linspace(76, 180, 9)[:-1]]
)  # fmt: skip


def profile(polar: Array) -> Array:
    """Return the distance from the centre, in RADIUS_MM, at polar angles [n] from the axis."""
    start, stop = np.radians(SULCUS_DEGREES)
    share = np.clip((polar - start) / (stop - start), 0, 1)
    sclera = SCLERA_MM + (RADIUS_MM - SCLERA_MM) * share**2 * (3 - 2 * share)
    middle = np.sqrt(SCLERA_MM**2 - LIMBUS_MM**2) - np.sqrt(CORNEA_MM**2 - LIMBUS_MM**2)
    beside = np.minimum(middle * np.sin(polar), CORNEA_MM)
    cornea = middle * np.cos(polar) + np.sqrt(CORNEA_MM**2 - beside**2)
    # A soft maximum: the limbus is a groove, not a crease.
    return 0.1 * np.logaddexp(cornea / 0.1, sclera / 0.1) / RADIUS_MM


def eyeball() -> tuple[Array, tuple[NDArray[np.int64], NDArray[np.int64]], Array]:
    """Return places [n, 3] in eye radii from the centre, (faces, uv faces) and uvs; front at +Z."""
    polar = np.radians(POLAR_DEGREES)
    angles = 2 * np.pi * np.arange(SEGMENTS) / SEGMENTS
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rings = [np.c_[np.sin(p) * ring, np.full(SEGMENTS, np.cos(p))] for p in polar]
    distance = profile(np.r_[0.0, np.repeat(polar, SEGMENTS), np.pi])
    places = np.concatenate([[[0.0, 0.0, 1.0]], *rings, [[0.0, 0.0, -1.0]]]) * distance[:, None]
    # The map: azimuthal, its area mostly the visible front; the back pole is spread over a circle.
    radius = 0.5 * (polar / np.pi) ** 0.8
    half = np.pi / SEGMENTS
    outer = 0.5 * np.c_[np.cos(angles + half), np.sin(angles + half)]
    uvs = np.concatenate([[[0.0, 0.0]], *[r * ring for r in radius], outer]) + 0.5
    faces, uv_faces = [], []
    back, num_rings = len(places) - 1, len(polar)
    for k in range(SEGMENTS):
        n = (k + 1) % SEGMENTS
        faces.append((0, 1 + k, 1 + n))
        uv_faces.append(faces[-1])
        for r in range(num_rings - 1):
            a, b = 1 + r * SEGMENTS + k, 1 + r * SEGMENTS + n
            c, d = a + SEGMENTS, b + SEGMENTS
            faces += [(a, c, d), (a, d, b)]
            uv_faces += faces[-2:]
        last = 1 + (num_rings - 1) * SEGMENTS
        faces.append((last + k, back, last + n))
        uv_faces.append((last + k, back + k, last + n))
    return places, (np.array(faces), np.array(uv_faces)), uvs
