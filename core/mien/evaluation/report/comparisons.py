"""The pictures of a report: photograph, render and where they differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mien.capture.protocol import Capture, camera_named
from mien.evaluation.flip_map import flip_map
from mien.evaluation.magma import magma_colors
from mien.evaluation.measuring import Measured, States, Subject, capture_states, in_world_of
from mien.evaluation.pairs import photograph, rendered
from mien.evaluation.result import Evaluation
from mien.image import Image, Image8, to_uint8
from mien.rendering.protocol import Renderer

Progress = Callable[[float | None, str], None]

_MOMENTS = 20
"""Of so many parts of a sequence, each shows its worst picture by a camera once."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A measured picture, to be looked at.

    Args:
        measured: What was found of it.
        photograph: [H, W, 3], as the recipe prepared it.
        render: [H, W, 3].
        difference: The FLIP map of the two in magma [H, W, 3].
        flip: Its mean.
    """

    measured: Measured
    photograph: Image8
    render: Image8
    difference: Image8
    flip: float


def compare(
    avatar: Subject,
    capture: Capture,
    found: Evaluation,
    *,
    worst: int,
    renderer: Renderer,
    states: States | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[Comparison, ...], Comparison | None]:
    """Read and draw pictures again that were measured: the worst ones, and one in the middle.

    Which these are is told by the first metric; the last is None where nothing was measured.

    Args:
        avatar: As it was measured, like all that follows.
        capture: What it was held against.
        found: What was found.
        worst: How many of the worst, at most.
        renderer: Draws.
        states: The avatar's state in each frame.
        progress: Told how far it is; may raise to stop.

    Raises:
        FileError: A picture can be read no more.
        RenderError: The avatar cannot be drawn.
    """
    first = found.metrics[0].name
    bad = found.worst(first, worst, apart=len(found.frames) // _MOMENTS)
    middle = found.middle(first)
    wanted = bad if middle is None else (*bad, middle)
    placed = in_world_of(avatar, capture)
    posing = states or capture_states(placed)
    made: list[Comparison] = []
    for done, item in enumerate(wanted, start=1):
        lens = camera_named(placed, item.camera).camera
        photo = photograph(placed, item.camera, item.frame, lens=lens, recipe=found.recipe)
        image = rendered(renderer, avatar.pose(posing(item.frame)), photo)
        made.append(_comparison(item, image, photo.image, found.recipe.ppd))
        if progress is not None:
            progress(done / len(wanted), f"{done} of {len(wanted)} pictures to show")
    return tuple(made[: len(bad)]), None if middle is None else made[-1]


def _comparison(item: Measured, image: Image, reference: Image, ppd: float) -> Comparison:
    errors = flip_map(image, reference, ppd=ppd)
    return Comparison(
        item, to_uint8(reference), to_uint8(image), magma_colors(errors), float(errors.mean())
    )
