"""The light people are filmed in: lamps far away and the glow of everything around, fixed to the
world.

All colours are linear light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.errors import MienError
from mien.transforms import Array, normalize

Color = tuple[float, float, float]

MAX_LAMPS = 4
"""How many lamps a light has at most: as many as fit one vector of a vertex."""


SMALL = 12.0
"""The largest lamp, degrees, whose shadows have edges."""


@dataclass(frozen=True)
class Lamp:
    """A panel that shines from a direction.

    Args:
        toward: From the head to its middle; any length.
        color: What a white wall that faces it reflects.
        width: Across, seen from the head, degrees.
        height: Upward, degrees.
    """

    toward: Color
    color: Color
    width: float = 30.0
    height: float = 30.0

    @property
    def is_small(self) -> bool:
        """Whether its shadows have edges to be drawn; those of larger lamps are gathered."""
        return max(self.width, self.height) <= SMALL

    def axes(self) -> Array:
        """Return unit vectors [3, 3]: to the panel's right, its top and its middle."""
        middle = normalize(np.array(self.toward))
        helper = np.array([0.0, 1.0, 0.0]) if abs(middle[1]) < 0.95 else np.array([0.0, 0.0, -1.0])
        right = normalize(np.cross(helper, middle))
        return np.stack([right, np.cross(middle, right), middle])

    def half_sizes(self) -> Array:
        """Return the tangents [2] of the angles from its middle to its sides and to its top."""
        return np.tan(np.radians([0.5 * self.width, 0.5 * self.height]))

    def points(self, count: int) -> Array:
        """Return unit vectors [count, 3] toward places spread evenly over the panel."""
        # The additive recurrence of the plastic number (Roberts 2018).
        steps = np.outer(np.arange(1, count + 1), [0.7548776662, 0.5698402910]) % 1 * 2 - 1
        right, top, middle = self.axes()
        wide, high = self.half_sizes() if count > 1 else (0.0, 0.0)
        return normalize(
            middle + np.outer(steps[:, 0] * wide, right) + np.outer(steps[:, 1] * high, top)
        )

    def radiance(self) -> Array:
        """Return how bright it looks [3] to who stands before it."""
        wide, high = self.half_sizes()
        solid = 4 * np.arctan(wide * high / np.sqrt(1 + wide**2 + high**2))
        return np.pi * np.array(self.color) / solid


@dataclass(frozen=True)
class Light:
    """Everything that shines.

    Args:
        name: What commands call it.
        description: One line.
        zenith: Radiance from straight above.
        horizon: From all around.
        nadir: From below.
        lamps: The first one casts the shadows with the sharpest edges.
        exposure: Factor of the camera on all light.
    """

    name: str
    description: str
    zenith: Color
    horizon: Color
    nadir: Color
    lamps: tuple[Lamp, ...]
    exposure: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.lamps) <= MAX_LAMPS:
            raise ValueError(f"a light has one to {MAX_LAMPS} lamps, got {len(self.lamps)}")

    def surround(self, directions: Array) -> Array:
        """Return the radiance [K, 3] without lamps from unit directions [K, 3]."""
        up = directions[:, 1:2]
        zenith, horizon, nadir = (np.array(c) for c in (self.zenith, self.horizon, self.nadir))
        return horizon + np.where(up > 0, up * (zenith - horizon), -up * (nadir - horizon))


_LIGHTS: Sequence[Light] = (
    Light(
        "studio",
        "soft panels all round, as on a capture stage",
        zenith=(0.46, 0.465, 0.48),
        horizon=(0.33, 0.33, 0.335),
        nadir=(0.20, 0.19, 0.18),
        lamps=(
            Lamp((-0.62, 0.62, 0.90), (0.62, 0.61, 0.595), 36, 36),
            Lamp((0.80, 0.25, 0.75), (0.17, 0.175, 0.18), 36, 44),
            Lamp((0.75, 0.45, -0.85), (0.30, 0.30, 0.305), 30, 44),
            Lamp((-0.85, 0.40, -0.80), (0.26, 0.26, 0.265), 30, 44),
        ),
        exposure=1.12,
    ),
    Light(
        "window",
        "a tall window at the person's left in a bright room",
        zenith=(0.20, 0.20, 0.20),
        horizon=(0.17, 0.165, 0.16),
        nadir=(0.11, 0.10, 0.09),
        lamps=(
            Lamp((0.95, 0.25, 0.55), (0.95, 0.98, 1.04), 34, 52),
            Lamp((-0.9, 0.15, 0.35), (0.11, 0.105, 0.10), 50, 50),
            Lamp((-0.4, 0.5, -0.9), (0.14, 0.14, 0.145), 30, 30),
        ),
    ),
    Light(
        "sunset",
        "a low warm sun and a blue sky",
        zenith=(0.20, 0.29, 0.46),
        horizon=(0.34, 0.29, 0.27),
        nadir=(0.13, 0.105, 0.09),
        lamps=(
            Lamp((-0.80, 0.28, 0.62), (1.05, 0.66, 0.36), 5, 5),
            Lamp((0.70, 0.30, -0.80), (0.30, 0.33, 0.42), 50, 40),
        ),
    ),
    Light(
        "ring",
        "a large lamp around the lens",
        zenith=(0.16, 0.16, 0.165),
        horizon=(0.17, 0.17, 0.17),
        nadir=(0.13, 0.13, 0.13),
        lamps=(
            Lamp((0.0, 0.10, 1.0), (0.72, 0.71, 0.70), 24, 24),
            Lamp((0.9, 0.35, -0.75), (0.30, 0.30, 0.31), 24, 40),
            Lamp((-0.9, 0.35, -0.75), (0.30, 0.30, 0.31), 24, 40),
        ),
    ),
    Light(
        "hard",
        "one small lamp from above and the side, little else",
        zenith=(0.085, 0.085, 0.09),
        horizon=(0.085, 0.085, 0.085),
        nadir=(0.06, 0.057, 0.055),
        lamps=(
            Lamp((-0.62, 0.62, 0.85), (1.05, 1.02, 0.98), 4, 4),
            Lamp((0.85, 0.30, -0.85), (0.35, 0.37, 0.40), 16, 30),
        ),
    ),
)

LIGHTS: dict[str, Light] = {light.name: light for light in _LIGHTS}
"""The lights people are filmed in, by name."""


def light_named(name: str) -> Light:
    """Return a light by name.

    Raises:
        MienError: There is none of this name.
    """
    if name not in LIGHTS:
        raise MienError(f"no light {name!r}", hint=f"Choose one of {', '.join(LIGHTS)}")
    return LIGHTS[name]
