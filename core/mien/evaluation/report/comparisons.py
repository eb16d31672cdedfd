"""The pictures of a report: photograph, render and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mien.capture.protocol import Capture, camera_named
from mien.evaluation.flip_map import flip_map
from mien.evaluation.magma import magma_colors
from mien.evaluation.measuring import Measured, States, Subject, capture_states, in_world_of
from mien.evaluation.pairs import photograph, rendered
from mien.evaluation.recipe import Recipe
from mien.image import Image8, to_uint8
from mien.rendering.protocol import Renderer

Progress = Callable[[float | None, str], None]


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
    wanted: Sequence[Measured],
    *,
    recipe: Recipe,
    renderer: Renderer,
    states: States | None = None,
    progress: Progress | None = None,
) -> tuple[Comparison, ...]:
    """Read and draw pictures again that were measured, to show them.

    Args:
        avatar: As it was measured, like all that follows.
        capture: What it was held against.
        wanted: Which pictures; missing ones are passed over.
        recipe: An effective one.
        renderer: Draws.
        states: The avatar's state in each frame.
        progress: Told how far it is; may raise to stop.

    Raises:
        FileError: A picture can be read no more.
        RenderError: The avatar cannot be drawn.
    """
    placed = in_world_of(avatar, capture)
    posing = states or capture_states(placed)
    made: list[Comparison] = []
    for done, item in enumerate(wanted, start=1):
        if item.missing is not None:
            continue
        lens = camera_named(placed, item.camera).camera
        photo = photograph(placed, item.camera, item.frame, lens=lens, recipe=recipe)
        image = rendered(renderer, avatar.pose(posing(item.frame)), photo)
        errors = flip_map(image, photo.image, ppd=recipe.ppd)
        made.append(
            Comparison(
                item,
                to_uint8(photo.image),
                to_uint8(image),
                magma_colors(errors),
                float(errors.mean()),
            )
        )
        if progress is not None:
            progress(done / len(wanted), f"{done} of {len(wanted)} pictures to show")
    return tuple(made)
