"""Samples: some views of somebody go in, other views of them are what the head should look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.capture.protocol import CaptureCamera, View
from mien.errors import FileError
from mien.models.headsup.canvas import Canvas
from mien.models.headsup.config import HeadsUpConfig
from mien.template.selection import open_template
from mien.training.headsup.close_up import CloseUp
from mien.training.headsup.features import features_seen
from mien.training.headsup.person import Motion, Person, Texels
from mien.training.headsup.pictures import Look, Target, as_input, as_places, as_target, shown
from mien.training.headsup.texel_colors import Seen, texel_colors
from mien.training.headsup.texel_shells import DepthView, texel_shells

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Intake:
    """What samples a network takes.

    Args:
        view_side: Pixels along the longer side of a view that goes in.
        template: Name of the head template whose texels are supervised; None for none.
        texels: Along a side of its map.
        rigged: Whether it learns how expressions change a neutral face.
        backgrounds: Whether it learns what is behind people.
        places: Whether it is supervised by what pixels of the views show is where.
    """

    view_side: int
    template: str | None = None
    texels: int = 0
    rigged: bool = False
    backgrounds: bool = False
    places: bool = False

    @staticmethod
    def of(config: HeadsUpConfig) -> Intake:
        """Return what a HeadsUp network takes."""
        return Intake(
            config.view_side,
            config.template,
            config.texels,
            rigged=config.rig_width > 0,
            backgrounds=config.background_dim > 0,
        )

    def canvas(self) -> Canvas | None:
        """Return the texels that are supervised."""
        return Canvas.of(open_template(self.template), self.texels) if self.template else None


@dataclass(frozen=True, eq=False)
class TexelTarget:
    """What is known of a head's texels.

    Args:
        points: Where they lie on the tracked surface [P, 3], metres.
        colors: What the views show there, or on the hair over it [P, 3].
        known: How well that is known [P], 0..1.
        shells: Where hair or clothes over them end, or the surface [P, 3], metres.
        touched: How well that is known [P], 0..1.
    """

    points: Float32
    colors: Float32
    known: Float32
    shells: Float32
    touched: Float32


@dataclass(frozen=True, eq=False)
class Sample:
    """One person's part of a step.

    Args:
        images: What goes in, with masks [V, 4, S, S].
        rays: Its rays [V, 6, S, S].
        targets: What should come out.
        behind: The colour [3] behind the targets; None where they keep what is there.
        texels: What is known of the texels; None where the capture was not tracked.
        motion: How the targets' expression moves the face that went in; None where they show it.
        places: The points that the pixels of what goes in show [V, 3, S, S], metres, NaN where
            nobody knows; None where the network is not supervised by them.
    """

    images: Float32
    rays: Float32
    targets: tuple[Target, ...]
    behind: Float32 | None
    texels: TexelTarget | None
    motion: Motion | None
    places: Float32 | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """What a sample is to be made of.

    Args:
        frames: Whose views go in, and whose views should come out.
        inputs: Cameras of the views that go in.
        targets: Cameras of the views that should come out.
        before: How the views that go in are shown.
        after: How the views that should come out are shown.
    """

    frames: tuple[int, int]
    inputs: tuple[CaptureCamera, ...]
    targets: tuple[CaptureCamera, ...]
    before: Look
    after: Look


def sample_of(
    person: Person, plan: Plan, *, view_side: int, target_side: int, places: bool = False
) -> Sample:
    """Make a sample.

    Args:
        person: Whose.
        plan: What it is to be made of.
        view_side: Pixels along the longer side of what goes in.
        target_side: Pixels along the longer side of what should come out, at most.
        places: Whether the points that go in are wanted.

    Raises:
        FileError: A picture cannot be read.
        MienError: The person cannot be told from what is behind.
    """
    shown_frame, asked_frame = plan.frames
    known = person.capture.background
    seen = [_seen(person, held, shown_frame, plan.before) for held in plan.inputs]
    # Whoever keeps what is behind them goes in as if nobody could tell them from it.
    told = [_unmasked(each.pixels) if plan.before.behind is None else each.pixels for each in seen]
    pictures = [
        as_input(pixels, each.camera, view_side) for pixels, each in zip(told, seen, strict=True)
    ]
    asked = [person.capture.view(held.name, asked_frame) for held in plan.targets]
    after = _honest(plan.after, asked, known, person)
    same = asked_frame == shown_frame
    texels = person.texels(shown_frame)
    moved = texels if same else person.texels(asked_frame)
    targets = tuple(
        _with_features(
            as_target(
                shown(view, after, known),
                person.camera(held, asked_frame),
                target_side,
                masked=view.mask is not None and after.behind is not None,
            ),
            moved,
        )
        for held, view in zip(plan.targets, asked, strict=True)
    )
    depths = _depths(person, plan, asked) if same else []
    return Sample(
        np.stack([image for image, _ in pictures]),
        np.stack([rays for _, rays in pictures]),
        targets,
        after.behind,
        None if texels is None else _supervised(texels, seen, depths),
        None if same else person.motion(asked_frame),
        _places(seen, view_side) if places else None,
    )


def chosen_cameras(
    person: Person, order: Sequence[CaptureCamera], frames: tuple[int, int], counts: tuple[int, int]
) -> tuple[tuple[CaptureCamera, ...], tuple[CaptureCamera, ...]]:
    """Return the cameras whose views go in, and others, whose views should come out.

    Args:
        person: Whose.
        order: In which cameras are preferred.
        frames: Whose views go in, and whose should come out.
        counts: How many of each. Somebody who has fewer that go in shows some twice.

    Raises:
        FileError: A frame has no pictures.
    """
    wanted, asked = counts
    there = [[held for held in order if person.capture.present(held.name, f)] for f in frames]
    # Where cameras are few, one is left to compare with.
    inputs = there[0][: min(wanted, max(1, len(there[0]) - 1))]
    others = [held for held in there[1] if held not in inputs][:asked] or there[1][:asked]
    if not inputs or not others:
        raise FileError(person.capture.source, "a frame has no pictures")
    return tuple(inputs[i % len(inputs)] for i in range(wanted)), tuple(others)


def _seen(person: Person, held: CaptureCamera, frame: int, look: Look) -> Seen:
    """Return a view that goes in: a close-up, where people are told from what is behind them."""
    view = person.capture.view(held.name, frame)
    pixels, camera = shown(view, look, person.capture.background), person.camera(held, frame)
    if view.mask is None or look.behind is None:
        return Seen(pixels, camera, view.depth)
    near = CloseUp.of(pixels[..., 3])
    depth = None if view.depth is None else near.cut(view.depth, outside=0)
    return Seen(near.cut(pixels, outside=np.append(look.behind, 0)), near.camera(camera), depth)


def _unmasked(pixels: Float32) -> Float32:
    """Return a picture [H, W, 4] that is the person everywhere."""
    return np.concatenate([pixels[..., :3], np.ones_like(pixels[..., 3:])], axis=2)


def _honest(
    look: Look, views: Sequence[View], known: NDArray[np.uint8] | None, person: Person
) -> Look:
    """Return a look that pictures can be given: without masks, what is behind has to stay."""
    if look.behind is None or all(view.mask is not None for view in views):
        return look
    if known is None:
        why = "has pictures without masks, and nobody knows what is behind the person"
        raise FileError(person.capture.source, why)
    return Look(known.astype(np.float32) / np.float32(255), np.ones(3, np.float32))


def _places(views: Sequence[Seen], side: int) -> Float32 | None:
    if any(view.depth is None for view in views):
        return None
    known = [(view.depth, view.camera) for view in views if view.depth is not None]
    return np.stack([as_places(depth, camera, side) for depth, camera in known])


def _depths(person: Person, plan: Plan, asked: Sequence[View]) -> list[DepthView]:
    """Return what the views that should come out know of depth."""
    return [
        DepthView(person.camera(held, plan.frames[1]), view.depth)
        for held, view in zip(plan.targets, asked, strict=True)
        if view.depth is not None
    ]


def _with_features(target: Target, texels: Texels | None) -> Target:
    if texels is None:
        return target
    return replace(target, features=features_seen(texels, target.camera))


def _supervised(texels: Texels, views: Sequence[Seen], more: list[DepthView]) -> TexelTarget:
    deep = [DepthView(each.camera, each.depth) for each in views if each.depth is not None]
    if deep:
        heights, touched = texel_shells(texels, deep + more)
        shells = (texels.points + heights[:, None] * texels.normals).astype(np.float32)
        colors, known = texel_colors(replace(texels, points=shells), views)
    else:
        colors, known = texel_colors(texels, views)
        shells, touched = texels.points, np.zeros(len(texels.points), np.float32)
    return TexelTarget(texels.points, colors, known, shells, touched)
