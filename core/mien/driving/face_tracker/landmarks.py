"""From a region of a picture to 478 points of the face, and from them to expressions.

The networks are MediaPipe's attention mesh (Grishchenko et al. 2020, arXiv:2006.10962) and
blendshape model (Grishchenko et al. 2022, "Blendshapes GHUM", arXiv:2309.05782).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.driving.face_tracker.crop import Square
from mien.driving.face_tracker.network import Network
from mien.template.arkit import ARKIT_NAMES

NUM_LANDMARKS = 478
COEFFICIENT_NAMES = tuple(name for name in ARKIT_NAMES if name != "tongueOut")
"""What the coefficients are [51]: all of ARKit's but the tongue, in ARKit's order."""

_INPUT = 256
_RIGHT_EYE_CORNER, _LEFT_EYE_CORNER = 33, 263
# The detector frames a face so that its square is this much larger than the box around the
# landmarks and this far below its middle (measured; 0.2 points of the box's size from person to
# person). Regions predicted from landmarks are framed likewise, because framing alone moves the
# coefficients: by 0.04 on average for a square an eighth larger.
_MARGIN, _DROP = 1.335, 0.09
_NO_NEUTRAL = slice(1, None)

# The points the blendshape network takes, in its order.
# fmt: off
_BLENDSHAPE_POINTS = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63,
    65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132,
    133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161,
    162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263,
    267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310,
    311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373,
    374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398,
    400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
])
# fmt: on


@dataclass(frozen=True, eq=False)
class FacePoints:
    """The points of a face in a picture.

    Args:
        pixels: x and y from the top left [478, 2].
        depths: Pixels too [478]; toward the camera negative, zero near the middle of the head.
        presence: How sure the network is that there is a face, 0..1.
    """

    pixels: NDArray[np.float64]
    depths: NDArray[np.float64]
    presence: float

    def normalized(self, size: tuple[int, int]) -> NDArray[np.float32]:
        """Return the points [478, 3]: x, y as fractions of width and height, z in widths."""
        scaled = np.column_stack([self.pixels / size, self.depths / size[0]])
        return scaled.astype(np.float32)

    def region(self) -> Square:
        """Return the square in which to look for this face in the next picture."""
        across = self.pixels[_LEFT_EYE_CORNER] - self.pixels[_RIGHT_EYE_CORNER]
        angle = math.atan2(across[1], across[0])
        cos, sin = math.cos(angle), math.sin(angle)
        upright = self.pixels @ np.array([[cos, -sin], [sin, cos]])
        low, high = upright.min(0), upright.max(0)
        size = float((high - low).max())
        x, y = (low + high) / 2 + [0, _DROP * size]
        return Square(cos * x - sin * y, sin * x + cos * y, size * _MARGIN, angle)


class FaceMesh:
    """Read faces out of regions.

    Args:
        landmarks: The bundle's landmark network.
        blendshapes: The bundle's blendshape network.
    """

    def __init__(self, landmarks: Network, blendshapes: Network) -> None:
        self._landmarks = landmarks
        self._blendshapes = blendshapes

    def points(self, image: NDArray[np.uint8], region: Square) -> FacePoints:
        """Return the points of the face in a region of a picture [H, W, 3]."""
        outputs = self._landmarks(region.crop(image, _INPUT, low=0.0, high=1.0))
        points = outputs[0].reshape(NUM_LANDMARKS, 3).astype(np.float64) / _INPUT
        logit = float(outputs[1].ravel()[0])
        presence = 1 / (1 + math.exp(-min(max(logit, -100.0), 100.0)))
        return FacePoints(region.to_picture(points[:, :2]), points[:, 2] * region.size, presence)

    def coefficients(self, points: FacePoints) -> NDArray[np.float32]:
        """Return the expression coefficients [51] of a face, in the order of COEFFICIENT_NAMES."""
        chosen = points.pixels[_BLENDSHAPE_POINTS].astype(np.float32)
        return self._blendshapes(chosen[None])[0][_NO_NEUTRAL].copy()
