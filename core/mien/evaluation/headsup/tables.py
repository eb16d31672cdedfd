"""A comparison as tables: for the terminal, for a page, for other programs."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mien.atomic import replacing
from mien.evaluation.headsup.comparison import Comparison, MethodInfo
from mien.evaluation.metrics import metric
from mien.evaluation.result import plain


def as_text(found: Comparison) -> list[str]:
    """Return lines for the terminal."""
    lines: list[str] = []
    for people, methods in found.blocks():
        rows = [_header(found), *(_row(found, each, people) for each in methods)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines += [f"{_said(found, people)}:", *(_aligned(row, widths) for row in rows), ""]
    return [*lines, *footnotes(found)]


def as_markdown(found: Comparison) -> str:
    """Return tables for a page."""
    parts: list[str] = []
    for people, methods in found.blocks():
        header = _header(found)
        ruler = ["---", *("---:" for _ in header[1:])]
        rows = [header, ruler, *(_row(found, each, people) for each in methods)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        parts += [f"{_said(found, people)}:", table]
    notes = "\n".join(f"- {line}" for line in footnotes(found))
    return "\n\n".join([*parts, notes]) + "\n"


def footnotes(found: Comparison) -> list[str]:
    """Return what must be known to read the figures."""
    recipe = dict(found.recipe.lines())
    lines = [
        f"Pictures: {recipe['Region']}; {recipe['Background']}; resolution {recipe['Resolution']}.",
        "Means over people, ± one standard error; time is the median from decoded pictures to "
        "Gaussians, on the machine it was measured on.",
    ]
    reasons = found.unavailable.items()
    return lines + [f"{metric(name).title}: not available: {why}." for name, why in reasons]


def as_json(found: Comparison) -> dict[str, Any]:
    """Return everything as plain values."""
    return {
        "recipe": found.recipe.as_json(),
        "unavailable": dict(found.unavailable),
        "num_inputs": found.num_inputs,
        "num_targets": found.num_targets,
        "tables": [
            {
                "people": list(people),
                "methods": [_summary(found, each, people) for each in methods],
            }
            for people, methods in found.blocks()
        ],
    }


def to_json(found: Comparison) -> str:
    """Return `as_json` as text."""
    return json.dumps(as_json(found), indent=1, allow_nan=False)


def write_json(found: Comparison, path: str | Path) -> None:
    """Write `to_json`, atomically.

    Raises:
        FileError: It cannot be written.
    """
    _write(path, to_json(found))


def write_markdown(found: Comparison, path: str | Path) -> None:
    """Write `as_markdown`, atomically.

    Raises:
        FileError: It cannot be written.
    """
    _write(path, as_markdown(found))


def write_csv(found: Comparison, path: str | Path) -> None:
    """Write a row for each picture of each method, atomically.

    Raises:
        FileError: It cannot be written.
    """
    names = found.recipe.metrics
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    tail = ["secs", "cpu_secs", "gaussians", "note", "missing"]
    rows.writerow(["method", "person", "camera", *names, *tail])
    for each in found.outcomes:
        for picture in each.pictures:
            values = [repr(picture.values[n]) if n in picture.values else "" for n in names]
            cost = [f"{each.secs:.4f}", f"{each.cpu_secs:.4f}", each.num_gaussians, each.note]
            head = [each.method, each.person, picture.camera]
            rows.writerow([*head, *values, *cost, picture.missing or ""])
    _write(path, text.getvalue())


def _said(found: Comparison, people: Sequence[str]) -> str:
    who = f"{len(people)} people" if len(people) > 1 else people[0]
    return f"{who}, {found.num_inputs} views in, {found.num_targets} held-out views each"


def _header(found: Comparison) -> list[str]:
    metrics = [metric(name) for name in found.recipe.metrics]
    titles = [f"{each.title} ({each.unit})" if each.unit else each.title for each in metrics]
    return ["method", *titles, "time", "Gaussians", "parameters"]


def _row(found: Comparison, method: MethodInfo, people: Sequence[str]) -> list[str]:
    cells = [method.title]
    for name in found.recipe.metrics:
        held, error = metric(name), found.error(method.name, name, people)
        value = held.shown(found.mean(method.name, name, people))
        cells.append(value if math.isnan(error) else f"{value} ± {held.shown(error)}")
    count = found.median_gaussians(method.name, people)
    parameters = method.num_parameters
    size = "–" if parameters is None else f"{parameters / 1e6:.2f} M"
    return [*cells, _time(found.median_secs(method.name, people)), f"{count:,}", size]


def _summary(found: Comparison, method: MethodInfo, people: Sequence[str]) -> dict[str, Any]:
    names = found.recipe.metrics
    return {
        "name": method.name,
        "title": method.title,
        "num_parameters": method.num_parameters,
        "mean": {name: plain(found.mean(method.name, name, people)) for name in names},
        "standard_error": {name: plain(found.error(method.name, name, people)) for name in names},
        "median_secs": found.median_secs(method.name, people),
        "median_gaussians": found.median_gaussians(method.name, people),
    }


def _time(secs: float) -> str:
    if secs < 1:
        return f"{1000 * secs:.0f} ms"
    return f"{secs:.1f} s" if secs < 120 else f"{secs / 60:.1f} min"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
    return f"  {row[0]:<{widths[0]}}  {'  '.join(cells)}"


def _write(path: str | Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
