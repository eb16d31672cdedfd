"""The grid of a study: which cells there are, and what networks they need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from mien.atomic import replacing
from mien.errors import FileError, MienError
from mien.models.headsup.config import PRESETS, HeadsUpConfig

AxisName = Literal["people", "views", "latent", "memory"]
AXES: tuple[AxisName, ...] = ("people", "views", "latent", "memory")

VIEWS = (1, 2, 4, 8, 12, 16, 24)

FILE = "study.json"


@dataclass(frozen=True)
class Grid:
    """What a study measures.

    Args:
        training: Folders of the people who are learnt from.
        held_out: Folders of the people who are measured on.
        preset: Of the network at the grid's centre.
        weights: A trained network that is measured along the views instead of one trained here.
        steps: Of each training.
        batch: People in a step; None for the preset's.
        people: Numbers of people that networks are trained on.
        views: Numbers of views that go in.
        latents: Sizes of latents, texels along a side and numbers per texel.
        num_inputs: Views that go in wherever it is not views that are varied.
        num_targets: Views held out of each person.
        side: Pixels along the longer side of the pictures that are compared.
        most_held_out: How many people are measured on at most; None for all.
        memory: Whether the decoders' memory is measured along the views.
        seed: Of every choice by chance.

    Raises:
        MienError: A number is out of bounds.
    """

    training: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    preset: str = "tiny"
    weights: str = ""
    steps: int = 2000
    batch: int | None = None
    people: tuple[int, ...] = ()
    views: tuple[int, ...] = VIEWS
    latents: tuple[tuple[int, int], ...] = ()
    num_inputs: int = 8
    num_targets: int = 8
    side: int = 256
    most_held_out: int | None = None
    memory: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise MienError(f"no preset {self.preset!r}; there are {', '.join(PRESETS)}")
        numbers = (*self.people, *self.views, self.steps, self.num_inputs, self.num_targets)
        if min(numbers) < 1 or self.side < 16:
            raise MienError("people, views, steps and targets begin at 1, pictures at 16 pixels")
        for grid, width in self.latents:
            with_latent(PRESETS[self.preset], grid, width)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can say."""
        return asdict(self)

    @staticmethod
    def from_dict(held: Mapping[str, Any]) -> Grid:
        """Return the grid that JSON said.

        Raises:
            MienError: A name is unknown, or a value is out of bounds.
        """
        try:
            given: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in held.items()
            }
            given["latents"] = tuple((int(g), int(d)) for g, d in given.get("latents", ()))
            return Grid(**given)
        except (TypeError, ValueError) as error:
            raise MienError(f"not the grid of a study: {error}") from error


GROWS = frozenset({"people", "views", "latents", "most_held_out", "memory"})
"""What a study that was begun may be given anew: cells are added, none changes its meaning."""


def kept(folder: Path, asked: Grid | None) -> Grid:
    """Return the grid of a study's folder, written there first where it is new.

    Args:
        folder: Of the study.
        asked: What is asked for; None for what the folder has.

    Raises:
        FileError: There is none and none was asked for, it is damaged, or another was asked for.
    """
    path = folder / FILE
    known = _read(path) if path.exists() else None
    if asked is None:
        if known is None:
            raise FileError(folder, "holds no study", hint="Say what it is to measure")
        return known
    if known is not None:
        for each in fields(Grid):
            if each.name in GROWS or getattr(known, each.name) == getattr(asked, each.name):
                continue
            then, now = getattr(known, each.name), getattr(asked, each.name)
            raise FileError(
                folder, f"holds a study with {each.name} {then}, not {now}", hint="Choose another"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(folder, f"cannot be made ({error.strerror})") from error
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(asked.as_dict(), indent=1))
    return asked


def _read(path: Path) -> Grid:
    try:
        return Grid.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise FileError(path, f"cannot be read ({error})") from error
    except MienError as error:
        raise FileError(path, error.message) from error


def with_latent(config: HeadsUpConfig, grid: int, width: int) -> HeadsUpConfig:
    """Return a network with another latent and as many texels of Gaussians.

    Its decoder begins where the latent ends: with a stage more for each halving of the grid, and
    one less for each doubling.

    Raises:
        MienError: No decoder leads from it to those texels, or attention cannot share it.
    """
    stages = 1
    while grid * 2 ** (stages - 1) < config.texels:
        stages += 1
    if grid * 2 ** (stages - 1) != config.texels or width % config.num_heads:
        raise MienError(
            f"a latent of {grid}x{width}: the grid is {config.texels} texels halved some times,"
            f" and its numbers are a multiple of {config.num_heads}"
        )
    coarse = (config.decoder_widths[0],) * max(0, stages - len(config.decoder_widths))
    widths = (*coarse, *config.decoder_widths)[-stages:]
    return replace(config, latent_grid=grid, latent_dim=width, decoder_widths=widths)


@dataclass(frozen=True)
class Cell:
    """A point of a curve.

    Args:
        axis: Which curve.
        value: Where along it: people, views, or the latent's numbers.
        label: What stands below it.
        people: How many the network learnt from; None for as many as there are.
        latent: Of the network; None for the preset's.
        views: That go in.
    """

    axis: AxisName
    value: int
    label: str
    people: int | None
    latent: tuple[int, int] | None
    views: int

    def as_key(self) -> dict[str, Any]:
        """Return what a ledger knows it by."""
        return asdict(self)


def cells_of(grid: Grid) -> list[Cell]:
    """Return all cells, those that need no training first."""
    most = max(grid.people, default=None)
    inputs = grid.num_inputs
    cells = [Cell("memory", v, str(v), None, None, v) for v in grid.views if grid.memory]
    cells += [Cell("views", v, str(v), most, None, v) for v in grid.views]
    cells += [Cell("people", n, f"{n:,}", n, None, inputs) for n in grid.people]
    cells += [
        Cell("latent", g * g * d, f"{g}x{g}x{d}", most, (g, d), inputs) for g, d in grid.latents
    ]
    return cells
