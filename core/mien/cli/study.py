"""`mien study`: measure how quality and cost grow."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from mien.cli.arguments import renderer_for
from mien.cli.console import progress, say
from mien.cli.interrupts import interrupts
from mien.errors import Cancelled, MienError

if TYPE_CHECKING:
    from mien.evaluation.headsup.scaling.curves import Curves


def scaling(
    folder: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    training: tuple[Path, ...] = (),
    held_out: tuple[Path, ...] = (),
    preset: Literal["tiny", "demo", "base", "paper"] = "tiny",
    weights: Path | None = None,
    steps: int = 2000,
    batch: int | None = None,
    people: tuple[int, ...] = (),
    views: tuple[int, ...] = (1, 2, 4, 8, 12, 16, 24),
    latents: tuple[str, ...] = (),
    inputs: int = 8,
    targets: int = 8,
    side: int = 256,
    most_held_out: int | None = None,
    memory: bool = True,
    seed: int = 0,
    device: str = "auto",
    renderer: str | None = None,
) -> None:
    """Measure how HeadsUp grows with people, views and the latent, and draw the curves.

    Each point along people and latents is a short training of its own, along views a measurement;
    memory is measured without either. Finished cells are kept in the folder: interrupted at any
    point, the same command goes on, and `mien study scaling FOLDER` alone does, too. Points may be
    added later.

    Args:
        folder: Of the study: cells.jsonl, curves.json, curves.csv, curves.png and runs/.
        training: Folders of captures to learn from.
        held_out: Captures to be measured on.
        preset: Of the network in the middle of the grid.
        weights: Measure this network along the views instead of training one for it.
        steps: Of each training.
        batch: People in a step; the preset's when left out.
        people: Numbers of people to learn from, such as 8 16 32 64.
        views: Numbers of views that go in.
        latents: Sizes such as 16x32 16x64 32x64: texels along a side, numbers per texel.
        inputs: Views that go in along people and latents.
        targets: Views held out of each person.
        side: Pixels along the longer side of the pictures that are compared.
        most_held_out: How many people are measured on; all when left out.
        memory: Measure the memory of decoders.
        seed: Of every choice by chance.
        device: cpu, cuda, cuda:1, ...; the best there is when left out.
        renderer: cpu, gsplat or opengl; the best one here by default.
    """
    # Not at the top: a mistyped command should not wait for torch, and before torch comes numba's
    # choice of threads.
    from mien.threads import num_threads  # isort: skip

    import torch

    from mien.evaluation.headsup.scaling.curves import PNG, Curves
    from mien.evaluation.headsup.scaling.grid import Grid, kept
    from mien.evaluation.headsup.scaling.running import Study
    from mien.training.headsup.ranks import chosen_device

    asked = Grid(
        _places(training),
        _places(held_out),
        preset,
        "" if weights is None else str(weights.resolve()),
        steps,
        batch,
        tuple(sorted(set(people))),
        tuple(sorted(set(views))),
        tuple(_latent(each) for each in latents),
        inputs,
        targets,
        side,
        most_held_out,
        memory,
        seed,
    )
    grid = kept(folder, asked if training or held_out or weights is not None else None)
    torch.set_num_threads(num_threads())
    with ExitStack() as stack:
        drawing = renderer_for(renderer)
        stack.callback(drawing.close)
        told = stack.enter_context(interrupts())
        study = Study(
            folder,
            grid,
            device=chosen_device(device),
            renderer=drawing,
            progress=stack.enter_context(progress("Study")),
            cancel=told.is_set,
        )
        try:
            for done in study.run():
                if done.problem:
                    say(f"{done.cell.axis} {done.cell.label}: left out: {done.problem}")
                Curves.of(grid, study.ledger).write(folder)
        except Cancelled as error:
            raise MienError(str(error), hint=f"mien study scaling {folder} goes on") from None
    for line in summary(Curves.of(grid, study.ledger)):
        say(line)
    say(str(folder / PNG))


ACTIONS = {"scaling": scaling}


def summary(found: Curves) -> list[str]:
    """Return the points of the curves for people, a line for each."""
    lines: list[str] = []
    for axis, points in found.axes.items():
        for point in points:
            if axis == "memory":
                lines.append(f"memory {point.label:>9} views: {_footprints(point.found)}")
                continue
            psnr, error = point.found["metrics"]["psnr"].values()
            spread = "" if error is None else f" ± {error:.2f}"
            lines.append(f"{axis:<6} {point.label:>9}: {psnr:.2f}{spread} dB")
    return lines


def _footprints(found: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {side} px {held['num_gaussians']:,} Gaussians {held['decoder_bytes'] / 1e6:.1f} MB"
        for name, sides in found.items()
        for side, held in sides.items()
    )


def _places(paths: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(str(path.resolve()) for path in paths)


def _latent(text: str) -> tuple[int, int]:
    grid, _, width = text.partition("x")
    if not grid.isdecimal() or not width.isdecimal():
        raise MienError(f"--latents {text}: write sizes like 16x64")
    return int(grid), int(width)
