"""Review: what slot A shows, held against a capture's photographs: what is to be measured, and how.

What is measured is taken from the session at once (`prepare`), so that the long work that follows
(`Measurement.run`) knows nothing of the session, and that its figures can be told to be out of date
(`Conditions`) when the session goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mien.avatar.state import AvatarState
from mien.capture.protocol import Capture, cameras_of
from mien.editing.document import Asset, Document, Drive
from mien.errors import MienError
from mien.evaluation.measuring import Measured, Progress, evaluate
from mien.evaluation.metrics import unavailable
from mien.evaluation.pairs import effective_recipe
from mien.evaluation.recipe import Recipe
from mien.evaluation.result import Evaluation
from mien.gaussians.marks import Marks
from mien.rendering.protocol import Renderer
from mien.session.request import Blend
from mien.session.session import Session
from mien.session.subject import Subject

REVIEWED = ("psnr", "ssim", "flip", "lpips")
"""The metrics a review begins with."""

HELD_OUT, ALL = "test", "all"

_TELL_EVERY_SECS = 0.4


@dataclass(frozen=True)
class Scope:
    """Which pictures are measured, and by which recipe.

    Args:
        cameras: `test` for those held out (all where none is), `all`, or names.
        every: Only each so many frames, from the first.
        recipe: What is compared.

    Raises:
        MienError: `every` is less than one.
    """

    cameras: tuple[str, ...] = (HELD_OUT,)
    every: int = 1
    recipe: Recipe = Recipe(metrics=REVIEWED)

    def __post_init__(self) -> None:
        if self.every < 1:
            raise MienError(f"every {self.every} frames: from 1 on")

    def replace(self, **changes: object) -> Scope:
        """Return a scope with other values of some fields."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def cameras_in(self, capture: Capture) -> tuple[str, ...]:
        """Return the names of the cameras it means, in the rig's order."""
        names = tuple(held.name for held in capture.cameras)
        if ALL in self.cameras:
            return names
        chosen = {name for name in self.cameras if name in names}
        if HELD_OUT in self.cameras:
            chosen |= {held.name for held in cameras_of(capture, "test")} or set(names)
        return tuple(name for name in names if name in chosen)

    def frames_in(self, capture: Capture) -> tuple[int, ...]:
        """Return the frames it means."""
        return tuple(range(0, len(capture.times), self.every))


@dataclass(frozen=True)
class Conditions:
    """All that figures depend on: under equal ones they would come out the same.

    Args:
        capture: What the photographs are of.
        scope: Which of them, and how they are compared.
        blend: Who is drawn; avatars are compared by identity.
        state: What the sliders say.
        drive: What moves the avatar, with only what matters of its settings.
        marks: Which Gaussians are hidden or deleted.
        up_fix: How a foreign file was turned upright.
    """

    capture: Asset
    scope: Scope
    blend: Blend
    state: AvatarState
    drive: Drive
    marks: Marks | None
    up_fix: str


