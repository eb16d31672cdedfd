"""Trials: of a person whom no network has seen, which views go in, and which are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mien.avatar.head_frame import head_from_posed
from mien.avatar.rig import Rig
from mien.camera import Camera
from mien.capture.alignment import moved_camera
from mien.capture.protocol import Capture, CaptureCamera
from mien.errors import FileError
from mien.models.headsup.views import Views
from mien.training.fit.surface import tracked_surface
from mien.transforms import Array, normalize, rigid_inverse

Float32 = NDArray[np.float32]

_GREY = 0.5
"""What is put behind a person who stands in a room, as it is behind the synthetic ones."""


@dataclass(frozen=True)
class Plan:
    """How the views of a person are shared out.

    Args:
        num_inputs: Views that go in.
        num_targets: Views that are held out; they are chosen first, so that they stay the same
            however many go in.
        frame: Which frame of the capture.
    """

    num_inputs: int = 8
    num_targets: int = 8
    frame: int = 0


@dataclass(frozen=True, eq=False)
class Trial:
    """A person as a method meets them.

    Args:
        capture: Opened; closing it is the owner's.
        frame: Which.
        inputs: Cameras whose views go in.
        targets: Cameras whose views are held out.
    """

    capture: Capture
    frame: int
    inputs: tuple[CaptureCamera, ...]
    targets: tuple[CaptureCamera, ...]

    @staticmethod
    def of(capture: Capture, plan: Plan) -> Trial:
        """Share out the cameras: test cameras are held out first, then others spread around.

        Those that go in are spread around, too, beginning in front; the first of many are the
        same as few.

        Raises:
            FileError: The capture has too few pictures, or no such frame.
        """
        count = len(capture.times)
        if not 0 <= plan.frame < count:
            raise FileError(capture.source, f"has no frame {plan.frame}; it has {count}")
        there = [held for held in capture.cameras if capture.present(held.name, plan.frame)]
        if len(there) < plan.num_inputs + plan.num_targets:
            raise FileError(
                capture.source,
                f"{len(there)} views cannot be {plan.num_inputs} to go in and {plan.num_targets} to"
                " be held out",
            )
        tested = [held for held in there if held.split == "test"]
        targets = spread(tested, min(plan.num_targets, len(tested)))
        others = [held for held in there if held not in targets]
        targets = spread(others, plan.num_targets - len(targets), beside=targets)
        left = [held for held in there if held not in targets]
        inputs = spread(left, plan.num_inputs)
        return Trial(capture, plan.frame, tuple(inputs), tuple(targets))

    @property
    def person(self) -> str:
        """Who: the capture's file without its ending."""
        return self.capture.source.stem

    @cached_property
    def head_from_world(self) -> Array:
        """What undoes the motion of the head in this frame [4, 4], as far as it was tracked."""
        tracking = self.capture.tracking
        if tracking is None:
            return np.eye(4)
        state = tracking.state(self.frame)
        moved = (state.head_rotation, state.head_translation, state.neck_rotation)
        if not any(part.any() for part in moved):
            return np.eye(4)
        rig: Rig = tracked_surface(tracking, (self.frame,)).rig
        return head_from_posed(rig, state)

    @cached_property
    def world_from_head(self) -> Array:
        """Where the head went in this frame [4, 4]."""
        return rigid_inverse(self.head_from_world)

    def views(self, side: int) -> list[Views]:
        """Return the views that go in, in the head's frame, those of one size together.

        Args:
            side: Pixels along their longer sides.

        Raises:
            FileError: A picture is damaged.
        """
        import torch

        by_size: dict[tuple[int, ...], list[Views]] = {}
        for image, camera in self.photographs:
            view = Views.of(image, camera, side=side)
            by_size.setdefault(tuple(view.images.shape[-2:]), []).append(view)
        return [
            Views(
                torch.cat([view.images for view in alike], dim=1),
                torch.cat([view.rays for view in alike], dim=1),
            )
            for alike in by_size.values()
        ]

    @cached_property
    def photographs(self) -> tuple[tuple[Float32, Camera], ...]:
        """The pictures that go in, 0..1, with their cameras in the head's frame."""
        return tuple(
            (self._pixels(held.name), moved_camera(held.camera, self.head_from_world))
            for held in self.inputs
        )

    def _pixels(self, camera: str) -> Float32:
        view = self.capture.view(camera, self.frame)
        pixels = view.image.astype(np.float32) / np.float32(255)
        if view.mask is None or self.capture.background is not None:
            return pixels
        share = view.mask.astype(np.float32)[..., None] / np.float32(255)
        return (share * pixels + (1 - share) * np.float32(_GREY)).astype(np.float32)


def spread(
    cameras: Sequence[CaptureCamera], count: int, *, beside: Sequence[CaptureCamera] = ()
) -> list[CaptureCamera]:
    """Return cameras that see a head from sides as different as can be, one after the other.

    Each is the farthest from those before; the first is the one most in front.

    Args:
        cameras: To choose from.
        count: How many; at most as many as there are.
        beside: Cameras chosen already, which come first in what is returned.
    """
    chosen = list(beside)
    left = [held for held in cameras if held not in chosen]
    for _ in range(min(count, len(left))):
        sides = np.array([_side(held) for held in left])
        if chosen:
            near = (sides @ np.array([_side(held) for held in chosen]).T).max(axis=1)
            place = int(np.argmin(near))
        else:
            place = int(np.argmax(sides[:, 2]))
        chosen.append(left.pop(place))
    return chosen


def _side(held: CaptureCamera) -> Array:
    return normalize(held.camera.position)
