"""Run a study: cell after cell, each once; interrupted anywhere, it goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mien.errors import Cancelled, MienError
from mien.evaluation.headsup.comparison import Comparison
from mien.evaluation.headsup.ledger import Ledger
from mien.evaluation.headsup.outcomes import outcomes
from mien.evaluation.headsup.people import captures_in, check_strangers, opened_trials
from mien.evaluation.headsup.reconstructors import headsup
from mien.evaluation.headsup.scaling.grid import Cell, Grid, cells_of, with_latent
from mien.evaluation.headsup.scaling.memory import Footprint, footprint
from mien.evaluation.headsup.trials import Plan
from mien.evaluation.recipe import STRANGERS
from mien.models.headsup.config import PRESETS, HeadsUpConfig
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.weights import load_headsup, read_card
from mien.models.pixel_aligned.config import PRESETS as PIXEL_PRESETS
from mien.models.pixel_aligned.network import PixelAligned
from mien.rendering.protocol import Renderer
from mien.training.headsup.config import recipe
from mien.training.headsup.events import TrainingDone, TrainingProgress
from mien.training.headsup.loop import Assignment, train
from mien.training.headsup.methods import HeadsUpMethod
from mien.training.headsup.people import People, Problem
from mien.training.headsup.ranks import Ranks
from mien.training.headsup.run_folder import RunFolder

CELLS = "cells.jsonl"
RECIPE = STRANGERS.replace(metrics=("psnr", "ssim", "flip"))
_EXAMINED = 4
"""People held out whom a training's own previews show."""
_NEVER = 1e9
_SIZES = (1, 2)
"""Multiples of a network's own view size at which memory is measured."""

Progress = Callable[[float | None, str], None]


@dataclass(frozen=True)
class CellDone:
    """A cell is finished, or cannot be.

    Args:
        cell: Which.
        value: What was found; None where it cannot be.
        problem: Why it cannot be.
    """

    cell: Cell
    value: dict[str, Any] | None
    problem: str = ""


