"""The projected Gaussian as the kernels keep it: one cache line of sixteen float32."""

from __future__ import annotations

X = 0
"""Centre in pixels."""
Y = 1
A = 2
"""Conic scaled by -log2(e)/2: the exponent of 2 is A dx^2 + B dx dy + C dy^2."""
B = 3
C = 4
LOG_OPACITY = 5
"""log2 of the opacity, compensation and gain included."""
DEPTH = 6
RED = 7
GREEN = 8
BLUE = 9
SLOPE_X = 10
"""-B / 2A: where along a row the exponent is greatest, per pixel of dy."""
SLOPE_Y = 11
"""-B / 2C: the same along a column."""
EXTENT_X = 12
"""Half the width in pixels of the ellipse on which alpha is 1/255."""
EXTENT_Y = 13
COMPENSATION = 14
"""sqrt(det before / det after the dilation) (Yu et al. 2024, Mip-Splatting)."""

RECORD = 16

CAMERA_SIZE = 26
"""Numbers of a packed camera: rotation 9, translation 3, fx fy cx cy, position 3, limits 4, near,
dilation, opacity gain."""
CAMERA_FX = 12
CAMERA_FY = 13
CAMERA_CX = 14
CAMERA_CY = 15
CAMERA_POSITION = 16
CAMERA_LIMITS = 19
CAMERA_NEAR = 23
CAMERA_DILATION = 24
CAMERA_GAIN = 25
