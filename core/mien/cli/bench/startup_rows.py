"""How long the studio takes from its start to its first picture, in a process of its own."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator

from mien.cli.bench import studio_process
from mien.cli.bench.registry import BenchContext, Row, bench_group

WARM_TARGET, FIRST_TARGET = 3.0, 5.0
_WARM = "mien-studio, warm start to first picture"
_FIRST = "mien-studio, first start after set-up"
_STARTS = 3


@bench_group("startup")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield a start with a new user's folders, then the median of further starts."""
    problem = studio_process.why_not()
    if problem:
        yield Row.not_applicable(_FIRST, problem, unit="s", target=FIRST_TARGET)
        yield Row.not_applicable(_WARM, problem, unit="s", target=WARM_TARGET)
        return
    with tempfile.TemporaryDirectory(prefix="mien-bench-") as home:
        yield _row(_FIRST, home, starts=1, target=FIRST_TARGET, note="new settings and caches")
        yield _row(_WARM, home, starts=_STARTS, target=WARM_TARGET, note=f"median of {_STARTS}")


def _row(name: str, home: str, *, starts: int, target: float, note: str) -> Row:
    where = "" if studio_process.has_display() else ", under Xvfb"
    try:
        secs = statistics.median(_start_secs(home) for _ in range(starts))
    except studio_process.StudioFailed as error:
        return Row.failed(name, str(error), unit="s", target=target)
    return Row.at_most(name, secs, unit="s", target=target, note=f"{note}{where}")


def _start_secs(home: str) -> float:
    figures = studio_process.run_studio(["--measure-start", "--json"], home)
    # From the process's own beginning where the system tells: the interpreter's start counts.
    return float(figures.get("since_exec_secs", figures["first_picture_secs"]))
