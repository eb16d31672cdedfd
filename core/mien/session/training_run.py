"""A training's folder as somebody reads who watches it: what was asked, the log, the previews."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError

_MOST_BYTES = 64 << 20
"""Of a log or a configuration: longer ones are something else."""
_QUIET_SECS = 180.0
"""Without a new line from which a training that is not done is thought to stand still."""


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What a training's folder says now.

    Args:
        folder: Where.
        config: What was asked, as JSON has it.
        columns: The log: values [L] by name, NaN where a line has none.
        previews: Pictures of people held out by step, the oldest first.
        changed: Newest change of what is shown, seconds since the epoch.
    """

    folder: Path
    config: Mapping[str, Any]
    columns: Mapping[str, NDArray[np.float64]]
    previews: Mapping[int, Path]
    changed: float

    @property
    def method(self) -> str:
        """What is trained, such as `headsup`."""
        return str(self.config.get("method", "training"))

    @property
    def step(self) -> int:
        """Steps done."""
        steps = self.columns.get("step", np.zeros(0))
        return int(steps[-1]) if len(steps) else 0

    @property
    def fraction(self) -> float | None:
        """Of the budget, 0..1; None where unknown."""
        return self.last("fraction")

    @property
    def secs(self) -> float:
        """It has taken, breaks left out."""
        return self.last("secs") or 0.0

    @property
    def secs_left(self) -> float | None:
        """It will take about as long; None where nobody can tell."""
        fraction = self.fraction
        if fraction is None or not 0.01 < fraction <= 1:
            return None
        return self.secs * (1 - fraction) / fraction

    def quiet(self, now: float) -> bool:
        """Return whether it has stopped before its end, by the time of a clock."""
        return (self.fraction or 0.0) < 1 and now - self.changed > _QUIET_SECS

    def curve(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the steps and values of a column where it has any."""
        values = self.columns.get(name)
        if values is None:
            return np.zeros(0), np.zeros(0)
        known = np.isfinite(values) & np.isfinite(self.columns["step"])
        return self.columns["step"][known], values[known]

    def last(self, name: str) -> float | None:
        """Return the newest value of a column, or None."""
        _, values = self.curve(name)
        return float(values[-1]) if len(values) else None


def read_run(folder: Path) -> TrainingRun:
    """Read a training's folder; a line that is being written is left for the next time.

    Raises:
        FileError: It holds no training, or what it holds is damaged.
    """
    log, about = folder / "log.csv", folder / "config.json"
    if not about.is_file():
        raise FileError(
            folder,
            "no training's folder: it has no config.json",
            hint="Choose what --out named",
        )
    try:
        config = json.loads(_text(about))
        columns = _columns(_text(log)) if log.is_file() else {}
        previews = {
            int(path.stem.removeprefix("step_")): path
            for path in sorted((folder / "previews").glob("step_*.png"))
            if path.stem.removeprefix("step_").isdigit()
        }
        times = [path.stat().st_mtime for path in (about, log, *previews.values()) if path.exists()]
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise FileError(folder, f"a damaged training's folder ({error})") from error
    if not isinstance(config, dict):
        raise FileError(about, "does not say what is trained")
    return TrainingRun(folder, config, columns, previews, max(times))


def _text(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path.name} is too long")
    return path.read_text(encoding="utf-8")


def _columns(text: str) -> dict[str, NDArray[np.float64]]:
    whole = text[: text.rfind("\n") + 1]
    rows = list(csv.reader(whole.splitlines()))
    if not rows or "step" not in rows[0]:
        raise ValueError("log.csv has no steps")
    names, lines = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    return {
        name: np.array([_number(line[index]) for line in lines], np.float64)
        for index, name in enumerate(names)
    }


def _number(text: str) -> float:
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan
