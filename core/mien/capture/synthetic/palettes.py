"""The colours people come in: skin by its melanin, hair, irises, cloth. All sRGB 0..1."""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.person import Color

SKIN = (
    (0.00, (0.925, 0.775, 0.705)),
    (0.15, (0.895, 0.725, 0.640)),
    (0.30, (0.845, 0.660, 0.550)),
    (0.45, (0.765, 0.570, 0.450)),
    (0.60, (0.665, 0.468, 0.345)),
    (0.75, (0.545, 0.360, 0.256)),
    (0.88, (0.425, 0.270, 0.190)),
    (1.00, (0.325, 0.205, 0.148)),
)
"""Tone by melanin."""

LIPS = (
    (0.0, (0.800, 0.475, 0.455)),
    (0.3, (0.745, 0.430, 0.400)),
    (0.6, (0.600, 0.345, 0.310)),
    (1.0, (0.360, 0.205, 0.180)),
)

LIPSTICKS: tuple[Color, ...] = (
    (0.70, 0.34, 0.31), (0.62, 0.25, 0.25), (0.72, 0.42, 0.37), (0.64, 0.33, 0.31),
    (0.68, 0.38, 0.31),
)  # fmt: skip

HAIR: dict[str, tuple[Color, Color]] = {
    "black": ((0.060, 0.050, 0.048), (0.130, 0.110, 0.100)),
    "dark brown": ((0.115, 0.078, 0.058), (0.230, 0.158, 0.112)),
    "brown": ((0.205, 0.138, 0.092), (0.370, 0.255, 0.170)),
    "light brown": ((0.310, 0.220, 0.145), (0.500, 0.370, 0.250)),
    "dark blond": ((0.395, 0.318, 0.228), (0.600, 0.505, 0.380)),
    "blond": ((0.505, 0.425, 0.315), (0.735, 0.655, 0.525)),
    "copper": ((0.355, 0.155, 0.075), (0.640, 0.325, 0.160)),
    "auburn": ((0.235, 0.100, 0.062), (0.430, 0.200, 0.120)),
}
"""Colours of hair at root and tip."""

FAIR_HAIR = {
    "black": 0.03, "dark brown": 0.17, "brown": 0.22, "light brown": 0.17, "dark blond": 0.14,
    "blond": 0.11, "copper": 0.09, "auburn": 0.07,
}  # fmt: skip
"""How often Europeans have which; everybody else's is black or dark brown."""

IRISES: dict[str, Color] = {
    "dark brown": (0.215, 0.125, 0.075),
    "brown": (0.330, 0.200, 0.105),
    "hazel": (0.425, 0.330, 0.170),
    "green": (0.395, 0.465, 0.300),
    "grey": (0.430, 0.475, 0.495),
    "blue": (0.375, 0.460, 0.540),
}

FAIR_IRISES = {
    "dark brown": 0.10, "brown": 0.25, "hazel": 0.17, "green": 0.15, "grey": 0.12, "blue": 0.21,
}  # fmt: skip

CLOTH: dict[str, Color] = {
    "navy": (0.135, 0.180, 0.285), "slate": (0.330, 0.375, 0.425), "sage": (0.500, 0.560, 0.470),
    "oatmeal": (0.770, 0.715, 0.630), "burgundy": (0.380, 0.125, 0.160),
    "mustard": (0.735, 0.545, 0.215), "cream": (0.880, 0.850, 0.780),
    "charcoal": (0.180, 0.185, 0.195), "teal": (0.115, 0.345, 0.365), "rust": (0.600, 0.285, 0.175),
    "denim": (0.290, 0.395, 0.525), "white": (0.900, 0.900, 0.890), "plum": (0.345, 0.220, 0.340),
    "forest": (0.150, 0.270, 0.205), "rose": (0.760, 0.520, 0.510), "sky": (0.620, 0.715, 0.800),
}  # fmt: skip


def along(ramp: tuple[tuple[float, Color], ...], place: float) -> Color:
    """Return the colour of a ramp at a place between its stops."""
    stops = [stop for stop, _ in ramp]
    red, green, blue = (
        float(np.interp(place, stops, [color[k] for _, color in ramp])) for k in range(3)
    )
    return red, green, blue


def mixed(one: Color, other: Color, share: float) -> Color:
    """Return a colour with a share of another in it, 0..1."""
    return (
        one[0] + share * (other[0] - one[0]),
        one[1] + share * (other[1] - one[1]),
        one[2] + share * (other[2] - one[2]),
    )
