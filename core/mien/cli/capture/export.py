"""`mien capture export`: a capture as a folder that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from mien.capture.exporting import export_transforms
from mien.cli.capture.arguments import opened
from mien.cli.console import progress, say


def export(source: Annotated[Path, tyro.conf.Positional], /, *, out: Path, part: str = "") -> None:
    """Write a capture as a NeRF `transforms.json` with images, masks and depth beside it.

    Pictures of a `.capture` file are copied to the bit; those of other datasets become PNG.

    Args:
        source: A `.capture` file or any dataset Mien reads.
        out: A new or empty folder.
        part: Which of several captures it holds.
    """
    with opened(source, part) as capture, progress("Exporting") as report:
        count = export_transforms(capture, out, report)
    say(f"{out}: {count:,} pictures")
