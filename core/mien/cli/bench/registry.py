"""What a benchmark is: a named group of rows, each a figure with the target it has to reach."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mien.registry import Registry


@dataclass(frozen=True)
class Row:
    """One figure; the static methods make it.

    Args:
        name: What was measured, unique among all rows.
        value: The figure, or None where it could not be measured here.
        unit: Its unit: `fps`, `ms`, `s`, `x` for ratios, `dB`.
        target: What it has to reach, or None for a figure that is only shown.
        ok: Whether it does; None where not applicable here.
        note: What was compared or why it is not applicable.
    """

    name: str
    value: float | None
    unit: str
    target: float | None
    ok: bool | None
    note: str = ""

    @staticmethod
    def at_least(name: str, value: float, *, unit: str, target: float, note: str = "") -> Row:
        """Return the row of a figure that should be large."""
        return Row(name, value, unit, target, value >= target, note)

    @staticmethod
    def at_most(name: str, value: float, *, unit: str, target: float, note: str = "") -> Row:
        """Return the row of a figure that should be small."""
        return Row(name, value, unit, target, value <= target, note)

    @staticmethod
    def plain(name: str, value: float, *, unit: str, note: str = "") -> Row:
        """Return the row of a figure without a target, shown for its own sake."""
        return Row(name, value, unit, None, None, note)

    @staticmethod
    def not_applicable(name: str, reason: str, *, unit: str, target: float | None) -> Row:
        """Return the row of a figure that cannot be measured on this machine."""
        return Row(name, None, unit, target, None, reason)

    @staticmethod
    def failed(name: str, reason: str, *, unit: str, target: float | None) -> Row:
        """Return the row of a figure whose measurement broke."""
        return Row(name, None, unit, target, False, reason)


@dataclass(frozen=True)
class BenchContext:
    """What a group measures with.

    Args:
        data: Folder of real inputs (LAM avatars, videos), or None where there is none.
        repeats: How many times a function is timed; medians are taken.
    """

    data: Path | None = None
    repeats: int = 15

    def find(self, name: str) -> Path | None:
        """Return the path of an input such as `lam/p2-1.zip`, or None where it is not at hand."""
        path = self.data / name if self.data is not None else None
        return path if path is not None and path.exists() else None

    def median_secs(self, run: Callable[[], object], *, warm_ups: int = 2) -> float:
        """Return the median time of a call in seconds."""
        return self._medians([run], warm_ups)[0]

    def ratio(
        self, run: Callable[[], object], reference: Callable[[], object], *, warm_ups: int = 2
    ) -> float:
        """Return how many times as long as the reference a function takes.

        The two are timed in turns, so that a machine that is busy for a while slows both.
        """
        first, second = self._medians([run, reference], warm_ups)
        return first / second

    def _medians(self, runs: list[Callable[[], object]], warm_ups: int) -> list[float]:
        for run in runs * warm_ups:
            run()
        secs: list[list[float]] = [[] for _ in runs]
        collecting = gc.isenabled()
        gc.disable()
        try:
            for _ in range(self.repeats):
                for run, taken in zip(runs, secs, strict=True):
                    begin = time.perf_counter()
                    run()
                    taken.append(time.perf_counter() - begin)
        finally:
            if collecting:
                gc.enable()
        return [statistics.median(taken) for taken in secs]


RowSource = Callable[[BenchContext], Iterable[Row]]


@dataclass(frozen=True)
class BenchGroup:
    """An entry of the registry: rows that are measured together."""

    name: str
    rows: RowSource


bench_groups: Registry[BenchGroup] = Registry("bench-groups", "mien.cli.bench")


def bench_group(name: str) -> Callable[[RowSource], RowSource]:
    """Decorate a function (usually a generator) from context to rows: it becomes a group."""

    def add(rows: RowSource) -> RowSource:
        bench_groups.add(name, BenchGroup(name, rows))
        return rows

    return add
