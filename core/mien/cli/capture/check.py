"""`mien capture check`: every picture and every table against its checksum."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from mien.capture.store import check_store
from mien.capture.store.set import holds_captures
from mien.capture.store.writing import SUFFIX
from mien.cli.console import ProgressCall, progress, say
from mien.errors import FileError

_SHOWN = 20


def check(source: Annotated[Path, tyro.conf.Positional], /) -> int:
    """Look over a `.capture` file, or all of a folder, and name what is damaged.

    Exits with 1 if something is; what is not named can be relied on.

    Args:
        source: The file or folder.
    """
    files = _files(source)
    with progress("Checking") as report:
        counts = [_check(file, report) for file in files]
    bad = sum(count > 0 for count in counts)
    if len(files) > 1:
        say(f"{len(files) - bad:,} of {len(files):,} captures are whole")
    return 1 if bad else 0


def _files(source: Path) -> list[Path]:
    if not source.exists():
        raise FileError(source, "no such file or folder")
    if source.is_file():
        return [source]
    if not holds_captures(source):
        raise FileError(source, f"holds no {SUFFIX} files")
    return sorted(source.glob(f"[!.]*{SUFFIX}"))


def _check(file: Path, report: ProgressCall) -> int:
    """Say what is damaged in a file; return how much."""
    try:
        found = [str(damage) for damage in check_store(file, report)]
    except FileError as error:
        found = [error.reason]
    say(f"{file}: " + ("whole" if not found else f"{len(found):,} damaged"))
    for line in found[:_SHOWN]:
        say(f"  {line}")
    if len(found) > _SHOWN:
        say(f"  and {len(found) - _SHOWN:,} more")
    return len(found)
