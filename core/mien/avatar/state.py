"""AvatarState: what every slider, video, file and network ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.template.arkit import ARKIT_INDEX, ARKIT_NAMES

NUM_EXPRESSIONS = len(ARKIT_NAMES)


def _zeros(*shape: int) -> Any:
    return field(default_factory=lambda: np.zeros(shape, np.float32))


@dataclass(frozen=True, eq=False)
class AvatarState:
    """An expression and a pose at an instant. Immutable; equal by value.

    Rotations are axis-angle vectors in radians in the avatar's own frame (Y up, face toward +Z),
    relative to the neutral pose: positive X nods down, positive Y turns to the avatar's left,
    positive Z tilts the head toward its own right shoulder.

    Args:
        expression: ARKit weights [52], in the order of ARKIT_NAMES; usually 0..1.
        head_rotation: Of the whole head about the neck's pivot [3].
        head_translation: Of the whole head, metres [3].
        neck_rotation: Of the neck joint [3], below the head.
        jaw_rotation: Of the jaw joint [3], for avatars that have one.
        eye_rotations: Of the left and the right eye [2, 3].
        identity: How far in its latent space an avatar is moved from itself, as coefficients;
            None for itself.
        time: Seconds, for avatars that depend on it.
    """

    expression: NDArray[np.float32] = _zeros(NUM_EXPRESSIONS)
    head_rotation: NDArray[np.float32] = _zeros(3)
    head_translation: NDArray[np.float32] = _zeros(3)
    neck_rotation: NDArray[np.float32] = _zeros(3)
    jaw_rotation: NDArray[np.float32] = _zeros(3)
    eye_rotations: NDArray[np.float32] = _zeros(2, 3)
    identity: NDArray[np.float32] | None = None
    time: float = 0.0

    def __post_init__(self) -> None:
        shapes = {
            "expression": (NUM_EXPRESSIONS,),
            "head_rotation": (3,),
            "head_translation": (3,),
            "neck_rotation": (3,),
            "jaw_rotation": (3,),
            "eye_rotations": (2, 3),
        }
        for name, shape in shapes.items():
            array = np.array(getattr(self, name), dtype=np.float32)
            if array.shape != shape:
                raise ValueError(f"{name} must be {shape}, got {array.shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.identity is not None:
            identity = np.array(self.identity, dtype=np.float32)
            identity.setflags(write=False)
            object.__setattr__(self, "identity", identity)

    @staticmethod
    def of(weights: Mapping[str, float], **pose: Any) -> AvatarState:
        """Make a state from named expression weights.

        Raises:
            KeyError: A name is not one of ARKIT_NAMES.
        """
        expression = np.zeros(NUM_EXPRESSIONS, np.float32)
        for name, weight in weights.items():
            if name not in ARKIT_INDEX:
                raise KeyError(f"no expression {name!r}; ARKit's names are like 'jawOpen'")
            expression[ARKIT_INDEX[name]] = weight
        return AvatarState(expression=expression, **pose)

    def weight(self, name: str) -> float:
        """Return the weight of one expression."""
        return float(self.expression[ARKIT_INDEX[name]])

    def replace(self, **changes: Any) -> AvatarState:
        """Return a state with other values of some fields."""
        return replace(self, **changes)

    def _key(self) -> tuple[Any, ...]:
        identity = None if self.identity is None else self.identity.tobytes()
        arrays = (
            self.expression,
            self.head_rotation,
            self.head_translation,
            self.neck_rotation,
            self.jaw_rotation,
            self.eye_rotations,
        )
        return (*(array.tobytes() for array in arrays), identity, self.time)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AvatarState) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


NEUTRAL = AvatarState()
