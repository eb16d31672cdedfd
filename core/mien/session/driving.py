"""What moves the avatar now: the driving source's state with the sliders' on top."""

from __future__ import annotations

import numpy as np

from mien.avatar.state import AvatarState
from mien.driving.retarget import Retarget, RetargetedTrack
from mien.driving.smoothing import smooth
from mien.driving.track import ExpressionTrack
from mien.editing.document import Drive
from mien.transforms import axis_angle_from_matrix, matrix_from_axis_angle


class Driver:
    """Remember the smoothed and retargeted form of the last track, so that playing is cheap."""

    def __init__(self) -> None:
        self._smoothed: tuple[ExpressionTrack, float, ExpressionTrack] | None = None
        self._prepared: tuple[ExpressionTrack, Drive, RetargetedTrack] | None = None

    def state_at(self, track: ExpressionTrack, drive: Drive, time: float) -> AvatarState:
        """Return the state of a source at a time in seconds from its first frame."""
        return self.prepared(track, drive).state_at(time + float(track.times[0]))

    def smoothed(self, track: ExpressionTrack, drive: Drive) -> ExpressionTrack:
        """Return the track after smoothing, as the curves under the timeline show it."""
        held = self._smoothed
        if held is None or held[0] is not track or held[1] != drive.smoothing:
            held = self._smoothed = (track, drive.smoothing, smooth(track, drive.smoothing))
        return held[2]

    def prepared(self, track: ExpressionTrack, drive: Drive) -> RetargetedTrack:
        """Return the track smoothed and retargeted by the drive's settings."""
        held = self._prepared
        if held is None or held[0] is not track or held[1] != drive:
            retargeted = retarget_of(drive).apply(self.smoothed(track, drive))
            held = self._prepared = (track, drive, retargeted)
        return held[2]


def retarget_of(drive: Drive) -> Retarget:
    """Return the retargeting profile of a document's driving settings."""
    return Retarget(
        neutral_time=drive.neutral_time,
        gains=drive.gains,
        offsets=drive.offsets,
        expression=drive.expression,
        pose=drive.pose,
        eyes=drive.eyes,
        pose_gain=drive.pose_gain,
    )


def channels_of(state: AvatarState, drive: Drive) -> AvatarState:
    """Return a state with only those channels that the drive has switched on."""
    still = AvatarState()
    changes: dict[str, object] = {}
    if not drive.expression:
        changes["expression"] = still.expression
        changes["jaw_rotation"] = still.jaw_rotation
    if not drive.pose:
        for name in ("head_rotation", "head_translation", "neck_rotation"):
            changes[name] = getattr(still, name)
    if not drive.eyes:
        changes["eye_rotations"] = still.eye_rotations
    return state.replace(**changes) if changes else state


def combined(manual: AvatarState, driven: AvatarState) -> AvatarState:
    """Put the sliders on top of a driven state: weights add up, rotations follow each other."""
    return driven.replace(
        expression=np.clip(driven.expression + manual.expression, -1.0, 1.5),
        head_rotation=_after(manual.head_rotation, driven.head_rotation),
        head_translation=driven.head_translation + manual.head_translation,
        neck_rotation=_after(manual.neck_rotation, driven.neck_rotation),
        jaw_rotation=_after(manual.jaw_rotation, driven.jaw_rotation),
        eye_rotations=np.stack(
            [_after(manual.eye_rotations[eye], driven.eye_rotations[eye]) for eye in range(2)]
        ),
        identity=manual.identity if manual.identity is not None else driven.identity,
    )


def _after(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    if not second.any():
        return first
    if not first.any():
        return second
    product = matrix_from_axis_angle(second) @ matrix_from_axis_angle(first)
    return axis_angle_from_matrix(product).astype(np.float32)
