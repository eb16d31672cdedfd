"""Steps that the compact formats share: bytes to logits, three components to a quaternion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_EDGE = 0.25 / 255


def logits_from_bytes(alphas: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the logits [N] of opacities stored as bytes [N].

    0 and 255 stand for anything within half a step of nothing and of all; the middle of that half
    step is taken, which is finite and rounds back to the same byte.
    """
    opacities = np.clip(alphas.astype(np.float64) / 255, _EDGE, 1 - _EDGE)
    return np.log(opacities / (1 - opacities)).astype(np.float32)


def bytes_from_logits(logits: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return the opacities [N] of logits as bytes, rounded to nearest."""
    opacities = 1 / (1 + np.exp(-np.clip(logits, -80, 80).astype(np.float64)))
    return bytes_from(opacities * 255)


def bytes_from(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Round to the nearest byte, clamping."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def quats_from_smallest_three(
    three: NDArray[np.floating], largest: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Return unit quaternions [N, 4] from all but their largest component.

    Args:
        three: The others [N, 3], in order.
        largest: Which one is missing [N]; it is positive.
    """
    n = len(three)
    quats = np.empty((n, 4), np.float64)
    missing = np.arange(4) == largest[:, None]
    quats[~missing] = three.reshape(-1)
    quats[missing] = np.sqrt(np.maximum(0, 1 - np.sum(np.square(three), axis=1)))
    return (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32)


def unit_quats(quats: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return quaternions wxyz [N, 4] scaled to length one; zeros become the identity."""
    values = np.asarray(quats, np.float64)
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    return np.where(norms > 0, values / np.where(norms > 0, norms, 1), [1.0, 0.0, 0.0, 0.0])


def smallest_three(
    quats: NDArray[np.floating],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the three smallest components [N, 3] of unit quaternions [N, 4] and which is left out.

    The sign is chosen such that the one left out is positive.
    """
    values = np.asarray(quats, np.float64)
    largest = np.argmax(np.abs(values), axis=1)
    signs = np.where(np.take_along_axis(values, largest[:, None], 1) < 0, -1.0, 1.0)
    keep = np.arange(4) != largest[:, None]
    return (values * signs)[keep].reshape(-1, 3), largest
