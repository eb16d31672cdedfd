"""A person who never lived, in numbers: everything a painter, a hairdresser and a tailor need.

Colours are sRGB 0..1; amounts are 0..1 unless a unit is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mien.image import linear_from_srgb

Color = tuple[float, float, float]

_XYZ_FROM_LINEAR = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
"""Of sRGB's primaries (IEC 61966-2-1); its rows sum to the white point, D65."""


@dataclass(frozen=True)
class Skin:
    """What skin looks like. Melanin is 0 for the fairest and 1 for the darkest."""

    tone: Color
    lips: Color
    melanin: float = 0.2
    redness: float = 0.5
    freckles: float = 0.0
    moles: int = 0
    mottling: float = 0.5
    wrinkles: float = 0.0
    spots: float = 0.0
    shine: float = 0.5
    liner: float = 0.0
    lip_paint: float = 0.0
    blush: float = 0.0


@dataclass(frozen=True)
class Eyes:
    """The eyeballs."""

    iris: Color
    rim: float = 0.5
    veins: float = 0.3


@dataclass(frozen=True)
class Hair:
    """A style and how it is worn; lengths in millimetres."""

    style: str
    root: Color
    tip: Color
    length_mm: float = 120.0
    volume: float = 0.5
    wave: float = 0.3
    parting_mm: float = 15.0
    recede_mm: float = 0.0
    grey: float = 0.0
    shine: float = 1.0


@dataclass(frozen=True)
class Brows:
    """Thickness is a factor; raise and arch in millimetres beyond the usual."""

    color: Color
    thickness: float = 1.0
    raise_mm: float = 0.0
    arch_mm: float = 0.0
    density: float = 1.0


@dataclass(frozen=True)
class Lashes:
    """Factors on the usual."""

    length: float = 1.0
    density: float = 1.0


@dataclass(frozen=True)
class Beard:
    """Stubble is painted, a beard has strands of a length; `style` says where it grows."""

    style: str = "none"
    stubble: float = 0.0
    length_mm: float = 0.0
    color: Color = (0.1, 0.08, 0.07)
    grey: float = 0.0


@dataclass(frozen=True)
class Garment:
    """What covers the shoulders."""

    neckline: str
    color: Color
    trim: Color
    pattern: str = "plain"


@dataclass(frozen=True, eq=False)
class Person:
    """Everything that makes one; two with equal fields look the same to the pixel.

    Args:
        seed: What every grain, freckle and strand is drawn from.
        identity: Shape coefficients of the template [d].
        age_years: Adults.
        masculinity: 0 female .. 1 male features.
        ancestry: Shares of African, Asian and European features, summing to one.
        heaviness: -1 thin .. 1 heavy.
        rest: Expression weights that a rested face keeps, by ARKit name: part of the shape.
    """

    seed: int
    identity: NDArray[np.float32]
    age_years: float
    masculinity: float
    ancestry: tuple[float, float, float]
    heaviness: float
    skin: Skin
    eyes: Eyes
    hair: Hair
    brows: Brows
    lashes: Lashes
    beard: Beard
    garment: Garment
    rest: Mapping[str, float] = field(default_factory=lambda: dict[str, float]())

    def attributes(self) -> dict[str, str | float | int | bool]:
        """Return who they are in plain values, as captures record it."""
        african, asian, european = self.ancestry
        return {
            "seed": self.seed,
            "age_years": round(self.age_years, 1),
            "masculinity": round(self.masculinity, 3),
            "heaviness": round(self.heaviness, 3),
            "african": round(african, 3),
            "asian": round(asian, 3),
            "european": round(european, 3),
            "melanin": round(self.skin.melanin, 3),
            "skin_tone": _hex(self.skin.tone),
            "skin_ita_degrees": round(typology_angle(self.skin.tone), 1),
            "freckles": round(self.skin.freckles, 3),
            "wrinkles": round(self.skin.wrinkles, 3),
            "eye_color": _hex(self.eyes.iris),
            "hair_style": self.hair.style,
            "hair_length_mm": round(self.hair.length_mm, 1),
            "hair_color": _hex(self.hair.root),
            "hair_grey": round(self.hair.grey, 3),
            "beard_style": self.beard.style,
            "beard_length_mm": round(self.beard.length_mm, 1),
            "stubble": round(self.beard.stubble, 3),
            "neckline": self.garment.neckline,
            "garment_color": _hex(self.garment.color),
            "garment_pattern": self.garment.pattern,
        }


def typology_angle(tone: Color) -> float:
    """Return the individual typology angle of a skin tone, degrees (Chardon et al. 1991).

    Above 55 is very light, 28 to 41 intermediate, under -30 dark.
    """
    linear = linear_from_srgb(np.array(tone, np.float32)).astype(np.float64)
    _, y, z = np.cbrt(_XYZ_FROM_LINEAR @ linear / _XYZ_FROM_LINEAR.sum(axis=1))
    return float(np.degrees(np.arctan2(116 * y - 16 - 50, 200 * (y - z))))


def _hex(color: Color) -> str:
    """Return a colour as `#rrggbb`."""
    return "#" + "".join(f"{round(255 * min(max(value, 0), 1)):02x}" for value in color)
