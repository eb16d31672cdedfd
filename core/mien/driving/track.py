"""ExpressionTrack: everything that moves an avatar's state over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.avatar.state import NUM_EXPRESSIONS
from mien.template.arkit import ARKIT_INDEX


@dataclass(frozen=True, eq=False)
class ExpressionTrack:
    """Expression weights and head poses at increasing instants, not necessarily evenly spaced.

    Args:
        times: Seconds [T], strictly increasing.
        names: What the columns of `weights` are [E]; ARKit names where they are known.
        weights: Expression weights [T, E]; NaN where nothing was seen at that instant.
        head_pose: Rigid poses of the head [T, 4, 4] in a Y up, face toward +Z frame, metres,
            relative to nothing in particular (calibrate against a neutral frame); NaN where
            nothing was seen; None where the source knows no pose.
        eye_rotations: Axis-angle [T, 2, 3] of left and right eye, or None.
        source: What it was made from, for people to read.

    Raises:
        ValueError: The shapes do not belong together or times do not increase.
    """

    times: NDArray[np.float64]
    names: tuple[str, ...]
    weights: NDArray[np.float32]
    head_pose: NDArray[np.float64] | None = None
    eye_rotations: NDArray[np.float32] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        t, e = len(self.times), len(self.names)
        self._freeze("times", np.float64, (t,))
        self._freeze("weights", np.float32, (t, e))
        if self.head_pose is not None:
            self._freeze("head_pose", np.float64, (t, 4, 4))
        if self.eye_rotations is not None:
            self._freeze("eye_rotations", np.float32, (t, 2, 3))
        if t and not (np.diff(self.times) > 0).all():
            raise ValueError("the times of a track must increase")
        object.__setattr__(self, "names", tuple(self.names))

    def _freeze(self, name: str, dtype: type, shape: tuple[int, ...]) -> None:
        array = np.array(getattr(self, name), dtype=dtype)
        if array.shape != shape:
            raise ValueError(f"{name} must be {shape}, got {array.shape}")
        array.setflags(write=False)
        object.__setattr__(self, name, array)

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.times)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last instant."""
        return float(self.times[-1] - self.times[0]) if self.num_frames else 0.0

    @property
    def rate(self) -> float:
        """Median frames per second; 0 for fewer than two frames."""
        if self.num_frames < 2:
            return 0.0
        return float(1 / np.median(np.diff(self.times)))

    @property
    def playback_rate(self) -> float:
        """Frames per second of a video of it: its own rate, as far as videos go; 30 without one."""
        return min(max(self.rate, 1.0), 240.0) if self.rate else 30.0

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether a face was seen at each instant [T]."""
        return np.asarray(np.isfinite(self.weights).all(axis=1), np.bool_)

    def replace(self, **changes: Any) -> ExpressionTrack:
        """Return a track with other values of some fields."""
        return replace(self, **changes)

    def frame_at(self, time: float) -> int:
        """Return the frame shown at a time: the last one that has begun."""
        return int(
            np.clip(np.searchsorted(self.times, time + 1e-9, "right") - 1, 0, self.num_frames - 1)
        )

    def arkit_weights(self) -> NDArray[np.float32]:
        """Return the weights [T, 52] in the order of ARKIT_NAMES; absent expressions are 0."""
        full = np.zeros((self.num_frames, NUM_EXPRESSIONS), np.float32)
        for column, name in enumerate(self.names):
            if name in ARKIT_INDEX:
                full[:, ARKIT_INDEX[name]] = self.weights[:, column]
        return full
