"""A comparison: what several methods came to, person by person, and what that means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mien.evaluation.headsup.outcomes import Outcome
from mien.evaluation.headsup.reconstructors import Reconstructor
from mien.evaluation.headsup.trials import Plan
from mien.evaluation.recipe import Recipe


@dataclass(frozen=True)
class MethodInfo:
    """What is said of a method.

    Args:
        name: In files.
        title: For people.
        num_parameters: Of its network; None without one.
    """

    name: str
    title: str
    num_parameters: int | None


@dataclass(frozen=True)
class Comparison:
    """What several methods came to, person by person.

    Args:
        recipe: By which everything was measured, with the metrics that could be had.
        num_inputs: Views that went in.
        num_targets: Views that were held out, of each person.
        methods: In the order they are shown in.
        outcomes: Of each method and person.
        unavailable: Why a metric that was asked for could not be had, by name.
    """

    recipe: Recipe
    num_inputs: int
    num_targets: int
    methods: tuple[MethodInfo, ...]
    outcomes: tuple[Outcome, ...]
    unavailable: Mapping[str, str]

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Everybody, in the order they were measured in."""
        return tuple(dict.fromkeys(each.person for each in self.outcomes))

    def covered(self, method: str) -> tuple[str, ...]:
        """Return the people a method was measured on."""
        return tuple(each.person for each in self._of(method))

    def values(self, method: str, metric: str, people: Iterable[str]) -> list[float]:
        """Return the mean of a metric for each of some people."""
        wanted = set(people)
        return [each.mean(metric) for each in self._of(method) if each.person in wanted]

    def mean(self, method: str, metric: str, people: Iterable[str]) -> float:
        """Return the mean of a metric over some people; NaN where it could not be had."""
        found = [value for value in self.values(method, metric, people) if not np.isnan(value)]
        return float(np.mean(found)) if found else float("nan")

    def error(self, method: str, metric: str, people: Iterable[str]) -> float:
        """Return the standard error of that mean over people; NaN for one person."""
        found = [value for value in self.values(method, metric, people) if not np.isnan(value)]
        if len(found) < 2:
            return float("nan")
        return float(np.std(found, ddof=1) / np.sqrt(len(found)))

    @staticmethod
    def of(
        outcomes: Iterable[Outcome],
        methods: Sequence[Reconstructor],
        *,
        recipe: Recipe,
        plan: Plan,
        unavailable: Mapping[str, str],
    ) -> Comparison:
        """Gather what methods came to."""
        infos = tuple(MethodInfo(each.name, each.title, each.num_parameters) for each in methods)
        had = tuple(name for name in recipe.metrics if name not in unavailable)
        return Comparison(
            recipe.replace(metrics=had),
            plan.num_inputs,
            plan.num_targets,
            infos,
            tuple(outcomes),
            unavailable,
        )

    def median_secs(self, method: str, people: Iterable[str]) -> float:
        """Return the median time of a method over some people."""
        wanted = set(people)
        return float(np.median([e.secs for e in self._of(method) if e.person in wanted]))

    def median_gaussians(self, method: str, people: Iterable[str]) -> int:
        """Return the median number of Gaussians over some people."""
        wanted = set(people)
        return int(np.median([e.num_gaussians for e in self._of(method) if e.person in wanted]))

    def blocks(self) -> list[tuple[tuple[str, ...], tuple[MethodInfo, ...]]]:
        """Return people and the methods to be compared on them: rows of a table mean the same.

        First everybody, by the methods that met everybody. Where a method met fewer, then those
        whom all methods met.
        """
        covered = {each.name: set(self.covered(each.name)) for each in self.methods}
        full = tuple(each for each in self.methods if len(covered[each.name]) == len(self.people))
        blocks = [(self.people, full)] if full else []
        if len(full) < len(self.methods):
            met = set.intersection(*covered.values())
            common = tuple(person for person in self.people if person in met)
            blocks += [(common, self.methods)] if common else []
        return blocks

    def _of(self, method: str) -> list[Outcome]:
        return [each for each in self.outcomes if each.method == method]
