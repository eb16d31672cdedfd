"""The joints an AvatarState turns, each axis as a number in degrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.avatar.state import AvatarState
from mien_studio.widgets.number_kind import NumberKind

_AXES = {"pitch": 0, "yaw": 1, "roll": 2}


@dataclass(frozen=True)
class PoseAxis:
    """One component of a rotation vector.

    Args:
        joint: As in `Avatar.joints`.
        name: What its slider says.
        field: The field of AvatarState.
        axis: Pitch, yaw or roll.
        degrees: How far its slider goes to either side.
        eye: Which eye, for the eyes.
    """

    joint: str
    name: str
    field: str
    axis: str
    degrees: float
    eye: int | None = None

    @property
    def kind(self) -> NumberKind:
        """The number its slider edits."""
        return NumberKind(-self.degrees, self.degrees, 0.0, 0, "°", signed=True, step=1.0)

    @property
    def tip(self) -> str:
        """What it does, for people."""
        positive = {"pitch": "down", "yaw": "to its own left", "roll": "to its own right shoulder"}
        return f"{self.name}: positive turns {positive[self.axis]}"

    def read(self, state: AvatarState) -> float:
        """Return the angle in a state, degrees."""
        return float(np.degrees(self._vector(state)[_AXES[self.axis]]))

    def write(self, state: AvatarState, degrees: float) -> AvatarState:
        """Return the state with another angle."""
        vector = np.array(self._vector(state))
        vector[_AXES[self.axis]] = np.radians(degrees)
        if self.eye is None:
            return state.replace(**{self.field: vector})
        eyes = np.array(state.eye_rotations)
        eyes[self.eye] = vector
        return state.replace(eye_rotations=eyes)

    def _vector(self, state: AvatarState) -> np.ndarray:
        values: np.ndarray = getattr(state, self.field)
        return values if self.eye is None else values[self.eye]


POSE_AXES: dict[str, tuple[PoseAxis, ...]] = {
    "Head": tuple(PoseAxis("head", f"Head {axis}", "head_rotation", axis, reach)
                  for axis, reach in (("yaw", 60), ("pitch", 45), ("roll", 45))),
    "Neck": tuple(PoseAxis("neck", f"Neck {axis}", "neck_rotation", axis, 30)
                  for axis in ("yaw", "pitch", "roll")),
    "Jaw and eyes": (
        PoseAxis("jaw", "Jaw pitch", "jaw_rotation", "pitch", 30),
        PoseAxis("jaw", "Jaw yaw", "jaw_rotation", "yaw", 15),
        PoseAxis("eyes", "Left eye yaw", "eye_rotations", "yaw", 35, eye=0),
        PoseAxis("eyes", "Left eye pitch", "eye_rotations", "pitch", 30, eye=0),
        PoseAxis("eyes", "Right eye yaw", "eye_rotations", "yaw", 35, eye=1),
        PoseAxis("eyes", "Right eye pitch", "eye_rotations", "pitch", 30, eye=1),
    ),
}  # fmt: skip
"""By section, in the order of the panel."""


def twin(axis: PoseAxis) -> PoseAxis | None:
    """Return the same axis of the other eye, which moves along while mirroring."""
    others = (held for axes in POSE_AXES.values() for held in axes)
    same = (held for held in others if held.field == axis.field and held.axis == axis.axis)
    return next((held for held in same if held.eye not in (None, axis.eye)), None)
