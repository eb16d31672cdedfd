"""`mien bench`: measure this machine and compare with what Mien promises."""

from __future__ import annotations

import json as json_format
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from mien.atomic import replacing
from mien.cli.bench.registry import BenchContext, BenchGroup, Row, bench_groups
from mien.cli.console import progress, say
from mien.errors import FileError, MienError
from mien.resources import resources_root

_MARKS = {True: "[green]ok[/]", False: "[red]below target[/]", None: "[dim]-[/]"}


def bench(
    *,
    json: Path | None = None,
    data: Path | None = None,
    only: tuple[str, ...] = (),
    repeats: int = 15,
) -> None:
    """Measure this machine and compare with what Mien promises.

    Args:
        json: Also write the rows to this file.
        data: Folder of real inputs (LAM avatars, videos); MIEN_BENCH_DATA where it is set, else
            shared/data beside a checkout.
        only: Measure only these groups of rows.
        repeats: How many times each thing is timed; medians are taken.

    Raises:
        MienError: No such group, or the folder or the output cannot be used.
    """
    if repeats < 1:
        raise MienError(f"--repeats {repeats}: at least 1")
    context = BenchContext(data_folder(data), repeats)
    if json is not None and not json.absolute().parent.is_dir():
        raise FileError(json, "the folder does not exist", hint="Make it first.")
    rows = measure(groups_named(only), context)
    if json is not None:
        text = json_format.dumps({"rows": [as_json(row) for row in rows]}, indent=1)
        with replacing(json) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    _show(rows)
    if context.data is None:
        say("Some rows need real inputs: see --data.")


def data_folder(given: Path | None) -> Path | None:
    """Return the folder of real inputs: the one given, or where one usually is.

    Raises:
        FileError: The one given is no folder.
    """
    if given is not None and not given.is_dir():
        raise FileError(given, "there is no such folder")
    named = os.environ.get("MIEN_BENCH_DATA")
    beside = resources_root().parent.parent / "shared" / "data"
    candidates = [given, Path(named) if named else None, beside]
    return next((folder for folder in candidates if folder is not None and folder.is_dir()), None)


def groups_named(names: tuple[str, ...]) -> list[BenchGroup]:
    """Return the groups of these names, all for none.

    Raises:
        MienError: There is none of a name.
    """
    known = bench_groups.names()
    for name in names:
        if name not in known:
            raise MienError(f"no group {name!r}; there are {', '.join(known)}")
    return [bench_groups.get(name) for name in names or known]


def measure(groups: list[BenchGroup], context: BenchContext) -> list[Row]:
    """Return all rows of some groups; a group that fails has a row that says so."""
    rows: list[Row] = []
    with progress("Measuring") as report:
        for index, group in enumerate(groups):
            for row in _rows_of(group, context):
                rows.append(row)
                report((index + 0.5) / len(groups), f"{group.name}: {row.name}")
    return rows


def _rows_of(group: BenchGroup, context: BenchContext) -> Iterator[Row]:
    try:
        yield from group.rows(context)
    except Exception as error:  # noqa: BLE001 - one broken figure must not cost the others
        reason = f"{type(error).__name__}: {error}"
        yield Row.failed(f"{group.name}: the rest of the group", reason, unit="", target=None)


def as_json(row: Row) -> dict[str, object]:
    """Return a row as scripts read it; the note only where there is one.

    JSON has no infinity, which equal pictures have as their agreement: the largest number stands
    for it.
    """
    values = asdict(row)
    if row.value is not None and not math.isfinite(row.value):
        values["value"] = sys.float_info.max if row.value > 0 else None
    if not row.note:
        del values["note"]
    return values


def _show(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("what", overflow="fold")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        what = escape(row.name) + (f"\n  [dim]{escape(row.note)}[/]" if row.note else "")
        value, target = (_figure(number, row.unit) for number in (row.value, row.target))
        failed = row.ok is False and row.value is None
        table.add_row(what, value, target, "[red]failed[/]" if failed else _MARKS[row.ok])
    Console(highlight=False).print(table)


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f} {unit}".strip()