@dataclass(frozen=True, eq=False)
class Measurement:
    """All that it takes to measure, independent of the session.

    Args:
        conditions: Under which.
        subject: Who is drawn.
        capture: What it is held against.
        cameras: Names of those measured.
        states: The subject's in each frame that is measured, by its index.
        recipe: The effective one.
        unavailable: Why metrics of it cannot be had here, by name.
    """

    conditions: Conditions
    subject: Subject
    capture: Capture
    cameras: tuple[str, ...]
    states: Mapping[int, AvatarState]
    recipe: Recipe
    unavailable: Mapping[str, str]

    @property
    def num_pictures(self) -> int:
        """How many pictures are measured."""
        return len(self.cameras) * len(self.states)

    def run(
        self,
        renderer: Renderer,
        *,
        progress: Progress | None = None,
        found: Callable[[Evaluation], object] | None = None,
    ) -> Evaluation:
        """Measure.

        Args:
            renderer: Draws, on this thread.
            progress: Told how far it is between pictures; may raise to stop.
            found: Told what there is so far, a few times a second, and at the end however it comes.

        Raises:
            Unavailable: None of the recipe's metrics can be had here.
            RenderError: The subject cannot be drawn.
        """
        items: list[Measured] = []
        told = time.monotonic()
        try:
            for item in evaluate(
                self.subject,
                self.capture,
                cameras=self.cameras,
                frames=tuple(self.states),
                recipe=self.recipe,
                states=self.states.__getitem__,
                renderer=renderer,
                progress=progress,
            ):
                items.append(item)
                if found is not None and time.monotonic() - told > _TELL_EVERY_SECS:
                    found(self.evaluation(items))
                    told = time.monotonic()
        finally:
            if found is not None and items:
                found(self.evaluation(items))
        return self.evaluation(items)

    def evaluation(self, items: Sequence[Measured]) -> Evaluation:
        """Return what was found of some of the pictures."""
        return Evaluation.of(
            self.subject.name, self.capture, self.recipe, items, unavailable=self.unavailable
        )


def reviewed_capture(session: Session) -> Asset | None:
    """Return the capture a review is about: the one whose cameras the view moves among, or the one
    that is shown; None without any that is open."""
    document = session.document
    wanted = [session.view.state.station_asset]
    wanted += [photo.asset for photo in document.photos.values()]
    present = {asset.id: asset for asset in document.assets}
    for asset_id in wanted:
        if asset_id in present and session.library.capture(asset_id) is not None:
            return present[asset_id]
    return None


def conditions(session: Session, scope: Scope) -> Conditions | None:
    """Return under which conditions would be measured now; None where nothing can be."""
    asset = reviewed_capture(session)
    blend = session.blend("A", session.view.state.time)
    if asset is None or blend is None:
        return None
    document = session.document
    look = document.look("A")
    only = look.asset_ids[0] if look is not None and len(look.asset_ids) == 1 else ""
    return Conditions(
        asset,
        scope,
        blend,
        document.state,
        _what_matters(document, session),
        document.marks.get(only),
        document.up_fixes.get(only, ""),
    )


def prepare(session: Session, scope: Scope) -> Measurement:
    """Take from a session what it takes to measure slot A as it is shown now.

    A look that changes along the timeline is measured as it is at this instant.

    Raises:
        MienError: There is nothing to measure, or nothing to measure it with.
    """
    asset = reviewed_capture(session)
    if asset is None:
        raise MienError(
            "there is no ground truth to measure against",
            hint="Drop a capture on the window first.",
        )
    under = conditions(session, scope)
    if under is None:
        raise MienError("A shows no avatar to measure", hint="Show one in A first.")
    capture = session.library.capture(asset.id)
    assert capture is not None
    cameras = scope.cameras_in(capture)
    if not cameras:
        raise MienError(f"{capture.name} has none of the cameras {', '.join(scope.cameras)}")
    start = float(capture.times[0])
    states = {
        frame: session.state_at(float(capture.times[frame]) - start)
        for frame in scope.frames_in(capture)
    }
    recipe = effective_recipe(scope.recipe, capture)
    look = session.document.look("A")
    names = [session.document.asset(key).name for key in look.asset_ids] if look else []
    subject = Subject(" + ".join(names), under.blend, under.marks, under.up_fix)
    return Measurement(
        under, subject, capture, cameras, states, recipe, unavailable(recipe.metrics)
    )


def _what_matters(document: Document, session: Session) -> Drive:
    """Return the drive without the settings that cannot change a picture."""
    drive = document.drive
    capture = session.library.capture(drive.source or "")
    if drive.source is None:
        return Drive()
    if capture is not None and capture.tracking is not None:
        # Tracked captures are shown as they were tracked, frame by frame.
        return Drive(drive.source, drive.expression, drive.pose, drive.eyes)
    return drive
