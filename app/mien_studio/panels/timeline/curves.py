"""Which curves of a track can be shown, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.driving.track import ExpressionTrack
from mien.transforms import axis_angle_from_matrix
from mien_studio.theme import tokens
from mien_studio.widgets.curve_lane import Curve

YAW_RANGE = float(np.radians(60))


@dataclass(frozen=True)
class CurveKind:
    """A curve one can switch on.

    Args:
        key: Short name, on its chip.
        names: Expressions whose mean it shows; empty for the head's yaw.
        color: Of the line and the chip.
    """

    key: str
    names: tuple[str, ...]
    color: str


CURVE_KINDS: tuple[CurveKind, ...] = (
    CurveKind("jaw", ("jawOpen",), tokens.CURVES[2]),
    CurveKind("smile", ("mouthSmileLeft", "mouthSmileRight"), tokens.CURVES[0]),
    CurveKind("blink", ("eyeBlinkLeft", "eyeBlinkRight"), tokens.CURVES[1]),
    CurveKind("brow", ("browInnerUp",), tokens.CURVES[3]),
    CurveKind("pucker", ("mouthPucker",), tokens.CURVES[4]),
    CurveKind("yaw", (), tokens.CURVES[5]),
)
SHOWN_FIRST = ("jaw", "smile", "blink")


def curves_of(raw: ExpressionTrack, smoothed: ExpressionTrack, shown: Sequence[str]) -> list[Curve]:
    """Return the chosen curves of a track, smoothed and as they came."""
    times = np.asarray(raw.times - raw.times[0] if raw.num_frames else raw.times)
    found: list[Curve] = []
    for kind in CURVE_KINDS:
        if kind.key not in shown:
            continue
        before, after = _values(raw, kind), _values(smoothed, kind)
        if before is None or after is None:
            continue
        # Where nothing was seen, smoothing may have bridged the gap: the curve keeps it open.
        after = np.where(np.isfinite(before), after, np.nan).astype(np.float32)
        found.append(Curve(kind.key, kind.color, times, after, before))
    return found


def gaps_of(track: ExpressionTrack) -> list[tuple[float, float]]:
    """Return the stretches of the timeline in which no face was seen."""
    if not track.num_frames:
        return []
    times = track.times - track.times[0]
    ends = np.append(times[1:], times[-1])
    missing = ~track.seen
    edges = np.flatnonzero(np.diff(missing.astype(np.int8), prepend=0, append=0))
    return [(float(times[a]), float(ends[b - 1])) for a, b in edges.reshape(-1, 2)]


def _values(track: ExpressionTrack, kind: CurveKind) -> NDArray[np.float32] | None:
    if kind.names:
        columns = [track.names.index(name) for name in kind.names if name in track.names]
        return track.weights[:, columns].mean(axis=1) if columns else None
    if track.head_pose is None:
        return None
    seen = np.isfinite(track.head_pose).all(axis=(1, 2))
    yaw = np.full(track.num_frames, np.nan, np.float32)
    yaw[seen] = axis_angle_from_matrix(track.head_pose[seen, :3, :3])[:, 1]
    return (0.5 + yaw / (2 * YAW_RANGE)).astype(np.float32)
