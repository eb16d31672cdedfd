"""From a track to the states of an avatar: neutral calibration, gains, offsets and channels."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mien.avatar.protocol import Avatar
from mien.avatar.state import NEUTRAL, AvatarState
from mien.driving.resample import fill_gaps, resample
from mien.driving.track import ExpressionTrack
from mien.template.arkit import ARKIT_INDEX, ARKIT_NAMES, FACE_GROUPS
from mien.transforms import Array, axis_angle_from_matrix

_MAX_WEIGHT = 1.5
_MAX_MOVE = 0.15
# Where a neck turns, in the head's frame: what moves there is the person, what moves around it is
# the rotation, which the avatar makes about its own neck.
_NECK = np.array([0.0, -0.12, -0.08])
_GAZE = np.array([name in FACE_GROUPS["Gaze"] for name in ARKIT_NAMES])
_ACTIVE = 0.05
_FRONTAL_RADIANS = math.radians(25)


@dataclass(frozen=True)
class Retarget:
    """How a person's track becomes an avatar's: a profile, kept by `mien.driving.profile`.

    Args:
        neutral_time: The instant on the track's clock at which the person was neutral: its weights
            are subtracted and its head pose becomes straight ahead. None takes the track's zero.
        gains: Factor for each ARKit expression; 1 where not named.
        offsets: Added after the gain; 0 where not named.
        expression: Whether expressions other than gaze pass.
        pose: Whether the head pose passes.
        eyes: Whether gaze passes: the `eyeLook*` expressions and the eyes' rotations.
        pose_gain: Factor on the head's rotation angle.
        move_gain: Factor on the head's way from where it was when neutral (at the first frame,
            without a neutral time); the result stays within 15 cm. Off by default, because a
            person's place before the camera is seldom meant.
    """

    neutral_time: float | None = None
    gains: Mapping[str, float] = field(default_factory=dict[str, float])
    offsets: Mapping[str, float] = field(default_factory=dict[str, float])
    expression: bool = True
    pose: bool = True
    eyes: bool = True
    pose_gain: float = 1.0
    move_gain: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gains", "offsets"):
            values = {key: float(value) for key, value in getattr(self, name).items()}
            object.__setattr__(self, name, MappingProxyType(values))

    def apply(self, track: ExpressionTrack) -> RetargetedTrack:
        """Return the states of an avatar over the time of a track.

        Instants without a face are bridged evenly from the last sight to the next.
        """
        whole = fill_gaps(track)
        start = resample(whole, [self._neutral_instant(whole)]) if track.num_frames else whole
        rotations, moves = self._head(whole, start)
        eyes = whole.eye_rotations if self.eyes else None
        return RetargetedTrack(
            times=whole.times,
            weights=self._weights(whole, start),
            head_rotations=rotations,
            head_translations=moves,
            eye_rotations=eyes,
        )

    def _neutral_instant(self, track: ExpressionTrack) -> float:
        return float(track.times[0]) if self.neutral_time is None else self.neutral_time

    def _weights(self, track: ExpressionTrack, start: ExpressionTrack) -> NDArray[np.float32]:
        weights = np.nan_to_num(track.arkit_weights())
        if self.neutral_time is not None and track.num_frames:
            weights = np.maximum(weights - np.nan_to_num(start.arkit_weights()), 0)
        weights = weights * _vector(self.gains, 1.0) + _vector(self.offsets, 0.0)
        weights[:, _GAZE] *= self.eyes
        weights[:, ~_GAZE] *= self.expression
        return np.clip(weights, 0.0, _MAX_WEIGHT).astype(np.float32)

    def _head(self, track: ExpressionTrack, start: ExpressionTrack) -> tuple[Array, Array]:
        """Return rotations and translations [T, 3] in the frame of the neutral head."""
        still = np.zeros((track.num_frames, 3))
        if track.head_pose is None or start.head_pose is None or not self.pose:
            return still, still
        if not np.isfinite(track.head_pose).all():
            return still, still
        origin = start.head_pose[0]
        frame = np.eye(3) if self.neutral_time is None else origin[:3, :3]
        turned = track.head_pose[:, :3, :3]
        rotations = np.float64(self.pose_gain) * axis_angle_from_matrix(frame.T @ turned)
        if not self.move_gain:
            return rotations, still
        necks = turned @ _NECK + track.head_pose[:, :3, 3]
        away = self.move_gain * (necks - (origin[:3, :3] @ _NECK + origin[:3, 3])) @ frame
        lengths = np.linalg.norm(away, axis=1, keepdims=True)
        # Bends over toward the limit: a sudden stop there would show.
        within = _MAX_MOVE * np.tanh(lengths / _MAX_MOVE)
        return rotations, away * np.where(lengths > 0, within / np.maximum(lengths, 1e-12), 1.0)


@dataclass(frozen=True, eq=False)
class RetargetedTrack:
    """The states of an avatar over time, ready to be asked for.

    Args:
        times: Seconds on the track's clock [T].
        weights: In the order of ARKIT_NAMES [T, 52].
        head_rotations: Axis-angle [T, 3], radians, relative to neutral.
        head_translations: Metres [T, 3], relative to neutral.
        eye_rotations: Axis-angle of left and right eye [T, 2, 3], or None.
    """

    times: NDArray[np.float64]
    weights: NDArray[np.float32]
    head_rotations: Array
    head_translations: Array
    eye_rotations: NDArray[np.float32] | None = None
    _instants: list[float] = field(init=False, repr=False)
    _rows: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        count = len(self.times)
        eyes = np.zeros((count, 6)) if self.eye_rotations is None else self.eye_rotations
        rows = np.concatenate(
            [
                self.weights,
                _unwound(self.head_rotations),
                self.head_translations,
                np.nan_to_num(eyes).reshape(count, 6),
            ],
            axis=1,
        )
        # One row for each instant and a list to search: a state is asked for with every picture.
        object.__setattr__(self, "_rows", np.ascontiguousarray(rows, np.float32))
        object.__setattr__(self, "_instants", self.times.tolist())

    def state_at(self, time: float) -> AvatarState:
        """Return the state at a time on the track's clock; before and after, its ends hold."""
        instants = self._instants
        if not instants:
            return NEUTRAL
        right = bisect.bisect_right(instants, time)
        if right == 0 or right == len(instants):
            row = self._rows[max(right - 1, 0)]
        else:
            start, end = instants[right - 1], instants[right]
            before = self._rows[right - 1]
            row = before + np.float32((time - start) / (end - start)) * (self._rows[right] - before)
        return AvatarState(
            expression=row[:52],
            head_rotation=row[52:55],
            head_translation=row[55:58],
            eye_rotations=row[58:64].reshape(2, 3),
            time=time,
        )


