"""Where the scalp's hair ends: forehead, temples, sideburns, around the ears and at the nape.

Places are millimetres on the neutral template, so that paint under the hair can ask as well.
"""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.paint.noise import smoothstep, value_noise
from mien.transforms import Array

_EDGE = np.array(
    [
        (0, 70.0), (14, 70.0), (25, 67.5), (33, 60), (40, 49), (46, 36), (51, 22), (55, 4),
        (59, -14), (65.5, -15), (69, 4), (73, 14), (83, 16), (95, 11), (103, -10), (112, -34),
        (122, -54), (145, -66), (180, -72),
    ]
)  # fmt: skip
"""Height of the edge by the angle in degrees from the front to the back of the head."""


def edge_height(angle_deg: Array, recede_mm: float = 0.0) -> Array:
    """Return the height of the hairline [..], millimetres, at angles from the front.

    Args:
        angle_deg: 0 in the middle of the forehead, 180 at the nape.
        recede_mm: How far it has withdrawn, most at the temples.
    """
    withdrawn = recede_mm * np.interp(angle_deg, [0, 14, 30, 42, 52], [0.55, 0.6, 1.25, 0.75, 0])
    return np.interp(angle_deg, _EDGE[:, 0], _EDGE[:, 1]) + withdrawn


def hair_density(mm: Array, ears: Array, recede_mm: float = 0.0, *, soft_mm: float = 9.0) -> Array:
    """Return how densely hair grows at places [M, 3]: 0 outside the hairline, 1 well inside.

    Args:
        mm: Places on the neutral template, millimetres.
        ears: How much they belong to an ear [M].
        recede_mm: How far the hairline has withdrawn; from about 25 on the crown thins as well.
        soft_mm: Width of the sparse edge.
    """
    angle = np.degrees(np.arctan2(np.abs(mm[:, 0]), mm[:, 2] + 20))
    ragged = 3.2 * value_noise(mm / 1000, 260, 501) + 2.2 * value_noise(mm / 1000, 800, 502)
    inside = mm[:, 1] - edge_height(angle, recede_mm) - ragged
    density = smoothstep(-0.35 * soft_mm, 0.65 * soft_mm, inside)
    if recede_mm > 25:
        crown = (mm - [0, 92, -48]) / [52, 40, 56]
        bare = smoothstep(1.15, 0.7, np.linalg.norm(crown, axis=1))
        density = density * (1 - smoothstep(25, 60, np.float64(recede_mm)) * bare)
    return density * smoothstep(0.45, 0.12, ears)