class Study:
    """A study in a folder.

    Args:
        folder: Where its cells and trainings are kept.
        grid: What it measures.
        device: What it computes on.
        renderer: Draws what is measured.
        progress: Told how far it is.
        cancel: Asked at every step; when it says so, the training under way is kept and `run`
            raises Cancelled.
    """

    def __init__(
        self,
        folder: Path,
        grid: Grid,
        *,
        device: torch.device,
        renderer: Renderer,
        progress: Progress = lambda fraction, message: None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> None:
        self.folder = folder
        self.grid = grid
        self.ledger = Ledger(folder / CELLS)
        self._device = device
        self._renderer = renderer
        self._progress = progress
        self._cancel = cancel

    def run(self) -> Iterator[CellDone]:
        """Yield each cell once it is finished.

        Raises:
            Cancelled: `cancel` said so.
            MienError: Nothing can be read or learnt.
        """
        for cell in cells_of(self.grid):
            known = self.ledger.get(cell.as_key())
            if known is not None:
                yield CellDone(cell, known)
                continue
            if self._cancel():
                raise Cancelled("the study was interrupted")
            done = self._memory(cell) if cell.axis == "memory" else self._quality(cell)
            if done.value is not None:
                self.ledger.note(cell.as_key(), done.value)
            yield done

    def _memory(self, cell: Cell) -> CellDone:
        """Measure untrained networks: what they learnt changes no size."""
        self._progress(None, f"memory with {cell.label} views")
        config = self._center
        pixels = PixelAligned(PIXEL_PRESETS.get(self.grid.preset, PIXEL_PRESETS["base"]))
        value: dict[str, Any] = {}
        for name, network in (("headsup", HeadsUp(config)), ("pixel_aligned", pixels)):
            for times in _SIZES:
                side = times * network.config.view_side
                found: Footprint = footprint(network, views=cell.views, side=side)
                value.setdefault(name, {})[str(side)] = {
                    "encoder_bytes": found.encoder_bytes,
                    "decoder_bytes": found.decoder_bytes,
                    "num_gaussians": found.num_gaussians,
                }
        return CellDone(cell, value)

    def _quality(self, cell: Cell) -> CellDone:
        """Measure a trained network on people held out."""
        weights, training = self._trained(cell)
        network = load_headsup(weights)[0].to(self._device)
        method = headsup(network)
        plan = Plan(cell.views, self.grid.num_targets, template=network.config.template)
        with opened_trials(self._held_out, plan) as (trials, problems):
            if not trials:
                return CellDone(cell, None, str(problems[0]))
            found = outcomes(
                [method],
                trials,
                recipe=RECIPE,
                renderer=self._renderer,
                ledger=Ledger(None),
                side=self.grid.side,
                progress=self._told(f"{cell.axis} {cell.label}: "),
            )
            table = Comparison.of(found, [method], recipe=RECIPE, plan=plan, unavailable={})
        return CellDone(cell, {**_summary(table, method.num_parameters), **training})

    def _trained(self, cell: Cell) -> tuple[Path, dict[str, Any]]:
        """Return the network that a cell needs, and what its training took."""
        if self.grid.weights and cell.axis == "views":
            return Path(self.grid.weights), {}
        config = self._center if cell.latent is None else with_latent(self._center, *cell.latent)
        people = self._people(cell.people)
        name = f"people-{len(people.training)}_latent-{config.latent_grid}x{config.latent_dim}"
        run = RunFolder(self.folder / "runs" / name)
        key = {"run": name, "config": config.as_dict(), "people": people.fingerprint}
        known = self.ledger.get(key)
        if known is None or not run.average.is_file():
            known = self._train(config, people, run, name)
            self.ledger.note(key, known)
        return run.average, {"training_secs": known["secs"], "training_steps": known["steps"]}

    def _train(
        self, config: HeadsUpConfig, people: People, run: RunFolder, name: str
    ) -> dict[str, Any]:
        asked = recipe(
            self.grid.preset,
            steps=self.grid.steps,
            batch=self.grid.batch,
            seed=self.grid.seed,
            held_out=len(people.held_out),
            # It is measured at the end, and by the study.
            validate_secs=_NEVER,
        )
        torch.manual_seed(asked.seed)
        assignment = Assignment(
            HeadsUpMethod(config), people, asked, run.path, resume=run.checkpoint.exists()
        )
        with Ranks(self._device) as ranks:
            for event in train(assignment, ranks, cancel=self._cancel):
                if isinstance(event, TrainingProgress):
                    self._progress(event.fraction, f"training {name}: {event.psnr:.1f} dB")
                elif isinstance(event, TrainingDone):
                    if event.cancelled:
                        raise Cancelled("the study was interrupted")
                    return {"secs": event.secs, "steps": event.step}
        raise AssertionError("a training always ends")

    def _people(self, count: int | None) -> People:
        """Return so many people to learn from; fewer are always among more.

        Raises:
            MienError: There are not so many.
        """
        everybody = self._training
        if count is not None and count > len(everybody):
            raise MienError(f"{count} people cannot be learnt from; there are {len(everybody)}")
        order = np.random.default_rng([self.grid.seed, 17]).permutation(len(everybody))
        chosen = tuple(str(everybody[index]) for index in order[:count])
        held_out = tuple(str(path) for path in self._held_out[:_EXAMINED])
        return People(chosen, held_out, self.grid.training, self._damaged)

    @cached_property
    def _center(self) -> HeadsUpConfig:
        """The network that others differ from."""
        if self.grid.weights:
            return read_card(self.grid.weights).config
        return PRESETS[self.grid.preset]

    @cached_property
    def _training(self) -> Sequence[Path]:
        if not self.grid.training:
            raise MienError("nobody to learn from", hint="Say --training FOLDER, or --weights FILE")
        return captures_in([Path(folder) for folder in self.grid.training])[0]

    @cached_property
    def _damaged(self) -> tuple[Problem, ...]:
        problems = captures_in([Path(folder) for folder in self.grid.training])[1]
        return tuple(Problem(str(each.path), each.reason) for each in problems)

    @cached_property
    def _held_out(self) -> Sequence[Path]:
        if not self.grid.held_out:
            raise MienError("nobody to be measured on", hint="Say --held-out FOLDER")
        found = captures_in([Path(folder) for folder in self.grid.held_out])[0]
        check_strangers(found, self._training if self.grid.training else ())
        return found[: self.grid.most_held_out]

    def _told(self, before: str) -> Progress:
        def tell(fraction: float | None, message: str) -> None:
            if self._cancel():
                raise Cancelled("the study was interrupted")
            self._progress(fraction, before + message)

        return tell


def _summary(table: Comparison, num_parameters: int | None) -> dict[str, Any]:
    name, people = table.methods[0].name, table.people
    return {
        "metrics": {
            metric: {
                "mean": table.mean(name, metric, people),
                "error": _or_none(table.error(name, metric, people)),
            }
            for metric in table.recipe.metrics
        },
        "by_person": dict(zip(people, table.values(name, "psnr", people), strict=True)),
        "people": len(people),
        "secs": table.median_secs(name, people),
        "num_gaussians": table.median_gaussians(name, people),
        "num_parameters": num_parameters,
    }


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
