"""Tracks at other instants, and without holes: weights along lines, rotations along great arcs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.driving.track import ExpressionTrack
from mien.transforms import matrix_from_quat, quat_from_matrix, quat_slerp, rigid


def resample(track: ExpressionTrack, times: ArrayLike) -> ExpressionTrack:
    """Return a track at other, increasing instants, seconds; before and after, its ends hold.

    Between two frames of which one saw no face, nothing is seen.

    Raises:
        ValueError: The track is empty or the times do not increase.
    """
    wanted = np.asarray(times, np.float64)
    if not track.num_frames:
        raise ValueError("a track without frames has no value at any time")
    left = np.clip(np.searchsorted(track.times, wanted, "right") - 1, 0, track.num_frames - 1)
    right = np.minimum(left + 1, track.num_frames - 1)
    span = np.where(right > left, track.times[right] - track.times[left], 1.0)
    fraction = np.clip((wanted - track.times[left]) / span, 0.0, 1.0)
    return _mixed(track, wanted, left, right, fraction)


def resample_rate(track: ExpressionTrack, rate: float) -> ExpressionTrack:
    """Return a track at an even rate in frames a second, over the time the track spans.

    Raises:
        ValueError: The track is empty or the rate is not positive.
    """
    if not rate > 0:
        raise ValueError(f"a rate of {rate} frames per second")
    # A last instant that the end misses by rounding alone belongs to it.
    count = math.floor(track.duration * rate + 1e-6) + 1
    start = track.times[0] if track.num_frames else 0.0
    return resample(track, start + np.arange(count) / rate)


def fill_gaps(track: ExpressionTrack, *, max_secs: float = math.inf) -> ExpressionTrack:
    """Return a track in which frames without a face move evenly from the one before to the next.

    At the ends the nearest seen frame holds. Gaps longer than `max_secs` stay; a track in which no
    face was ever seen stays as it is.
    """
    seen = track.seen if track.head_pose is None else track.seen & _finite(track.head_pose)
    known = np.flatnonzero(seen)
    if not len(known) or seen.all():
        return track
    frames = np.arange(track.num_frames)
    after = np.searchsorted(known, frames)
    right = known[np.minimum(after, len(known) - 1)]
    left = np.where(seen, frames, known[np.maximum(after - 1, 0)])
    span = track.times[right] - track.times[left]
    ratio = (track.times - track.times[left]) / np.where(span > 0, span, 1.0)
    fraction = np.where(span > 0, np.clip(ratio, 0, 1), 0.0)
    distance = np.where(span > 0, span, np.abs(track.times - track.times[left]))
    fillable = distance <= max_secs
    left, right = np.where(fillable, left, frames), np.where(fillable, right, frames)
    return _mixed(track, track.times, left, right, np.where(fillable, fraction, 0.0))


def _mixed(
    track: ExpressionTrack,
    times: NDArray[np.float64],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    fraction: NDArray[np.float64],
) -> ExpressionTrack:
    """Return a track at `times`, each row a mixture of two frames."""
    eyes = track.eye_rotations
    return track.replace(
        times=times,
        weights=_lines(track.weights, left, right, fraction),
        head_pose=None
        if track.head_pose is None
        else _arcs(track.head_pose, left, right, fraction),
        eye_rotations=None if eyes is None else _lines(eyes, left, right, fraction),
    )


def _lines(
    values: NDArray[np.floating],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    fraction: NDArray[np.float64],
) -> NDArray[np.floating]:
    share = fraction.reshape(-1, *[1] * (values.ndim - 1))
    mixed = values[left] + share * (values[right] - values[left])
    # Exactly on a frame its neighbour has no say, not even as NaN.
    return np.where(share == 0, values[left], np.where(share == 1, values[right], mixed))


def _arcs(
    poses: NDArray[np.float64],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    fraction: NDArray[np.float64],
) -> NDArray[np.float64]:
    mixed = poses[left].copy()
    mixed[fraction == 1] = poses[right[fraction == 1]]
    between = np.flatnonzero((fraction > 0) & (fraction < 1))
    start, end = poses[left[between]], poses[right[between]]
    seen = _finite(start) & _finite(end)
    mixed[between[~seen]] = np.nan
    start, end, between = start[seen], end[seen], between[seen]
    share = fraction[between]
    quats = quat_slerp(quat_from_matrix(start[:, :3, :3]), quat_from_matrix(end[:, :3, :3]), share)
    places = start[:, :3, 3] + share[:, None] * (end[:, :3, 3] - start[:, :3, 3])
    mixed[between] = rigid(matrix_from_quat(quats), places)
    return mixed


def _finite(poses: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(poses).all(axis=(1, 2)))
