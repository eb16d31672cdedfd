"""Where things are on the face of the neutral template, in millimetres: every face has them there.

Origin in the middle of the head, x to the person's left, y up, z forward. Lines and spots are given
for the left half and mean both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.paint.noise import smoothstep, value_noise

Floats = NDArray[np.floating[Any]]

EYE = (28.8, 0.9, 62.3)
MOUTH_Y = -66.8

HAIRLINE = (
    (0, 69), (15, 68.5), (27, 65.5), (36, 57), (44, 43), (50, 26), (55, 6), (60, -12), (66, -12),
    (70, 12), (82, 15), (95, 10), (104, -14), (120, -46), (145, -64), (180, -68),
)  # fmt: skip
"""Height of the hair's edge, millimetres, by the angle in degrees from the front to the back."""


def scalp(mm: Floats, ears: Floats, recede_mm: float = 0.0) -> Floats:
    """Return how far inside the hairline places [M, 3] are, 0..1 over a centimetre.

    Args:
        mm: Places on the template.
        ears: The mask of the ears there [M].
        recede_mm: How far the hairline has moved up, most at the temples.
    """
    angle = np.degrees(np.arctan2(np.abs(mm[:, 0]), mm[:, 2] + 20))
    table = np.array(HAIRLINE, float)
    ragged = 2.2 * value_noise(mm, 0.35, 501) + 1.5 * value_noise(mm, 1.1, 502)
    edge = np.interp(angle, table[:, 0], table[:, 1]) + ragged
    edge += recede_mm * np.interp(angle, [0, 20, 33, 50], [1, 0.7, 1.2, 0])
    return smoothstep(-4, 5, mm[:, 1] - edge) * (1 - smoothstep(0.1, 0.4, ears))


def blob(
    mm: Floats, centre: tuple[float, float, float], radius: tuple[float, float, float]
) -> Floats:
    """Return a soft spot [M] of places [M, 3], on both sides of the face."""
    across = (np.abs(mm[:, 0]) - centre[0]) / radius[0]
    upward = (mm[:, 1] - centre[1]) / radius[1]
    forward = (mm[:, 2] - centre[2]) / radius[2]
    return np.exp(-(across**2 + upward**2 + forward**2))


def beard_area(mm: Floats, clear: Floats) -> Floats:
    """Return where a beard grows [M], 0..1: jaw, chin, upper lip and a little of the neck.

    Args:
        mm: Places [M, 3].
        clear: How much hair stays away from them [M]: lips, the mouth, cloth.
    """
    x, y, z = np.abs(mm[:, 0]), mm[:, 1], mm[:, 2]
    top = np.interp(x, [0, 18, 30, 45, 56, 66], [-82, -72, -60, -50, -34, -8])
    bottom = np.interp(z, [20, 60, 80], [-92, -112, -116])
    area = smoothstep(3, -4, y - top) * smoothstep(-6, 6, y - bottom) * smoothstep(2, 12, z)
    moustache = smoothstep(-49, -53, y) * smoothstep(-64, -60, y) * smoothstep(27, 21, x) * (z > 60)
    sides = smoothstep(19, 23, x) * smoothstep(34, 29, x) * smoothstep(-54, -60, y) * (z > 50)
    area = np.maximum(area, np.maximum(moustache, 0.9 * sides))
    soul = np.exp(-((x / 9) ** 2)) * smoothstep(-78, -81, y) * (z > 60)
    area = np.maximum(area * (1 - 0.6 * blob(mm, (13, -83, 85), (6, 4, 20))), soul)
    return np.clip(area * (1 - np.clip(2 * clear, 0, 1)), 0, 1)
