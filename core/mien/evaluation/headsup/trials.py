"""Trials: of a person whom no network has seen, which views go in, and which are held out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mien.capture.protocol import Capture, CaptureCamera
from mien.errors import FileError
from mien.models.headsup.views import Views
from mien.training.reconstruction.inputs import read_inputs, views_of
from mien.training.reconstruction.placing import Placed, placed, spread
from mien.transforms import Array


@dataclass(frozen=True)
class Plan:
    """How the views of a person are shared out.

    Args:
        num_inputs: Views that go in.
        num_targets: Views that are held out; they are chosen first, so that they stay the same
            however many go in.
        frame: Which frame of the capture.
        template: Name of the head template that heads are placed by.
    """

    num_inputs: int = 8
    num_targets: int = 8
    frame: int = 0
    template: str = "mien_head"


@dataclass(frozen=True, eq=False)
class Trial:
    """A person as a method meets them.

    Args:
        original: The capture as it is; closing it is the owner's.
        at: The same in the world in which the head of the frame stands still.
        inputs: Cameras whose views go in, in that world.
        targets: Cameras whose views are held out.
    """

    original: Capture
    at: Placed
    inputs: tuple[CaptureCamera, ...]
    targets: tuple[CaptureCamera, ...]

    @staticmethod
    def of(capture: Capture, plan: Plan) -> Trial:
        """Share out the cameras: test cameras are held out first, then others spread around.

        Those that go in are spread around, too, beginning in front; the first of many are the
        same as few.

        Raises:
            FileError: The capture has too few pictures, or nobody knows where the head is.
            MienError: There is no such frame or template.
        """
        at = placed(capture, plan.frame, plan.template)
        there = [held for held in at.capture.cameras if capture.present(held.name, plan.frame)]
        if len(there) < plan.num_inputs + plan.num_targets:
            raise FileError(
                capture.source,
                f"{len(there)} views cannot be {plan.num_inputs} to go in and {plan.num_targets} to"
                " be held out",
            )
        tested = [held for held in there if held.split == "test"]
        targets = spread(tested, plan.num_targets)
        others = [held for held in there if held not in targets]
        targets += spread(others, plan.num_targets - len(targets), beside=targets)
        left = [held for held in there if held not in targets]
        return Trial(capture, at, tuple(spread(left, plan.num_inputs)), tuple(targets))

    @property
    def person(self) -> str:
        """Who: the capture's file without its ending."""
        return self.original.source.stem

    @property
    def capture(self) -> Capture:
        """The person, in the world in which the head stands still."""
        return self.at.capture

    @property
    def frame(self) -> int:
        """Which frame."""
        return self.at.frame

    @cached_property
    def head_from_world(self) -> Array:
        """The similarity [4, 4] from the original's world to that of the head."""
        return self.capture.head_from_world @ np.linalg.inv(self.original.head_from_world)

    def views(self, side: int) -> list[Views]:
        """Return the views that go in, in the head's frame, those of one size together.

        Args:
            side: Pixels along their longer sides.

        Raises:
            FileError: A picture is damaged, or none shows anybody.
        """
        inputs, _ = read_inputs(self.at, self.inputs, side=side)
        return views_of(inputs)
