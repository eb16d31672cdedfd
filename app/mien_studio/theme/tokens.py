"""Design tokens: every colour, length and font size of the studio, in one place.

Lengths are logical pixels on a grid of four; Qt multiplies them by the screen's scale factor.
"""

from __future__ import annotations

from typing import Final

# Surfaces, dark to light. Panels lie on the window without a frame of their own.
WINDOW: Final = "#15171a"
VIEWPORT: Final = "#181a1e"
PANEL: Final = "#1b1e22"
RAISED: Final = "#22262b"
"""Fields, chips, cards and whatever else can be touched on a panel."""
HOVER: Final = "#2a2f36"
PRESSED: Final = "#323841"
TRACK: Final = "#2b2f35"
"""The empty part of a slider."""
SELECTION: Final = "#22324a"
"""Behind a chosen row: the accent, seen through the panel."""
OVERLAY: Final = "rgba(24, 27, 31, 222)"
"""Behind what floats on the picture."""

HAIRLINE: Final = "#2a2d33"
OUTLINE: Final = "#353a42"
"""Of controls; a little stronger than what separates surfaces."""

# Text, loud to quiet.
TEXT: Final = "#e6e8eb"
TEXT_SECONDARY: Final = "#b4b9c1"
TEXT_MUTED: Final = "#868d97"
TEXT_DISABLED: Final = "#565c65"
TEXT_ON_ACCENT: Final = "#ffffff"

# One accent, for what is selected or dragged.
ACCENT: Final = "#5aa9ff"
ACCENT_STRONG: Final = "#2f6fba"
"""Filled buttons and the chosen segment: white text on it reads at 5:1."""
ACCENT_HOVER: Final = "#3a7dcb"

# Meanings and curves.
GREEN: Final = "#5fc78a"
AMBER: Final = "#f0b04e"
RED: Final = "#f26d6d"
CURVES: Final = (GREEN, AMBER, ACCENT, "#c58af9", "#4fd1c5", "#f58fb5")

# Spacing, on the 4-pixel grid.
GRID: Final = 4
SPACE_XS: Final = 4
SPACE_S: Final = 8
SPACE_M: Final = 12
SPACE_L: Final = 16
SPACE_XL: Final = 24
ROW: Final = 24
"""Height of a slider or list row."""
CONTROL: Final = 28
"""Height of buttons and fields."""
RADIUS: Final = 4
RADIUS_L: Final = 8

# Type. No font ships: the first of these that the machine has is used.
FONT_FAMILIES: Final = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
FONT_SIZE: Final = 13
FONT_SIZE_SMALL: Final = 12
FONT_SIZE_CAPTION: Final = 11
"""Section titles: bold, letter-spaced capitals in TEXT_MUTED."""
FONT_SIZE_TITLE: Final = 18