def guess_neutral(track: ExpressionTrack) -> float | None:
    """Return the instant at which a person most likely is neutral, or None if never seen.

    It is the frame with the least expression, blinks and gaze included, among those in which the
    head faces the camera, or among all if it never does.
    """
    candidates = np.flatnonzero(track.seen)
    if not len(candidates):
        return None
    if track.head_pose is not None:
        angles = np.linalg.norm(
            axis_angle_from_matrix(np.nan_to_num(track.head_pose[candidates, :3, :3])), axis=1
        )
        frontal = candidates[angles < _FRONTAL_RADIANS]
        candidates = frontal if len(frontal) else candidates
    energy = (track.weights[candidates] ** 2).sum(axis=1)
    return float(track.times[candidates[np.argmin(energy)]])


def missing_expressions(track: ExpressionTrack, avatar: Avatar) -> tuple[str, ...]:
    """Return the expressions a track makes use of that an avatar does not obey."""
    obeyed = set(avatar.expression_names)
    strength = np.nan_to_num(np.abs(track.weights)).max(axis=0, initial=0.0)
    used = zip(track.names, strength, strict=True)
    return tuple(name for name, most in used if most > _ACTIVE and name not in obeyed)


def _vector(values: Mapping[str, float], default: float) -> NDArray[np.float32]:
    vector = np.full(len(ARKIT_NAMES), default, np.float32)
    for name, value in values.items():
        if name in ARKIT_INDEX:
            vector[ARKIT_INDEX[name]] = value
    return vector


def _unwound(rotations: Array) -> Array:
    """Return axis-angle vectors [T, 3] that can be drawn lines between: no jumps by a full turn."""
    out = rotations.copy()
    for row in range(1, len(out)):
        angle = float(np.linalg.norm(out[row]))
        if angle > math.pi / 2:
            other = out[row] * (1 - math.tau / angle)
            if np.linalg.norm(other - out[row - 1]) < np.linalg.norm(out[row] - out[row - 1]):
                out[row] = other
    return out
