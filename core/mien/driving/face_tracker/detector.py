"""Find faces in a picture: BlazeFace, short range (Bazarevsky et al. 2019, arXiv:1907.05047)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.driving.face_tracker.crop import Square
from mien.driving.face_tracker.network import Network

_INPUT = 128
_GRIDS = ((16, 2), (8, 6))  # cells along a side, anchors in each: strides 8 and three times 16
_OVERLAP = 0.3
_MARGIN = 1.5
_RIGHT_EYE, _LEFT_EYE = 0, 1


@dataclass(frozen=True)
class Detection:
    """A face that was found.

    Args:
        region: Where the landmark network should look.
        score: 0..1.
    """

    region: Square
    score: float


class FaceDetector:
    """Detect faces from a few decimetres to about two metres away.

    Args:
        network: The bundle's detector.
        threshold: Scores below it are no face.
    """

    def __init__(self, network: Network, *, threshold: float) -> None:
        self._network = network
        self._anchors = _anchors()
        # The scores come as logits; comparing there spares 896 exponentials.
        self._threshold = math.log(threshold / (1 - threshold))

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Return the faces in a picture [H, W, 3], the surest first."""
        height, width = image.shape[:2]
        whole = Square(width / 2, height / 2, max(width, height))
        regressors, logits = self._network(whole.crop(image, _INPUT, low=-1.0, high=1.0))
        logits = logits[0, :, 0].astype(np.float64)
        found = np.flatnonzero(logits >= self._threshold)
        found = found[np.argsort(-logits[found], kind="stable")]
        scores = 1 / (1 + np.exp(-np.clip(logits[found], -100, 100)))
        values = regressors[0, found].astype(np.float64).reshape(-1, 8, 2) / _INPUT
        # Each anchor gives a centre, a size and six key points: corners first, then key points.
        centres = values[:, 0] + self._anchors[found]
        half = values[:, 1] / 2
        keypoints = values[:, 2:] + self._anchors[found][:, None]
        points = np.concatenate([np.stack([centres - half, centres + half], 1), keypoints], 1)
        return [_detection(face, score, whole) for face, score in _merge(points, scores)]


def _detection(points: NDArray[np.float64], score: float, whole: Square) -> Detection:
    in_picture = whole.to_picture(points)
    low, high, eyes = in_picture[0], in_picture[1], in_picture[2:]
    across = eyes[_LEFT_EYE] - eyes[_RIGHT_EYE]
    x, y = (low + high) / 2
    size = float((high - low).max()) * _MARGIN
    return Detection(Square(float(x), float(y), size, math.atan2(across[1], across[0])), score)


def _merge(
    points: NDArray[np.float64], scores: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], float]]:
    """Average overlapping candidates by score instead of keeping the best one: far less jitter."""
    faces: list[tuple[NDArray[np.float64], float]] = []
    while len(scores):
        same = _overlaps(points[0], points) > _OVERLAP
        # A degenerate box overlaps nothing, itself included, and would never be used up.
        same[0] = True
        weights = scores[same] / scores[same].sum()
        faces.append(((points[same] * weights[:, None, None]).sum(0), float(scores[0])))
        points, scores = points[~same], scores[~same]
    return faces


def _overlaps(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intersection over union [P] of the corner pairs, first two points of each."""
    low = np.maximum(box[0], others[:, 0])
    high = np.minimum(box[1], others[:, 1])
    shared = np.clip(high - low, 0, None).prod(1)
    areas = np.clip(others[:, 1] - others[:, 0], 0, None).prod(1)
    union = np.clip(box[1] - box[0], 0, None).prod() + areas - shared
    return shared / np.maximum(union, 1e-12)


def _anchors() -> NDArray[np.float64]:
    """Return the anchor centres [896, 2] as fractions of the picture, row by row."""
    grids: list[NDArray[np.float64]] = []
    for cells, repeats in _GRIDS:
        centres = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.stack([x, y], -1).reshape(-1, 2), repeats, axis=0))
    return np.concatenate(grids)
