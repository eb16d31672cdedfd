"""A capture as the network wants it: in the frame of the head, with cameras spread around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.avatar.head_frame import head_from_posed
from mien.capture.alignment import Realigned
from mien.capture.protocol import Capture, CaptureCamera, ViewMissing, camera_named
from mien.capture.spreading import spread_around
from mien.errors import FileError, MienError
from mien.training.fit.surface import surface_of
from mien.training.fit.views import check_frames
from mien.transforms import Array

_CALM = 0.6
"""Largest sum of expression weights that still is a neutral face."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A frame of a capture in the world in which its head stands still.

    Args:
        capture: Its cameras are in the head's frame; closing it closes the original.
        frame: Which.
        head_from_world: The similarity [4, 4] from the original's world to the head's.
        avatar_from_world: The similarity [4, 4] from the original's world to the world in which an
            avatar is posed by what was tracked.
        notes: How the head was found, and what its user should know of it.
    """

    capture: Capture
    frame: int
    head_from_world: Array
    avatar_from_world: Array
    notes: tuple[str, ...]


def placed(capture: Capture, frame: int, template: str) -> Placed:
    """Find the head in a frame of a capture.

    Args:
        capture: The person.
        frame: Which.
        template: Name of the head template.

    Raises:
        MienError: There is no such frame, the template is not here, or nobody can tell where the
            head is.
    """
    check_frames(capture, (frame,))
    surface = surface_of(capture, template, (frame,))
    found = not np.allclose(surface.head_from_world, np.eye(4))
    if capture.tracking is None and not capture.aligned and not found:
        raise FileError(
            capture.source,
            f"no head was found in frame {capture.frame_names[frame]}: its pictures show no face"
            " that could be placed, and it has neither a tracking nor masks",
        )
    state = surface.states[frame]
    notes = [f"the head was found {surface.note}"]
    if float(np.abs(state.expression).sum()) > _CALM:
        notes.append("the frame shows an expression, which the avatar will keep at rest")
    motion = head_from_posed(surface.rig, state) @ surface.head_from_world
    return Placed(Realigned(capture, motion), frame, motion, surface.head_from_world, tuple(notes))


def chosen_views(at: Placed, *, views: int, cameras: Sequence[str] | None) -> list[CaptureCamera]:
    """Return the cameras whose pictures go in: those that are wanted, else well spread ones.

    Cameras for training come first; those held out for testing help only where there are too few.

    Raises:
        MienError: The rig has no such camera, the number is not positive, or no picture is there.
    """
    capture = at.capture
    if cameras is not None:
        try:
            named = [camera_named(capture, name) for name in dict.fromkeys(cameras)]
        except KeyError as error:
            raise MienError(str(error.args[0])) from None
        missing = [held.name for held in named if not capture.present(held.name, at.frame)]
        if missing or not named:
            told = f"camera {missing[0]} has no picture" if missing else "no camera was chosen"
            raise ViewMissing(capture.source, f"{told} in frame {at.frame}")
        return named
    if views < 1:
        raise MienError(f"{views} views: at least one must go in")
    there = [held for held in capture.cameras if capture.present(held.name, at.frame)]
    if not there:
        raise ViewMissing(capture.source, f"has no picture in frame {at.frame}")
    training = [held for held in there if held.split == "train"]
    others = [held for held in there if held.split != "train"]
    chosen = spread(training, views)
    return chosen + spread(others, views - len(chosen), beside=chosen)


def spread(
    cameras: Sequence[CaptureCamera], count: int, *, beside: Sequence[CaptureCamera] = ()
) -> list[CaptureCamera]:
    """Return cameras that look at the head from as different sides as there are.

    Args:
        cameras: To choose from, in the head's frame.
        count: How many are wanted; fewer come back where there are fewer.
        beside: Cameras that are chosen already.
    """
    positions = [held.camera.position for held in cameras]
    known = [held.camera.position for held in beside]
    return [cameras[index] for index in spread_around(positions, count, beside=known)]
