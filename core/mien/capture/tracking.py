"""Tracking: what is known of a person in each frame of a capture, in a template's terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.avatar.state import NUM_EXPRESSIONS, AvatarState
from mien.driving.track import ExpressionTrack
from mien.template.arkit import ARKIT_NAMES
from mien.transforms import matrix_from_axis_angle, rigid

if TYPE_CHECKING:
    from mien.template.head import HeadTemplate

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Tracking:
    """A person's shape and, for each frame, the state that poses the template as in the pictures.

    With a rig of the template whose surface is `surface`, each state gives the person in the
    capture's world (Mien's, see `Capture`).

    Args:
        template: Name of the head template.
        identity: Shape coefficients [d].
        expression: ARKit weights [T, 52].
        head_rotation: As in AvatarState [T, 3].
        head_translation: Metres [T, 3].
        neck_rotation: [T, 3].
        jaw_rotation: [T, 3].
        eye_rotations: [T, 2, 3].
        rest_offsets: What the shape has beyond the template's identities [V, 3], metres, or None.

    Raises:
        ValueError: The shapes do not belong together.
    """

    template: str
    identity: Float32
    expression: Float32
    head_rotation: Float32
    head_translation: Float32
    neck_rotation: Float32
    jaw_rotation: Float32
    eye_rotations: Float32
    rest_offsets: Float32 | None = None

    def __post_init__(self) -> None:
        t = len(self.expression)
        shapes = {
            "identity": (len(self.identity),),
            "expression": (t, NUM_EXPRESSIONS),
            "head_rotation": (t, 3),
            "head_translation": (t, 3),
            "neck_rotation": (t, 3),
            "jaw_rotation": (t, 3),
            "eye_rotations": (t, 2, 3),
        }
        if self.rest_offsets is not None:
            shapes["rest_offsets"] = (len(self.rest_offsets), 3)
        for name, shape in shapes.items():
            array = np.array(getattr(self, name), np.float32)
            if array.shape != shape:
                raise ValueError(f"{name} must be {shape}, got {array.shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @staticmethod
    def of_states(
        template: str,
        identity: ArrayLike,
        states: Sequence[AvatarState],
        *,
        rest_offsets: Float32 | None = None,
    ) -> Tracking:
        """Make a tracking from the state of each frame."""

        def column(name: str, *shape: int) -> Float32:
            values = [getattr(state, name) for state in states]
            return np.array(values, np.float32).reshape(len(states), *shape)

        return Tracking(
            template,
            np.asarray(identity, np.float32),
            column("expression", NUM_EXPRESSIONS),
            column("head_rotation", 3),
            column("head_translation", 3),
            column("neck_rotation", 3),
            column("jaw_rotation", 3),
            column("eye_rotations", 2, 3),
            rest_offsets=rest_offsets,
        )

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.expression)

    def surface(self, template: HeadTemplate) -> Float32:
        """Return the person's neutral surface [V, 3], metres.

        Args:
            template: The one of its name.

        Raises:
            ValueError: The shape does not fit the template.
        """
        shape = template.identity(self.identity)
        return shape if self.rest_offsets is None else shape + self.rest_offsets

    def state(self, frame: int) -> AvatarState:
        """Return the state of a frame."""
        return AvatarState(
            expression=self.expression[frame],
            head_rotation=self.head_rotation[frame],
            head_translation=self.head_translation[frame],
            neck_rotation=self.neck_rotation[frame],
            jaw_rotation=self.jaw_rotation[frame],
            eye_rotations=self.eye_rotations[frame],
        )

    def track(self, times: NDArray[np.float64], *, source: str = "") -> ExpressionTrack:
        """Return it as a track [T] that can drive other people."""
        pose = rigid(matrix_from_axis_angle(self.head_rotation), self.head_translation)
        return ExpressionTrack(
            times,
            ARKIT_NAMES,
            self.expression,
            pose.astype(np.float64),
            self.eye_rotations,
            source=source,
        )
