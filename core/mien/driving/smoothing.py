"""Take the jitter out of a track without dulling it: the One Euro filter on weights and poses.

Source: Casiez, Roussel and Vogel, "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input
in Interactive Systems", CHI 2012. Slow motion is filtered hard, fast motion hardly at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.driving.track import ExpressionTrack
from mien.transforms import matrix_from_quat, quat_from_matrix, quat_slerp, rigid


@dataclass(frozen=True)
class OneEuro:
    """The parameters of a One Euro filter.

    Args:
        min_cutoff: Cutoff frequency at rest, Hz; the smaller, the less jitter and the more lag.
        beta: How much the cutoff rises with speed, Hz for each unit a second.
        speed_cutoff: Cutoff frequency of the speed's own filter, Hz.
    """

    min_cutoff: float
    beta: float
    speed_cutoff: float = 2.0

    @staticmethod
    def of_strength(strength: float, *, typical_speed: float) -> OneEuro:
        """Return the filter of a strength, 0 (next to nothing) to 1 (slow as honey).

        At rest the cutoff falls from 8 Hz to 0.4 Hz; at the typical speed it is 30 Hz to 3 Hz
        higher, so that a blink or a quick turn comes through.
        """
        amount = min(max(strength, 0.0), 1.0)
        return OneEuro(8.0 * 0.05**amount, 30.0 * 0.1**amount / typical_speed)

    def filter(
        self, times: NDArray[np.float64], values: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return values [T, C] filtered along increasing times [T]; NaN stays NaN.

        The output lags: by about 1 / (2 pi min_cutoff) seconds at rest, less the faster it moves.
        """
        given = np.ascontiguousarray(values, np.float64)
        return _filter(np.asarray(times, np.float64), given, *self._constants)

    def filter_rotations(
        self, times: NDArray[np.float64], quats: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return unit quaternions [T, 4] filtered on the sphere, speed in radians a second."""
        given = np.ascontiguousarray(quats, np.float64)
        return _filter_rotations(np.asarray(times, np.float64), given, *self._constants)

    @property
    def _constants(self) -> tuple[float, float, float]:
        return self.min_cutoff, self.beta, self.speed_cutoff


_WEIGHT_SPEED = 6.0  # a second: an eye closes in a sixth of one
_TURN_SPEED = 3.0  # radians a second
_MOVE_SPEED = 0.5  # metres a second
# After a longer absence the old value says nothing about the new one.
_RESTART_SECS = 0.5


def smooth(track: ExpressionTrack, strength: float, *, causal: bool = False) -> ExpressionTrack:
    """Return a track whose weights, head poses and eye rotations jitter less.

    A recorded track is filtered forward and backward in time and the two are averaged: what one
    lags the other leads, so the result is at the same instant as its source. Frames without a face
    stay so.

    Args:
        track: Any track; its times need not be even.
        strength: 0 (the track itself, bit for bit) to 1.
        causal: Filter forward only, as live input has to be, with the lag that OneEuro tells.
    """
    if strength <= 0 or track.num_frames < 2:
        return track
    changes: dict[str, NDArray[np.floating]] = {}
    weights = OneEuro.of_strength(strength, typical_speed=_WEIGHT_SPEED)
    changes["weights"] = _both_ways(weights, track.times, track.weights, causal=causal)
    if track.head_pose is not None:
        changes["head_pose"] = _smooth_poses(track.times, track.head_pose, strength, causal=causal)
    if track.eye_rotations is not None:
        turns = OneEuro.of_strength(strength, typical_speed=_TURN_SPEED)
        flat = track.eye_rotations.reshape(-1, 6)
        smoothed = _both_ways(turns, track.times, flat, causal=causal)
        changes["eye_rotations"] = smoothed.reshape(-1, 2, 3)
    return track.replace(**changes)


def _both_ways(
    euro: OneEuro, times: NDArray[np.float64], values: NDArray[np.floating], *, causal: bool
) -> NDArray[np.float64]:
    forward = euro.filter(times, values)
    if causal:
        return forward
    return (forward + euro.filter(-times[::-1], values[::-1])[::-1]) / 2


def _smooth_poses(
    times: NDArray[np.float64], poses: NDArray[np.float64], strength: float, *, causal: bool
) -> NDArray[np.float64]:
    seen = np.isfinite(poses).all(axis=(1, 2))
    moves = OneEuro.of_strength(strength, typical_speed=_MOVE_SPEED)
    turns = OneEuro.of_strength(strength, typical_speed=_TURN_SPEED)
    smoothed = poses.copy()
    translations = _both_ways(moves, times[seen], poses[seen, :3, 3], causal=causal)
    quats = quat_from_matrix(poses[seen, :3, :3])
    turned = turns.filter_rotations(times[seen], quats)
    if not causal:
        backward = turns.filter_rotations(-times[seen][::-1], quats[::-1])[::-1]
        turned = quat_slerp(turned, backward, np.full(len(turned), 0.5))
    smoothed[seen] = rigid(matrix_from_quat(turned), translations)
    return smoothed


@njit(cache=True, nogil=True)
def _share(cutoff: float, step: float) -> float:
    """Return how much of a new value a low-pass filter lets in after `step` seconds (eq. 3, 5)."""
    ratio = 2 * math.pi * cutoff * step
    return ratio / (ratio + 1)


@njit(cache=True, nogil=True)
def _filter(
    times: NDArray[np.float64],
    values: NDArray[np.float64],
    min_cutoff: float,
    beta: float,
    speed_cutoff: float,
) -> NDArray[np.float64]:
    out = np.full_like(values, np.nan)
    for channel in range(values.shape[1]):
        last, before, level, speed = -math.inf, 0.0, 0.0, 0.0
        for row in range(values.shape[0]):
            value = values[row, channel]
            if math.isnan(value):
                continue
            step = times[row] - last
            if step > _RESTART_SECS:
                level, speed = value, 0.0
            else:
                speed += _share(speed_cutoff, step) * ((value - before) / step - speed)
                level += _share(min_cutoff + beta * abs(speed), step) * (value - level)
            last, before = times[row], value
            out[row, channel] = level
    return out


# Quaternions are tuples here, not arrays: numba compiles that many times faster.
_Quat = tuple[float, float, float, float]


@njit(cache=True, nogil=True)
def _filter_rotations(
    times: NDArray[np.float64],
    quats: NDArray[np.float64],
    min_cutoff: float,
    beta: float,
    speed_cutoff: float,
) -> NDArray[np.float64]:
    out = np.full_like(quats, np.nan)
    last = -math.inf
    before = level = (1.0, 0.0, 0.0, 0.0)
    vx, vy, vz = 0.0, 0.0, 0.0
    for row in range(quats.shape[0]):
        quat = (quats[row, 0], quats[row, 1], quats[row, 2], quats[row, 3])
        if math.isnan(quat[0]):
            continue
        step = times[row] - last
        if step > _RESTART_SECS:
            level = quat
            vx, vy, vz = 0.0, 0.0, 0.0
        else:
            x, y, z = _turn(before, quat)
            share = _share(speed_cutoff, step)
            vx += share * (x / step - vx)
            vy += share * (y / step - vy)
            vz += share * (z / step - vz)
            cutoff = min_cutoff + beta * math.sqrt(vx * vx + vy * vy + vz * vz)
            level = _slerp(level, quat, _share(cutoff, step))
        last, before = times[row], quat
        for part in range(4):
            out[row, part] = level[part]
    return out


@njit(cache=True, nogil=True)
def _turn(a: _Quat, b: _Quat) -> tuple[float, float, float]:
    """Return the rotation vector from one orientation to another, in the first one's frame."""
    w = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    x = a[0] * b[1] - a[1] * b[0] - a[2] * b[3] + a[3] * b[2]
    y = a[0] * b[2] - a[2] * b[0] - a[3] * b[1] + a[1] * b[3]
    z = a[0] * b[3] - a[3] * b[0] - a[1] * b[2] + a[2] * b[1]
    sine = math.sqrt(x * x + y * y + z * z)
    # The shorter way round, whichever of its two signs a quaternion has.
    angle = 2 * math.atan2(sine, abs(w))
    scale = angle / sine if sine > 1e-12 else 2.0
    if w < 0:
        scale = -scale
    return x * scale, y * scale, z * scale


@njit(cache=True, nogil=True)
def _slerp(a: _Quat, b: _Quat, fraction: float) -> _Quat:
    dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    angle = math.acos(min(abs(dot), 1.0))
    sine = math.sin(angle)
    if sine < 1e-9:
        return a
    p = math.sin((1 - fraction) * angle) / sine
    q = math.sin(fraction * angle) / sine
    if dot < 0:
        q = -q
    w, x, y, z = p * a[0] + q * b[0], p * a[1] + q * b[1], p * a[2] + q * b[2], p * a[3] + q * b[3]
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    return w / norm, x / norm, y / norm, z / norm
