"""The person's surface: the template in their shape, and how it stands in each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mien.avatar.rig import Rig
from mien.avatar.state import AvatarState
from mien.avatar.template_rig import reshaped, rig_from_template
from mien.capture.protocol import Capture
from mien.capture.tracking import Tracking
from mien.template.head import HeadTemplate
from mien.template.selection import open_template
from mien.transforms import Array


@dataclass(frozen=True, eq=False)
class FitSurface:
    """What Gaussians are bound to, and where it is in each frame.

    Args:
        template: The head template.
        rig: The person at rest.
        states: How the rig stands in each frame that is fitted.
        head_from_world: The similarity [4, 4] from the capture's world to the rig's.
        note: How it was found, for people.
    """

    template: HeadTemplate
    rig: Rig
    states: Mapping[int, AvatarState]
    head_from_world: Array
    note: str


def tracked_surface(tracking: Tracking, frames: tuple[int, ...]) -> FitSurface:
    """Return the surface that a capture's tracking describes.

    Raises:
        MienError: Its template is not here.
        ValueError: Its shape does not fit the template.
    """
    template = open_template(tracking.template)
    rig = reshaped(rig_from_template(template), template, tracking.surface(template))
    states = {frame: tracking.state(frame) for frame in frames}
    return FitSurface(template, rig, states, np.eye(4), "as tracked in the capture")


def surface_of(capture: Capture, template: str | None, frames: tuple[int, ...]) -> FitSurface:
    """Find the surface of a capture's person: as tracked, else by the landmarks of the face.

    Args:
        capture: Of the person.
        template: Name of the head template that is wanted, or None for the tracking's.
        frames: That are fitted.

    Raises:
        MienError: The template is not here, or several frames are wanted of an untracked capture.
    """
    tracking = capture.tracking
    if tracking is not None and template in (None, tracking.template):
        return tracked_surface(tracking, frames)
    from mien.training.fit.estimation import estimated_surface

    return estimated_surface(capture, open_template(template or "mien_head"), frames)
