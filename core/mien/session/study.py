"""A scaling study's folder as somebody reads who watches it: its charts so far."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import FileError

if TYPE_CHECKING:
    from mien.evaluation.headsup.charts import Panel


@dataclass(frozen=True, eq=False)
class Study:
    """What a study's folder says now.

    Args:
        folder: Where.
        charts: One for each axis that has points.
        caption: With what networks, and what whiskers mean.
        changed: When it was written, seconds since the epoch.
    """

    folder: Path
    charts: tuple[Panel, ...]
    caption: str
    changed: float


def read_study(folder: Path) -> Study:
    """Read what `mien study` has found so far.

    Raises:
        FileError: It is no study's folder, or what it holds is damaged.
    """
    # Not at the top: nothing of evaluation is on the way to the first picture.
    from mien.evaluation.headsup.scaling.curves import JSON, Curves

    path = folder / JSON
    if not path.is_file():
        raise FileError(
            folder, f"no study's folder: it has no {JSON}", hint="Choose what --out named"
        )
    changed = path.stat().st_mtime
    curves = Curves.read(folder)
    try:
        return Study(folder, tuple(curves.panels()), curves.caption, changed)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise FileError(path, f"its points lack figures ({error})") from error
