"""What is to be filmed: which people do what, before which cameras, in which light."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien import __version__
from mien.avatar.deformer import Deformer
from mien.avatar.state import NEUTRAL, AvatarState
from mien.capture.protocol import CaptureCamera
from mien.capture.store.outline import CaptureOutline, Landmarks
from mien.capture.synthetic.backdrops import Backdrop, backdrop_named
from mien.capture.synthetic.lights import Light, light_named
from mien.capture.synthetic.making import rig_of
from mien.capture.synthetic.moments import Moments, moments
from mien.capture.synthetic.performance import held_expressions, perform
from mien.capture.synthetic.person import Person
from mien.capture.synthetic.sampling import sample_person
from mien.capture.tracking import Tracking
from mien.driving.retarget import Retarget
from mien.driving.track import ExpressionTrack
from mien.errors import MienError
from mien.template.sources.mien_head import mien_head

Frames = Literal["neutral", "expressions"] | Moments | int | ExpressionTrack
"""What people do: nothing, some expressions that all share or each their own, live for so many
frames, or as a track says."""

MAX_SAMPLES = 8
"""Samples a pixel and axis, beyond which nobody sees a difference."""


@dataclass(frozen=True)
class Script:
    """What one person does.

    Args:
        times: Seconds [T].
        names: What each frame is called [T].
        states: The person in each frame [T].
    """

    times: NDArray[np.float64]
    names: tuple[str, ...]
    states: tuple[AvatarState, ...]


@dataclass(frozen=True, eq=False)
class Production:
    """A plan that makes the same pictures wherever it is carried out.

    Args:
        cameras: The rig.
        rig: What it is called.
        frames: What people do.
        light: Name of the light.
        backdrop: Name of what is behind them.
        texture: Texels along a side of a skin's paint.
        supersampling: Samples per pixel and axis.

    Raises:
        MienError: There is no such light or backdrop, nothing to do, or no number of samples.
    """

    cameras: tuple[CaptureCamera, ...]
    rig: str = "custom"
    frames: Frames = "neutral"
    light: str = "studio"
    backdrop: str = "grey"
    texture: int = 1024
    supersampling: int = 2

    def __post_init__(self) -> None:
        light_named(self.light)
        backdrop_named(self.backdrop)
        if not 1 <= self.supersampling <= MAX_SAMPLES:
            raise MienError(f"{self.supersampling} samples a pixel: use 1 to {MAX_SAMPLES}")
        if isinstance(self.frames, int) and self.frames < 1:
            raise MienError(f"{self.frames} frames are nothing to film")
        if isinstance(self.frames, ExpressionTrack) and not self.frames.seen.any():
            raise MienError("the track shows no face in any frame")

    @cached_property
    def lighting(self) -> Light:
        """The light."""
        return light_named(self.light)

    @cached_property
    def behind(self) -> Backdrop:
        """The backdrop."""
        return backdrop_named(self.backdrop)

    def script(self, seed: int) -> Script:
        """Return what the person of a seed does."""
        if self.frames == "neutral":
            return Script(np.zeros(1), ("neutral",), (NEUTRAL,))
        if self.frames == "expressions":
            track, names = held_expressions()
        elif isinstance(self.frames, Moments):
            track, names = moments(seed, self.frames.count)
        else:
            track = self.frames if not isinstance(self.frames, int) else perform(seed, self.frames)
            names = tuple(f"{frame:05d}" for frame in range(track.num_frames))
        moves = Retarget().apply(track)
        return Script(track.times, names, tuple(moves.state_at(time) for time in track.times))

    def outline(self, seed: int) -> CaptureOutline:
        """Return everything about the capture of a person but its pictures."""
        person, script = sample_person(seed), self.script(seed)
        return CaptureOutline(
            capture_name(seed),
            self.cameras,
            script.times,
            script.names,
            aligned=True,
            tracking=_tracking(person, script),
            attributes=person.attributes() | {"lighting": self.light, "rig": self.rig},
            background=self.behind.background,
            landmarks=_landmarks(person, script),
            provenance={
                "made_by": f"mien {__version__}",
                "command": "capture synthesize",
                "seed": seed,
                "rig": self.rig,
                "light": self.light,
                "backdrop": self.backdrop,
                "texture": self.texture,
                "supersampling": self.supersampling,
            },
        )


def capture_name(seed: int) -> str:
    """Return what the capture of a seed's person is called."""
    return f"person-{seed:05d}"


def _tracking(person: Person, script: Script) -> Tracking:
    template = mien_head()
    # What they rest with is part of the shape, beyond what the identities of the template reach.
    offsets = rig_of(person, template).rest - template.identity(person.identity)
    return Tracking.of_states(
        template.name, person.identity, script.states, rest_offsets=offsets.astype(np.float32)
    )


def _landmarks(person: Person, script: Script) -> Landmarks:
    template = mien_head()
    rig = rig_of(person, template)
    deformer = Deformer.of(rig)
    vertices = list(template.landmarks.values())
    points = np.empty((len(script.states), len(vertices), 3), np.float32)
    for frame, state in enumerate(script.states):
        moved = deformer.points(state)
        points[frame] = (rig.rest if moved is None else moved)[vertices]
    return Landmarks(tuple(template.landmarks), points)
