"""Outcomes: what a method came to on a trial, measured once and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.avatar.kinds.static import StaticAvatar
from mien.evaluation.headsup.ledger import Key, Ledger
from mien.evaluation.headsup.reconstructors import Reconstruction, Reconstructor
from mien.evaluation.headsup.trials import Trial
from mien.evaluation.measuring import Measured, evaluate
from mien.evaluation.recipe import Recipe
from mien.rendering.protocol import Renderer

Progress = Callable[[float | None, str], None]
Keep = Callable[[Trial, str, Reconstruction], None]


@dataclass(frozen=True)
class Outcome:
    """What a method came to on a trial.

    Args:
        method: Its name.
        person: Who.
        pictures: What was found of each held-out view.
        secs: From pictures in memory to Gaussians.
        cpu_secs: Of all threads together meanwhile.
        num_gaussians: How many it made.
        note: What is worth knowing.
    """

    method: str
    person: str
    pictures: tuple[Measured, ...]
    secs: float
    cpu_secs: float
    num_gaussians: int
    note: str = ""

    def mean(self, metric: str) -> float:
        """Return the mean of a metric over the pictures; NaN where there is none."""
        values = [each.values[metric] for each in self.pictures if metric in each.values]
        return float(np.mean(values)) if values else float("nan")

    def as_json(self) -> dict[str, Any]:
        """Return what a ledger keeps beside the key."""
        return {
            "pictures": [
                {"camera": each.camera, "values": dict(each.values), "missing": each.missing}
                for each in self.pictures
            ],
            "secs": self.secs,
            "cpu_secs": self.cpu_secs,
            "num_gaussians": self.num_gaussians,
            "note": self.note,
        }

    @staticmethod
    def of_json(method: str, person: str, frame: int, held: Mapping[str, Any]) -> Outcome:
        """Return what a ledger kept."""
        pictures = tuple(
            Measured(each["camera"], frame, each["values"], each["missing"])
            for each in held["pictures"]
        )
        return Outcome(
            method,
            person,
            pictures,
            held["secs"],
            held["cpu_secs"],
            held["num_gaussians"],
            held["note"],
        )


def outcome(
    method: Reconstructor,
    trial: Trial,
    *,
    recipe: Recipe,
    renderer: Renderer,
    ledger: Ledger,
    keep: Keep | None = None,
) -> Outcome:
    """Return what a method comes to on a trial: as the ledger has it, or found now and noted.

    Args:
        method: Which.
        trial: Whom it meets.
        recipe: How pictures are compared.
        renderer: Draws.
        ledger: Of what was finished before.
        keep: Told of a head that was made now, before it is noted.

    Raises:
        MienError: The head cannot be made, drawn or noted.
    """
    key = key_of(method, trial, recipe)
    known = ledger.get(key)
    if known is not None:
        return Outcome.of_json(method.name, trial.person, trial.frame, known)
    made = method.reconstruct(trial)
    found = tuple(
        evaluate(
            StaticAvatar(trial.person, made.cloud),
            trial.capture,
            cameras=[held.name for held in trial.targets],
            frames=[trial.frame],
            recipe=recipe,
            renderer=renderer,
        )
    )
    if keep is not None:
        keep(trial, method.name, made)
    result = Outcome(
        method.name,
        trial.person,
        found,
        made.secs,
        made.cpu_secs,
        made.cloud.num_gaussians,
        made.note,
    )
    ledger.note(key, result.as_json())
    return result


def key_of(method: Reconstructor, trial: Trial, recipe: Recipe) -> Key:
    """Return what a method's outcome on a trial depends on."""
    return {
        "method": method.name,
        "identity": dict(method.identity),
        "person": trial.person,
        "frame": trial.frame,
        "inputs": [held.name for held in trial.inputs],
        "targets": [held.name for held in trial.targets],
        "recipe": recipe.as_json(),
    }


def outcomes(
    methods: Sequence[Reconstructor],
    trials: Sequence[Trial],
    *,
    recipe: Recipe,
    renderer: Renderer,
    ledger: Ledger,
    side: int | None = None,
    limits: Mapping[str, int] | None = None,
    keep: Keep | None = None,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Yield what every method comes to on every trial, person by person.

    Args:
        methods: In the order they are shown in.
        trials: Whom they meet.
        recipe: How pictures are compared.
        renderer: Draws.
        ledger: Of what was finished before.
        side: Pixels of the pictures' longer side where the photographs have more.
        limits: How many people a method meets at most, by its name; the first ones.
        keep: Told of heads as they are made.
        progress: Told how far it is; may raise to stop.
    """
    most = limits or {}
    jobs = [
        (method, trial)
        for number, trial in enumerate(trials)
        for method in methods
        if number < most.get(method.name, len(trials))
    ]
    for done, (method, trial) in enumerate(jobs):
        if progress is not None:
            progress(done / len(jobs), f"{trial.person}: {method.title}")
        sized = recipe if side is None else at_side(recipe, trial, side)
        yield outcome(method, trial, recipe=sized, renderer=renderer, ledger=ledger, keep=keep)


def at_side(recipe: Recipe, trial: Trial, side: int) -> Recipe:
    """Return a recipe for pictures with a longer side of so many pixels, where there are more."""
    longest = max(max(held.camera.size) for held in trial.targets)
    return recipe.replace(scale=min(1.0, side / longest))
