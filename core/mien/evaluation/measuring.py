"""Measure an avatar against a capture, picture by picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import numpy as np

from mien.avatar.state import NEUTRAL, AvatarState
from mien.camera import Camera
from mien.capture.alignment import Realigned
from mien.capture.protocol import Capture, camera_named
from mien.errors import FileError
from mien.evaluation.metrics import Unavailable, metric, unavailable
from mien.evaluation.pairs import Photograph, effective_recipe, photograph, rendered
from mien.evaluation.recipe import DEFAULT_RECIPE, Recipe
from mien.evaluation.similarity import PictureTooSmall
from mien.gaussians.cloud import GaussianCloud
from mien.image import Image
from mien.rendering import best_renderer
from mien.rendering.protocol import Renderer

Progress = Callable[[float | None, str], None]
States = Callable[[int], AvatarState]

_AHEAD = 4
"""Photographs that are decoded, and pairs that are compared, beside the one being drawn."""


class Subject(Protocol):
    """Who is measured: an avatar, or whatever else has a name and can be posed."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def pose(self, state: AvatarState = ...) -> GaussianCloud:
        """Return the Gaussians of a state, in metres, Y up, face toward +Z."""
        ...


@dataclass(frozen=True)
class Measured:
    """What was found of a picture.

    Args:
        camera: Its camera's name.
        frame: Its index in the capture.
        values: By the metrics' names; empty where it is missing.
        missing: Why there is nothing to compare with, or None.
    """

    camera: str
    frame: int
    values: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    missing: str | None = None


def capture_states(capture: Capture) -> States:
    """Return the state of each frame as the capture was tracked; neutral where it was not."""
    tracking = capture.tracking
    return (lambda _: NEUTRAL) if tracking is None else tracking.state


def in_world_of(avatar: Subject, capture: Capture) -> Capture:
    """Return the capture in the world of an avatar that was fitted where its head is not."""
    motion = getattr(avatar, "head_from_world", None)
    if motion is None or np.allclose(motion, np.eye(4), rtol=0, atol=1e-12):
        return capture
    return Realigned(capture, motion)


def evaluate(
    avatar: Subject,
    capture: Capture,
    *,
    cameras: Sequence[str] | None = None,
    frames: Sequence[int] | None = None,
    recipe: Recipe = DEFAULT_RECIPE,
    states: States | None = None,
    renderer: Renderer | None = None,
    progress: Progress | None = None,
) -> Iterator[Measured]:
    """Yield what is found of each picture, frame by frame and camera by camera.

    Photographs are decoded and pairs compared on threads beside the one that draws. Ending the
    iteration early stops them.

    Args:
        avatar: Who is drawn.
        capture: What it is held against; where the avatar knows how its own world lies in the
            capture's (`head_from_world`), the cameras are moved there.
        cameras: Names of those wanted; by default all.
        frames: Indices of those wanted; by default all.
        recipe: What is compared; see `effective_recipe`. A metric that cannot be had here is left
            out of the values.
        states: The avatar's state in each frame; by default as the capture was tracked.
        renderer: Draws, on this thread; by default the best one here.
        progress: Told how far it is between pictures; may raise to stop.

    Raises:
        KeyError: The rig has no such camera.
        IndexError: There is no such frame.
        Unavailable: None of the recipe's metrics can be had here.
        RenderError: The avatar cannot be drawn.
    """
    usable = usable_metrics(recipe)
    placed = in_world_of(avatar, capture)
    names = [held.name for held in placed.cameras] if cameras is None else list(cameras)
    lenses = {name: camera_named(placed, name).camera for name in names}
    indices = _checked_frames(placed, frames)
    task = _Task(placed, lenses, effective_recipe(recipe, capture).replace(metrics=usable))
    jobs = [(name, index) for index in indices for name in names]
    drawing = best_renderer() if renderer is None else renderer
    found = _measured(task, avatar, states or capture_states(placed), drawing, jobs)
    try:
        with closing(found):
            for done, item in enumerate(found, start=1):
                yield item
                if progress is not None:
                    progress(done / len(jobs), f"{done} of {len(jobs)} pictures")
    finally:
        if renderer is None:
            drawing.close()


def usable_metrics(recipe: Recipe) -> tuple[str, ...]:
    """Return those of a recipe's metrics that can be had here.

    Raises:
        Unavailable: None can.
        MienError: There is no metric of a name.
    """
    reasons = unavailable(recipe.metrics)
    usable = tuple(name for name in recipe.metrics if name not in reasons)
    if not usable:
        told = "; ".join(f"{metric(name).title}: {why}" for name, why in reasons.items())
        raise Unavailable(told or "no metric was asked for")
    return usable


@dataclass(frozen=True)
class _Task:
    capture: Capture
    lenses: Mapping[str, Camera]
    recipe: Recipe

    def read(self, camera: str, frame: int) -> Photograph | str:
        """Return a photograph, or why there is none."""
        try:
            if not self.capture.present(camera, frame):
                return "not in the capture"
            lens = self.lenses[camera]
            return photograph(self.capture, camera, frame, lens=lens, recipe=self.recipe)
        except FileError as error:
            return error.reason

    def compare(self, image: Image, reference: Image) -> Mapping[str, float]:
        """Return the values of a pair."""
        values: dict[str, float] = {}
        for name in self.recipe.metrics:
            # A small person leaves nothing to measure at five scales; the others still count.
            with suppress(PictureTooSmall):
                values[name] = metric(name).compute(image, reference, self.recipe)
        return MappingProxyType(values)


def _measured(
    task: _Task,
    avatar: Subject,
    states: States,
    renderer: Renderer,
    jobs: Sequence[tuple[str, int]],
) -> Generator[Measured]:
    """Yield what is found, in order, with a reader and a judge working beside this thread."""
    with (
        ThreadPoolExecutor(1, "photographs") as reader,
        ThreadPoolExecutor(1, "metrics") as judge,
    ):
        coming = deque[Future[Photograph | str]]()
        judged = deque[tuple[str, int, Future[Mapping[str, float]] | str]]()
        cloud, posed_frame = None, None
        try:
            for number, (camera, frame) in enumerate(jobs):
                for later in jobs[number + len(coming) : number + 1 + _AHEAD]:
                    coming.append(reader.submit(task.read, *later))
                photo = coming.popleft().result()
                if isinstance(photo, str):
                    judged.append((camera, frame, photo))
                else:
                    if cloud is None or posed_frame != frame:
                        cloud, posed_frame = avatar.pose(states(frame)), frame
                    image = rendered(renderer, cloud, photo)
                    judged.append((camera, frame, judge.submit(task.compare, image, photo.image)))
                while len(judged) > _AHEAD:
                    yield _finding(*judged.popleft())
            while judged:
                yield _finding(*judged.popleft())
        finally:
            for waiting in (*coming, *(last for *_, last in judged)):
                if isinstance(waiting, Future):
                    waiting.cancel()


def _finding(camera: str, frame: int, value: Future[Mapping[str, float]] | str) -> Measured:
    if isinstance(value, str):
        return Measured(camera, frame, missing=value)
    return Measured(camera, frame, value.result())


def _checked_frames(capture: Capture, frames: Sequence[int] | None) -> list[int]:
    count = len(capture.frame_names)
    if frames is None:
        return list(range(count))
    for frame in frames:
        if not 0 <= frame < count:
            raise IndexError(f"{capture.name} has frames 0 to {count - 1}, not {frame}")
    return list(frames)
